"""How a side ends that is interrupted, or too early."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from pytest_speedup import platforms
from pytest_speedup.against import Code, SideError
from pytest_speedup.against.protocol import Closed, Took
from pytest_speedup.against.side import running
from tests.functional.test_processes import wait_for
from tests.posix import is_alive, posix_only

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = posix_only

TRACKED = """
import os, signal, subprocess, sys, time

tracker = '''
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(flush=True)
sys.stdin.read()
%s
pathlib.Path("tidied").touch()
'''
child = subprocess.Popen(
    [sys.executable, "-c", tracker], stdin=subprocess.PIPE, stdout=subprocess.PIPE
)
child.stdout.readline()
print('{"Took": [%%d]}' %% child.pid, flush=True)
time.sleep(600)
"""
"""A side with a child like multiprocessing's resource tracker, which ends after the others."""


def interrupt(folder: Path, last: str) -> int:
    """Interrupt a run of a side, and return the number of its tracker."""
    (folder / "speedup_side.py").write_text(TRACKED % last)
    with suppress(KeyboardInterrupt), running("base", Code(folder), folder, folder, 0) as base:
        pid = int(base.hear(Took).seconds)  # a number is a number
        raise KeyboardInterrupt
    assert base.process.returncode == -signal.SIGTERM
    return pid


def test_who_tidies_up_after_a_side_is_not_killed_with_it(tmp_path: Path) -> None:
    """Else the semaphores of its pools would be left in shared memory."""
    interrupt(tmp_path, last="")
    assert (tmp_path / "tidied").exists()


def test_who_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is in the group of a side ends with it."""
    monkeypatch.setattr(platforms, "ENDING_SECONDS", 0.2)
    pid = interrupt(tmp_path, last="time.sleep(600)")
    assert wait_for(lambda: not is_alive(pid))
    assert not (tmp_path / "tidied").exists()


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("", "the process of base ended with exit code 3, and said nothing"),
        ("no room", "the process of base ended with exit code 3:\n  | no room"),
    ],
)
def test_a_side_that_ends_too_early_is_quoted(tmp_path: Path, says: str, expected: str) -> None:
    """As far as it said anything: one that was killed did not."""
    script = f"import sys; sys.stderr.write({says!r}); sys.exit(3)"
    (tmp_path / "speedup_side.py").write_text(script)
    with (
        running("base", Code(tmp_path), tmp_path, tmp_path, 0) as base,
        pytest.raises(SideError) as caught,
    ):
        base.hear(Closed)
    assert str(caught.value) == expected
