"""What is special about loky."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import Conditions, create
from tests.executors import tasks
from tests.executors.orphans import orphans_of
from tests.posix import kill, posix_only

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_speedup.executors import Executor

pytest.importorskip("loky")


def create_loky(*, collect_garbage: bool = True) -> Executor:
    return create("loky", 2, Conditions(collect_garbage=collect_garbage))


def test_functions_of_any_origin_can_be_sent() -> None:
    """A lambda too, which other processes would refuse."""
    with create_loky() as executor:
        assert list(executor.map(lambda number: -number, [1, 2])) == [-1, -2]


@pytest.mark.parametrize("collect", [True, False])
def test_workers_collect_garbage_as_the_caller_does(*, collect: bool) -> None:
    """Both sides of a pair run under equal conditions."""
    with create_loky(collect_garbage=collect) as executor:
        assert executor.each(tasks.garbage_is_collected) == [collect] * 2


def test_leaving_removes_its_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Counters live in files while the workers do."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with create_loky() as executor:
        executor.start()
        assert list(tmp_path.glob("speedup-number-*"))
    assert list(tmp_path.glob("speedup-number-*")) == []


def die(_task: object) -> None:
    kill(os.getpid())


@posix_only
def test_a_worker_that_dies_is_an_error() -> None:
    """As with the processes of the standard library; in a line."""
    with create_loky() as executor, pytest.raises(BrokenProcessPool, match="loky executor: a"):
        list(executor.map(die, [None]))


def fail_to_start(_self: object, _function: object) -> list[int]:
    message = "a worker was lost"
    raise BrokenProcessPool(message)


def test_a_worker_that_dies_while_it_starts_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line."""
    with create_loky() as executor:
        monkeypatch.setattr(type(executor), "each", fail_to_start)
        with pytest.raises(SpeedupError, match="loky executor: a worker died while it started"):
            executor.start()


WAITING = """
import os, sys
from pytest_speedup.executors import Conditions, create

with create("loky", 2, Conditions()) as executor:
    executor.start()
    print(*executor.each(os.getpid), flush=True)
    sys.stdin.read()
"""


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """A killed parent cannot close its pool."""
    assert orphans_of(WAITING, tmp_path) == []
