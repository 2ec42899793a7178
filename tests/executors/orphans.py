"""Workers that outlive a parent that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from tests.executors.waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path


def orphans_of(script: str, folder: Path) -> list[int]:
    """Kill a script that has printed the ids of its workers, and return those that live on.

    Its output ends when no worker holds it any more.
    """
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(folder)},
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        parent.kill()
        closed = threading.Event()

        def read_to_the_end(stream: Any) -> None:  # noqa: ANN401 - a pipe
            stream.read()
            closed.set()

        reader = threading.Thread(target=read_to_the_end, args=[parent.stdout], daemon=True)
        reader.start()
        ended = closed.wait(30.0)
        if not ended:
            for pid in pids:
                os.kill(pid, signal.SIGTERM)
        reader.join(PATIENCE)
    assert len(set(pids)) == 2
    return [] if ended else pids
