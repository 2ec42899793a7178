"""Ending a process with its children; on Windows simulated."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from pytest_speedup.platforms import apart, end_tree
from tests.functional.test_processes import wait_for
from tests.posix import is_alive, posix_only

PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
child.wait()
"""


@posix_only
def test_children_end_too() -> None:
    """All of the group, which is not this process's."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, **apart()
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        end_tree(parent)
    assert parent.returncode == -signal.SIGTERM
    assert wait_for(lambda: not is_alive(child))


@posix_only
def test_a_process_that_is_gone_is_no_error() -> None:
    """Nor is a group that is gone with it."""
    with subprocess.Popen([sys.executable, "-c", ""], **apart()) as process:
        process.wait()
        end_tree(process)
    assert process.returncode == 0


class Process:
    """A process on Windows."""

    pid = 4711

    def __init__(self, code: int | None) -> None:
        self.code = code
        self.killed = False

    def poll(self) -> int | None:
        return self.code

    def kill(self) -> None:
        self.killed = True


@pytest.mark.parametrize(("code", "asked"), [(None, True), (0, False)], ids=["runs", "ended"])
@pytest.mark.parametrize("there_is_taskkill", [True, False])
def test_windows_follows_from_parents_to_children(
    monkeypatch: pytest.MonkeyPatch, code: int | None, *, asked: bool, there_is_taskkill: bool
) -> None:
    """With taskkill, as long as the parent runs; there is no killpg and no SIGKILL."""
    commands = []

    def run(command: list[str], **_options: object) -> None:
        commands.append(command)
        if not there_is_taskkill:
            raise FileNotFoundError

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(os, "killpg", raising=False)
    monkeypatch.delattr("signal.SIGKILL", raising=False)
    monkeypatch.setattr(subprocess, "run", run)
    process: Any = Process(code)
    end_tree(process)
    assert commands == [["taskkill", "/F", "/T", "/PID", "4711"]] * asked
    assert process.killed


def test_windows_keeps_ctrl_c_from_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a group of its own; sessions are POSIX's."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200, raising=False)
    assert apart() == {"creationflags": 0x200}
