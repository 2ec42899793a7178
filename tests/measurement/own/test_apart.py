"""Turns in processes that were started with variables: what they take, and what surrounds them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.clock import Timed, timed
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import OwnWorkers, SerialExecutor
from pytest_speedup.measurement.own import OwnWork, apart
from pytest_speedup.measurement.own.apart import Answer, ready_apart, refuse_unsendable
from pytest_speedup.measurement.own.surroundings import Kept, Turn
from pytest_speedup.measurement.own.target import Target
from pytest_speedup.measurement.own.work import Activity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def told(*_given: object) -> tuple[str, str]:
    return os.environ["OUR_COUNT"], os.environ["OUR_OTHER"]


def unsendable() -> Callable[[], int]:
    return lambda: 1


class FakeProcess:
    """Answers without running anything, after five seconds."""

    def __init__(self, clock: list[float]) -> None:
        self.clock = clock

    def map(self, function: Callable[..., object], asked: list[Any]) -> Iterator[Answer]:
        assert function.__name__ == "_take_turn"
        assert [type(one[0]) for one in asked] == [Turn]
        self.clock[0] += 5.0
        yield Answer("result", 2.0, 3.0)


def test_a_turn_takes_what_it_took_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what sending it takes, nor the CPU time of this process, which did nothing."""
    clock = [100.0]
    monkeypatch.setattr("pytest_speedup.clock.now", lambda: clock[0])
    monkeypatch.setattr(apart, "now", lambda: clock[0])
    for place in (
        "pytest_speedup.clock.process_cpu",
        "pytest_speedup.measurement.own.apart.process_cpu",
    ):
        monkeypatch.setattr(place, lambda: 7.0)
    kept = Kept(process=FakeProcess(clock))
    turn = Turn(told, 2, passes=False, parameter=None, args=())

    def work() -> object:
        with ready_apart(turn, kept, {}) as call:
            return call()

    assert timed(work) == Timed("result", 2.0, 3.0)


def test_each_count_has_a_process_with_its_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which this process has not afterwards, or has as before."""
    monkeypatch.setenv("OUR_OTHER", "mine")
    monkeypatch.delenv("OUR_COUNT", raising=False)
    target = Target(told, environ=("OUR_COUNT", "OUR_OTHER"))
    with OwnWork(target) as work:
        assert work(OwnWorkers(2)) == ("2", "2")
        assert work(SerialExecutor()) == ("1", "1")
        assert (os.environ["OUR_OTHER"], "OUR_COUNT" in os.environ) == ("mine", False)
        kept = [*work._kept.values()]  # noqa: SLF001 - what is to have ended
        processes = [one.process for one in kept]
        assert isinstance(target.observe(2, kept[0]), Activity)
    for one in processes:
        with pytest.raises(RuntimeError):  # it has ended
            list(one.map(told, [None]))


def test_what_cannot_be_sent_is_refused_by_name() -> None:
    """There and back."""
    turn = Turn(told, 2, passes=False, parameter=None, args=(unsendable(),))
    with pytest.raises(SpeedupError, match=r"where <lambda> cannot be sent .*put it at the top of"):
        refuse_unsendable(turn)
    with (
        OwnWork(Target(unsendable, environ=("OUR_COUNT",))) as work,
        pytest.raises(
            SpeedupError, match=r"what unsendable\(\) returned cannot be sent from its process"
        ),
    ):
        work(OwnWorkers(2))
