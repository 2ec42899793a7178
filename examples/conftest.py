"""What every example starts from, and what is not collected here."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from examples.stranger import HERE

if TYPE_CHECKING:
    from pathlib import Path

collect_ignore_glob = ["*/*"]  # the strangers' own tests run in their own environments


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run(command, cwd=HERE.parent, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel
