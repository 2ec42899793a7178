from __future__ import annotations

import pytest

from pytest_speedup.executors import SerialExecutor, ThreadExecutor
from pytest_speedup.measurement import control_arm, kernel_arm, machine
from pytest_speedup.measurement.machine import KERNEL_SCALE, SHARES, TASKS, kernel_share
from pytest_speedup.model import Bound


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Bound, float]]:
    """Shares that ran, each within a second of its own."""
    shares: list[tuple[Bound, float]] = []

    def run_share(bound: Bound, share: float) -> tuple[float, float]:
        shares.append((bound, share))
        return float(len(shares)), len(shares) + 1.0

    monkeypatch.setattr(machine, "run_share", run_share)
    monkeypatch.setattr("pytest_speedup.measurement.machine.run_share", run_share)
    return shares


@pytest.mark.parametrize("bound", Bound)
def test_the_control_workload_has_tasks_of_its_own(
    bound: Bound, ran: list[tuple[Bound, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed out as a user's are, and timed from outside."""
    ticks = iter([10.0, 17.0])
    monkeypatch.setattr("pytest_speedup.clock.now", lambda: next(ticks))
    assert control_arm(SerialExecutor(), bound)() == 7.0
    assert ran == [(bound, SHARES[bound])] * TASKS


@pytest.mark.parametrize("bound", Bound)
def test_the_kernel_runs_for_longer_than_a_ceilings(
    bound: Bound, ran: list[tuple[Bound, float]]
) -> None:
    """One share for each worker, from the first one's beginning to the last one's end."""
    with ThreadExecutor(2) as executor:
        executor.start()
        assert kernel_arm(executor, bound)() == 2.0
    assert ran == [(bound, kernel_share(bound, 2, KERNEL_SCALE[bound]))] * 2
