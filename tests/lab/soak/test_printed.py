from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, cast

from benchmarks.lab.soak import printed
from benchmarks.lab.soak.printed import Printed

if TYPE_CHECKING:
    from io import BufferedReader

    import pytest

LONG = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))
print("x" * 200_000)
"""


def test_a_run_whose_files_are_cut_off_is_heard() -> None:
    """To its last letter, however much it says."""
    with subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE) as process:
        said = Printed(cast("BufferedReader", process.stdout))
        assert process.wait() == 0
        assert said.text() == "x" * 200_000 + "\n"


def test_who_does_not_let_go_of_the_pipe_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was heard by then is kept."""
    monkeypatch.setattr(printed, "LATEST", 0.2)
    mine, its = os.pipe()
    with os.fdopen(its, "wb", buffering=0) as end:
        said = Printed(os.fdopen(mine, "rb"))
        end.write(b"so far")
        assert said.text() in ("so far", "")
