"""The serial run that a workload is known by; the CPU clock of Windows is simulated."""

from __future__ import annotations

import math
import sys

import pytest

from pytest_speedup.measurement import bound_of, run_reference
from pytest_speedup.model import Bound


class Machine:
    """Runs of 40 ms on a clock whose CPU time goes up in steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, share: float, step: float) -> None:
        self.time = self.cpu = 0.4 * step
        self.share = share
        self.step = step
        self.runs = 0
        monkeypatch.setattr("pytest_speedup.clock.now", lambda: self.time)
        monkeypatch.setattr("pytest_speedup.clock.process_cpu", self.charged)

    def charged(self) -> float:
        return math.floor(self.cpu / self.step) * self.step if self.step else self.cpu

    def work(self) -> int:
        self.runs += 1
        self.time += 0.04
        self.cpu += 0.04 * self.share
        return self.runs


@pytest.mark.parametrize(("share", "expected"), [(0.3, Bound.CPU), (0.1, Bound.WAIT)])
def test_windows_runs_until_its_clock_can_tell(
    monkeypatch: pytest.MonkeyPatch, share: float, expected: Bound
) -> None:
    """A single run that computes for 12 ms would be charged with nothing there."""
    machine = Machine(monkeypatch, share, 1 / 64)
    monkeypatch.setattr(sys, "platform", "win32")
    reference = run_reference(machine.work)
    assert bound_of(reference) is expected
    assert (reference.result, machine.runs) == (1, 4)
    assert reference.seconds == pytest.approx(0.04)


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_elsewhere_one_run_tells(monkeypatch: pytest.MonkeyPatch, system: str) -> None:
    """CPU time is counted finely."""
    machine = Machine(monkeypatch, 0.3, 0.0)
    monkeypatch.setattr(sys, "platform", system)
    reference = run_reference(machine.work)
    assert bound_of(reference) is Bound.CPU
    assert (reference.result, machine.runs) == (1, 1)
    assert reference.cpu_seconds == pytest.approx(0.012)
