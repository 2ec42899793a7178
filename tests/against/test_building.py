"""Installers: with programs that stand for them."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.building import ending_installers, run_installer
from pytest_speedup.against.side import SideError
from tests.posix import is_alive, posix_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def installers_may_begin_again() -> Iterator[None]:
    """In tests that come after these, on the same worker."""
    yield
    with ending_installers():
        pass


FOREVER = """
import pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1] + ".part").write_text(str(child.pid))
pathlib.Path(sys.argv[1] + ".part").rename(sys.argv[1])
time.sleep(600)
"""


def begin(pid_file: Path) -> None:
    run_installer("it failed:", sys.executable, "-c", FOREVER, str(pid_file))


def wait_for(file: Path) -> int:
    while not file.exists():
        time.sleep(0.01)
    return int(file.read_text())


@posix_only
def test_who_is_interrupted_does_not_wait_for_an_installer(tmp_path: Path) -> None:
    """It ends with all that it started, in whatever thread it was started; none follows."""

    def interrupted() -> None:
        with ThreadPoolExecutor() as pool, ending_installers():
            pool.submit(begin, tmp_path / "pid")
            wait_for(tmp_path / "pid")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not is_alive(wait_for(tmp_path / "pid"))
    with pytest.raises(SideError, match="all was to end"):
        run_installer("it failed:", sys.executable, "-c", "")
    with ending_installers():
        run_installer("it failed:", sys.executable, "-c", "")


@posix_only
def test_one_that_is_waited_for_ends_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the wait is interrupted."""

    def communicate(*_arguments: object, **_options: object) -> None:
        wait_for(tmp_path / "pid")
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", communicate)
    with pytest.raises(KeyboardInterrupt), ending_installers():
        begin(tmp_path / "pid")
    assert not is_alive(wait_for(tmp_path / "pid"))
