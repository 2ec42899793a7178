from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.replay import LOSSES, replay
from benchmarks.lab.rule import Decision
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import Outcome
from tests.lab.prepared import NAMES, make_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.lab.prepared import PreparedCell

RUNS = [make_run(1 + index / 100) for index in range(5)]


@dataclass
class Longer:
    """Red is what takes longer than twice the first saved run, in the second cell only."""

    name: str = "longer"
    seen: list[tuple[float, list[float]]] = field(default_factory=list)

    def judge(
        self, suite: Sequence[PreparedCell], baselines: Sequence[Sequence[PreparedCell]]
    ) -> list[Decision]:
        now, saved = suite[1].times[0][0], [one.times[0][0] for one in baselines[1]]
        self.seen.append((now, saved))
        outcome = Outcome.REGRESSED if now > 1.7 * saved[0] else Outcome.PASSED
        return [Decision(Outcome.PASSED, 6), Decision(outcome, 6)]


def test_each_run_is_judged_by_others_only() -> None:
    """A run that is its own baseline would never be wrong."""
    rule = Longer()
    replay(RUNS, rule, saved=3, draws=4)
    same = rule.seen[:: 1 + len(LOSSES)]
    assert len(same) == len(RUNS) * 4
    for now, saved in same:
        assert now not in saved
        assert saved == sorted(saved)
        assert len(saved) == 3


def test_losses_are_counted_by_cell_and_by_suite() -> None:
    """Only the loss of a half is more than this rule tolerates."""
    tallies = replay(RUNS, Longer(), saved=1, draws=2)
    assert set(tallies) == {0.0, *LOSSES}
    assert (tallies[0.0].suites, tallies[0.0].red_suites, tallies[0.0].rounds) == (10, 0, 120)
    assert tallies[0.5].red_suites == 10
    assert tallies[0.5].outcomes[NAMES[0]] == {Outcome.PASSED: 10}
    assert tallies[0.5].outcomes[NAMES[1]] == {Outcome.REGRESSED: 10}


def test_all_rules_get_the_same_draws() -> None:
    """Side by side means on the same runs."""
    first, second = Longer(), Longer()
    replay(RUNS, first, saved=2, draws=3)
    replay(RUNS, second, saved=2, draws=3)
    assert first.seen == second.seen


def test_a_recording_of_too_few_runs_is_refused() -> None:
    """With the numbers."""
    with pytest.raises(SpeedupError, match=r"5 saved runs and one more .* the recording has 5"):
        replay(RUNS, Longer(), saved=5, draws=1)
