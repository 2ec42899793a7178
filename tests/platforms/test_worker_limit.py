"""Windows cannot wait for many processes; simulated."""

from __future__ import annotations

import sys
from importlib import import_module

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import Conditions, create
from pytest_speedup.platforms import MAX_WORKERS_ON_WINDOWS, refuse_too_many


@pytest.mark.parametrize("name", ["process", "loky"])
def test_windows_refuses_more_processes_than_it_can_wait_for(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """In a line that says how many and what to do, before anything is started."""
    import_module(f"pytest_speedup.executors.{name}")  # as this system has it
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SpeedupError) as error:
        create(name, MAX_WORKERS_ON_WINDOWS + 1, Conditions())
    assert str(error.value) == (
        f"{name} executor: Windows waits for at most 61 processes, and 62 workers were asked for: "
        "choose fewer with --speedup-workers or the marker"
    )


@pytest.mark.parametrize(("system", "workers"), [("win32", 61), ("darwin", 62), ("linux", 512)])
def test_what_can_be_waited_for_is_allowed(
    monkeypatch: pytest.MonkeyPatch, system: str, workers: int
) -> None:
    """Other systems have no such limit."""
    monkeypatch.setattr(sys, "platform", system)
    refuse_too_many("process", workers)


def test_it_is_the_standard_librarys_limit() -> None:
    """Which is written there."""
    from concurrent.futures import process  # noqa: PLC0415 - a private name of it

    assert vars(process)["_MAX_WINDOWS_WORKERS"] == MAX_WORKERS_ON_WINDOWS
