from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import Code, Comparison, SideError, comparison
from pytest_speedup.against.block import Opened
from pytest_speedup.model import BASE, HEAD, Bound, Outcome, Round, Turn, arm_of
from pytest_speedup.verdict import DifferencePolicy

if TYPE_CHECKING:
    from collections.abc import Iterator


def make_workloads(*names: str) -> dict[str, list[list[object]]]:
    """Each with serial code and two threads."""
    return {
        name: [[f"{name}[serial-1]", "serial", 1], [f"{name}[thread-2]", "thread", 2]]
        for name in names
    }


@dataclass
class FakePair:
    """Both sides, with durations that are known."""

    head_seconds: dict[str, float]
    workloads_of: dict[str, dict[str, list[list[object]]]]
    bound: Bound = Bound.WAIT
    changed: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    alive: bool = True
    open: str = ""
    log: list[tuple[str, int]] = field(default_factory=list)

    def workloads(self) -> dict[str, dict[str, list[list[object]]]]:
        return self.workloads_of

    @contextmanager
    def opened(self, workload: str, _following: str | None) -> Iterator[Opened]:
        if workload in self.broken:
            message = "base: it failed"
            raise SideError(message)
        self.open = workload
        yield Opened({"serial-1": 1.0, "thread-2": 0.5}, self.bound, workload not in self.changed)

    def rounds(self, turns: list[str], count: int) -> tuple[Round, ...]:
        self.log.append((self.open, count))
        seconds = {(BASE, turn): 1.0 for turn in turns}
        seconds |= {(HEAD, turn): 1.0 for turn in turns}
        seconds[HEAD, "thread-2"] = self.head_seconds.get(self.open, 1.0)
        return tuple(
            Round(
                tuple(
                    Turn(arm_of(*arm), duration * (1 + index / 1000))
                    for arm, duration in seconds.items()
                )
            )
            for index in range(count)
        )


@dataclass
class Clock:
    """Each look at it takes some seconds."""

    step: float = 0.0
    seconds: float = 0.0

    def __call__(self) -> float:
        self.seconds += self.step
        return self.seconds


def compare(
    pair: FakePair, monkeypatch: pytest.MonkeyPatch, *, step: float = 0.0
) -> dict[str, Outcome]:
    """Compare with fake processes and a fake clock."""
    seeds = []

    @contextmanager
    def paired(*arguments: object) -> Iterator[FakePair]:
        seeds.append(arguments[-1])
        yield pair

    monkeypatch.setattr(comparison, "paired", paired)
    monkeypatch.setattr(comparison, "now", Clock(step))
    code = Code("x", Path())
    verdicts = Comparison(code, code, DifferencePolicy(), 100.0, lambda _text: None).run()
    assert len(set(seeds)) == len(seeds), "each block has a hash seed of its own"
    return {cell: verdict.outcome for cell, verdict in verdicts.items()}


def both(*names: str) -> dict[str, dict[str, list[list[object]]]]:
    return {BASE: make_workloads(*names), HEAD: make_workloads(*names)}


def test_only_undecided_workloads_are_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass takes two blocks, a regression five."""
    pair = FakePair({"slow": 1.5}, both("same", "slow"))
    assert compare(pair, monkeypatch) == {
        "same[thread-2]": Outcome.PASSED,
        "slow[thread-2]": Outcome.REGRESSED,
    }
    assert [name for name, _ in pair.log] == ["same", "slow"] * 2 + ["slow"] * 3


def test_computing_gets_more_rounds_than_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is far noisier."""
    counts = {}
    for bound in Bound:
        pair = FakePair({}, both("work"), bound=bound)
        monkeypatch.setattr(comparison, "CPU_SECONDS", 60.0)
        compare(pair, monkeypatch)
        counts[bound] = pair.log[0][1]
    assert counts == {Bound.WAIT: 3, Bound.CPU: 20}


def test_the_budget_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No block begins that would not fit; what is not decided then is inconclusive."""
    pair = FakePair({"slow": 1.5}, both("slow"))
    assert compare(pair, monkeypatch, step=12.0) == {"slow[thread-2]": Outcome.INCONCLUSIVE}
    assert len(pair.log) == 3


def test_cells_of_one_side_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And those of both are compared."""
    workloads = {BASE: make_workloads("old", "same"), HEAD: make_workloads("new", "same")}
    outcomes = compare(FakePair({}, workloads), monkeypatch)
    assert outcomes["old[thread-2]"] is Outcome.MISSING
    assert outcomes["new[thread-2]"] is Outcome.NEW
    assert outcomes["same[thread-2]"] is Outcome.PASSED


def test_what_cannot_be_compared_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither other arguments nor a test that fails."""
    pair = FakePair({}, both("a", "b", "c"), changed=("a",), broken=("b",))
    assert compare(pair, monkeypatch) == {
        "a[thread-2]": Outcome.INCOMPARABLE,
        "b[thread-2]": Outcome.INCOMPARABLE,
        "c[thread-2]": Outcome.PASSED,
    }


def test_a_side_that_is_gone_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be compared any more."""
    pair = FakePair({}, both("a"), broken=("a",), alive=False)
    with pytest.raises(SideError):
        compare(pair, monkeypatch)
