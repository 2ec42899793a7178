from __future__ import annotations

from typing import Any

import pytest

from pytest_speedup.executors import (
    DEFAULT_START_METHOD,
    NAMES,
    Conditions,
    ProcessExecutor,
    SerialExecutor,
    ThreadExecutor,
    create,
)


@pytest.mark.parametrize(
    ("name", "kind", "workers"),
    [("serial", SerialExecutor, 1), ("thread", ThreadExecutor, 3), ("process", ProcessExecutor, 3)],
)
def test_a_name_chooses_its_executor(name: str, kind: type, workers: int) -> None:
    """With so many workers, but serial has one."""
    with create(name, 3, Conditions()) as executor:
        assert type(executor) is kind
        assert (executor.name, executor.workers) == (name, workers)


def test_every_executor_has_a_name() -> None:
    """The order is that of reports."""
    assert NAMES == ("serial", "thread", "process")


def test_processes_are_made_under_the_conditions_of_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None of them is lost on the way."""
    made: list[tuple[int, dict[str, Any]]] = []

    class Recorder:
        name = "process"

        def __init__(self, workers: int, **conditions: object) -> None:
            made.append((workers, conditions))

    monkeypatch.setattr("pytest_speedup.executors.choice.ProcessExecutor", Recorder)
    conditions = Conditions(start_method="fork", collect_garbage=False, import_main=False)
    create("process", 3, conditions)
    assert made == [(3, conditions._asdict())]


def test_the_usual_conditions_are_those_of_every_platform() -> None:
    """Spawn exists everywhere; the rest is as Python has it."""
    assert Conditions() == ("spawn", True, True)
    assert DEFAULT_START_METHOD == "spawn"
