from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar, cast

import pytest

from pytest_speedup.executors import SerialExecutor
from pytest_speedup.measurement import kernel_arms, machine
from pytest_speedup.measurement.machine import CPU_STEPS, WAIT_SECONDS, compute, run_share
from pytest_speedup.model import KERNEL_PARALLEL, KERNEL_SERIAL, Bound

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor

R = TypeVar("R")


class Pool(SerialExecutor):
    """Hands out work to each worker, and answers with what it was given."""

    workers = 4

    def __init__(self, answers: list[tuple[float, float]] | None = None) -> None:
        self.answers = answers

    def each(self, function: Callable[[], R]) -> list[R]:
        results = [function() for _ in range(self.workers)]
        return results if self.answers is None else cast("list[R]", self.answers)


@pytest.fixture
def shares(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Bound, float]]:
    """Notes which kernel ran which share."""
    ran: list[tuple[Bound, float]] = []

    def note(bound: Bound) -> Callable[[float], None]:
        return lambda share: ran.append((bound, share))

    monkeypatch.setattr(machine, "_KERNELS", {bound: note(bound) for bound in Bound})
    return ran


@pytest.mark.parametrize("arm", [KERNEL_SERIAL, KERNEL_PARALLEL])
def test_the_computing_shares_sum_to_the_whole(shares: list[tuple[Bound, float]], arm: str) -> None:
    """Both sides of a pair do the same work, in as many equal shares."""
    kernel_arms(cast("Executor", Pool()), Bound.CPU)[arm]()
    assert shares == [(Bound.CPU, CPU_STEPS / 4)] * 4


@pytest.mark.parametrize("arm", [KERNEL_SERIAL, KERNEL_PARALLEL])
def test_every_worker_waits_for_the_whole_wait(shares: list[tuple[Bound, float]], arm: str) -> None:
    """Waits of several workers go on side by side."""
    kernel_arms(cast("Executor", Pool()), Bound.WAIT)[arm]()
    assert shares == [(Bound.WAIT, WAIT_SECONDS)] * 4


@pytest.mark.usefixtures("shares")
def test_the_span_does_not_depend_on_the_order_of_answers() -> None:
    """Workers answer in no special order; here from the second 2 to the second 9."""
    pool = Pool([(4.0, 7.0), (3.0, 9.0), (2.0, 5.0), (2.5, 6.0)])
    assert kernel_arms(cast("Executor", pool), Bound.CPU)[KERNEL_PARALLEL]() == 7.0


def test_a_share_tells_when_it_began_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is read right before the work and right after it."""
    events: list[str] = []

    def now() -> float:
        events.append("clock")
        return float(len(events))

    def work(_share: float) -> None:
        events.append("work")

    monkeypatch.setattr(machine, "now", now)
    monkeypatch.setattr(machine, "_KERNELS", {Bound.CPU: work})
    assert run_share(Bound.CPU, 1.0) == (1.0, 3.0)
    assert events == ["clock", "work", "clock"]


def test_computing_computes_and_waiting_sleeps() -> None:
    """The kernels are not mixed up; the clock alone could not tell on a loaded machine."""
    kernels = machine._KERNELS  # noqa: SLF001 - see above
    assert kernels == {Bound.CPU: compute, Bound.WAIT: time.sleep}
