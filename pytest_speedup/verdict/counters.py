"""Counters, which have almost no noise: they decide what time cannot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from pytest_speedup.model import CounterChange, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Counts, Verdict


@dataclass(frozen=True, slots=True)
class Rule:
    """When a counter has changed.

    Attributes:
        attribute: of :class:`Counts`.
        name: what is counted, in words.
        sign: of a change for the worse.
        ratio: by which every block of one side is beyond every block of the other.
        step: by which they differ at least.
    """

    attribute: str
    name: str
    sign: int
    ratio: float
    step: float


RULES = (
    Rule("pools", "pools created", sign=1, ratio=1.01, step=1),
    Rule("in_flight", "peak tasks in flight", sign=-1, ratio=1.5, step=1),
    Rule("busiest", "tasks of the busiest worker", sign=1, ratio=1.5, step=2),
    Rule("bytes_per_task", "bytes pickled per task", sign=1, ratio=1.25, step=1024),
)
"""Which worker takes how many of the tasks is chance to some degree, and so are pickled sizes."""


def changed_counters(counts: Sequence[tuple[Counts, Counts]]) -> tuple[CounterChange, ...]:
    """Find the counters that differ in every block.

    Args:
        counts: of base and head, by block.
    """
    found = (_change(rule, counts) for rule in RULES)
    return tuple(change for change in found if change is not None)


def decide_by_counters(
    verdict: Verdict, counts: Sequence[tuple[Counts, Counts]], fewest: int
) -> Verdict:
    """Name the counters that changed; one for the worse turns a cell red that time left open.

    Args:
        verdict: by time.
        counts: of base and head, by block.
        fewest: blocks that a red cell takes.
    """
    changes = changed_counters(counts)
    verdict = replace(verdict, counters=changes)
    worse = any(change.worse for change in changes)
    if verdict.outcome is not Outcome.INCONCLUSIVE or not worse or len(counts) < fewest:
        return verdict
    reason = "by its counters, time alone could not tell"
    return replace(verdict, outcome=Outcome.REGRESSED, more_would_help=False, reason=reason)


def _change(rule: Rule, counts: Sequence[tuple[Counts, Counts]]) -> CounterChange | None:
    if not counts:
        return None
    base, head = ([getattr(pair[side], rule.attribute) for pair in counts] for side in (0, 1))
    low, high = (base, head) if median(base) < median(head) else (head, base)
    if min(high) < max(low) * rule.ratio or min(high) < max(low) + rule.step:
        return None
    worse = (median(head) - median(base)) * rule.sign > 0
    return CounterChange(rule.name, median(base), median(head), worse)
