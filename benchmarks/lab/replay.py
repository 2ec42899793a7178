"""Replaying a recording: how often a rule is wrong on the same code, and right on a loss."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from benchmarks.lab.prepared import PreparedCell, prepare, with_loss
from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.lab.recording import RecordedRun
    from benchmarks.lab.rule import Rule
    from pytest_speedup.model import Outcome

LOSSES = (0.05, 0.1, 0.2, 0.5)
"""Losses of speedup that are injected, as fractions."""

SEED = 20_130_623
"""Draws of baselines are the same for each rule, and each time."""


@dataclass(slots=True)
class Tally:
    """What a rule made of many suites, all with the same loss.

    Attributes:
        suites: how many suites it judged.
        red_suites: how many of them had a red cell.
        rounds: rounds that it looked at, all cells together.
        outcomes: outcomes by cell.
    """

    suites: int = 0
    red_suites: int = 0
    rounds: int = 0
    outcomes: dict[str, Counter[Outcome]] = field(default_factory=lambda: defaultdict(Counter))


def replay(
    runs: Sequence[RecordedRun], rule: Rule, *, saved: int, draws: int
) -> dict[float, Tally]:
    """Have a rule judge each run against others of the same recording.

    Args:
        runs: the recording.
        rule: the rule.
        saved: how many other runs are saved.
        draws: how often other runs are drawn for each run.

    Returns:
        By the loss that was injected; 0 is the same code.

    Raises:
        SpeedupError: the recording has not as many runs.
    """
    if saved >= len(runs):
        message = f"{saved} saved runs and one more were asked for, the recording has {len(runs)}"
        raise SpeedupError(message)
    prepared = [[prepare(name, cell) for name, cell in sorted(run.items())] for run in runs]
    lossy = cache(lambda run, loss: [with_loss(one, loss) for one in prepared[run]])
    tallies = {loss: Tally() for loss in (0.0, *LOSSES)}
    for target, others in _draw(len(runs), saved, draws):
        baselines = list(zip(*(prepared[other] for other in others), strict=True))
        for loss, tally in tallies.items():
            _judge(rule, lossy(target, loss), baselines, tally)
    return tallies


def _draw(runs: int, saved: int, draws: int) -> Iterator[tuple[int, list[int]]]:
    random = Random(SEED)
    for target in range(runs):
        others = [other for other in range(runs) if other != target]
        for _ in range(draws):
            yield target, sorted(random.sample(others, saved))


def _judge(
    rule: Rule,
    suite: Sequence[PreparedCell],
    baselines: Sequence[Sequence[PreparedCell]],
    tally: Tally,
) -> None:
    decisions = rule.judge(suite, baselines)
    tally.suites += 1
    tally.red_suites += any(decision.red for decision in decisions)
    for cell, decision in zip(suite, decisions, strict=True):
        tally.rounds += decision.rounds
        tally.outcomes[cell.name][decision.outcome] += 1
