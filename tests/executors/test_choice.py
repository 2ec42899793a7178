from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import (
    DEFAULT_START_METHOD,
    USUAL,
    Conditions,
    ProcessExecutor,
    SerialExecutor,
    ThreadExecutor,
    choice,
    create,
    find,
)
from tests.executors.here import HERE

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    ("name", "kind", "workers"),
    [("serial", SerialExecutor, 1), ("thread", ThreadExecutor, 3), ("process", ProcessExecutor, 3)],
)
def test_a_name_chooses_its_executor(name: str, kind: type, workers: int) -> None:
    """With so many workers, but serial has one."""
    with create(name, 3, Conditions()) as executor:
        assert type(executor) is kind
        assert (executor.name, executor.workers) == (name, workers)


@pytest.mark.parametrize("name", HERE)
def test_every_executor_calls_itself_what_it_is_called(name: str) -> None:
    """By that name reports and baselines know it."""
    with create(name, 1, Conditions(import_main=False)) as executor:
        assert executor.name == name


def test_the_usual_executors_need_nothing_else() -> None:
    """The order is that of reports."""
    assert USUAL == ("serial", "thread", "process")


def test_processes_are_made_under_the_conditions_of_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None of them is lost on the way."""
    made: list[tuple[int, dict[str, Any]]] = []

    class Recorder:
        def __init__(self, workers: int, **conditions: object) -> None:
            made.append((workers, conditions))

    monkeypatch.setattr(choice, "ProcessExecutor", Recorder)
    create("process", 3, Conditions(start_method="fork", collect_garbage=False, import_main=False))
    expected = {"start_method": "fork", "collect_garbage": False, "import_main": False}
    assert made == [(3, expected)]


def test_the_usual_conditions_are_those_of_every_platform() -> None:
    """Spawn exists everywhere; the rest is as Python has it."""
    assert Conditions() == ("spawn", True, True, None)
    assert DEFAULT_START_METHOD == "spawn"


def test_an_unknown_executor_is_refused() -> None:
    """The message says which there are."""
    expected = "unknown executor 'fiber'; choose from serial, thread, process, interpreter, asyncio"
    with pytest.raises(SpeedupError, match=expected):
        find("fiber")


@pytest.mark.parametrize(
    ("name", "package"), [("loky", "loky"), ("dask", "distributed"), ("mpi", "mpi4py")]
)
def test_a_missing_library_is_named_with_its_install_command(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    """The executor keeps its name, and says what it needs."""

    def find_nothing(module: str) -> None:
        assert module == package

    monkeypatch.setattr(choice, "find_spec", find_nothing)
    expected = rf"'{name}' needs {package}: python -m pip install 'pytest-speedup\[{name}\]'"
    with pytest.raises(SpeedupError, match=expected):
        find(name)


def test_interpreters_need_a_python_that_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """An older one is told so."""
    version = type("Version", (tuple,), {"major": 3, "minor": 13})((3, 13))
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SpeedupError, match=r"needs Python 3\.14.*this is 3\.13"):
        find("interpreter")


def make_other(workers: int, conditions: Conditions) -> ThreadExecutor:
    assert conditions == Conditions()
    return ThreadExecutor(workers + 1)


def test_other_packages_bring_executors(monkeypatch: pytest.MonkeyPatch) -> None:
    """By an entry point with the executor's name."""

    def entry_points(*, group: str) -> Sequence[EntryPoint]:
        return [EntryPoint("relay", f"{__name__}:make_other", group)]

    monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
    with create("relay", 1, Conditions()) as executor:
        assert executor.workers == 2
    with pytest.raises(SpeedupError, match=r"mpi, relay$"):
        find("fiber")
