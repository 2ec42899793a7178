"""Waiting for the end of one's parent; simulated, as tests of loky do it on POSIX."""

from __future__ import annotations

import os
import sys
import time

import pytest

from pytest_speedup.platforms import wait_for_end_of


def test_an_orphan_gets_another_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which it sees at the next look."""
    parents = iter([17, 17, 1])
    slept: list[float] = []
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    monkeypatch.setattr(time, "sleep", slept.append)
    wait_for_end_of(17)
    assert len(slept) == 2


class WinApi:
    """What Windows has for it."""

    SYNCHRONIZE, INFINITE = 0x100000, 0xFFFFFFFF

    def __init__(self, processes: set[int]) -> None:
        self.processes = processes
        self.calls: list[tuple[object, ...]] = []

    def OpenProcess(self, access: int, inherit: bool, pid: int) -> str:  # noqa: FBT001, N802
        assert (access, inherit) == (self.SYNCHRONIZE, False)
        if pid not in self.processes:
            raise OSError
        return f"handle of {pid}"

    def WaitForSingleObject(self, handle: str, milliseconds: int) -> None:  # noqa: N802
        self.calls.append(("wait", handle, milliseconds == self.INFINITE))

    def CloseHandle(self, handle: str) -> None:  # noqa: N802
        self.calls.append(("close", handle))


@pytest.mark.parametrize(
    ("processes", "calls"),
    [({17}, [("wait", "handle of 17", True), ("close", "handle of 17")]), (set(), [])],
    ids=["there", "gone"],
)
def test_windows_has_a_handle_to_wait_for(
    monkeypatch: pytest.MonkeyPatch, processes: set[int], calls: list[tuple[object, ...]]
) -> None:
    """The number of its parent never changes there, and a look at it would go on for ever."""
    api = WinApi(processes)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "getppid", lambda: pytest.fail("its number says nothing"))
    monkeypatch.setitem(sys.modules, "_winapi", api)
    wait_for_end_of(17)
    assert api.calls == calls
