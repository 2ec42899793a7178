"""Counters, which have almost no noise: they decide what time cannot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from pytest_speedup.model import CounterChange, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.losses.trace import Counts
    from pytest_speedup.model import Verdict


OPEN = frozenset(one for one in Outcome if one.is_open)
UNHURT = frozenset({Outcome.PASSED, Outcome.SERIAL_IMPROVED})
"""Outcomes by time that say that parallel time did not rise; one that surely fell stays so."""

FEWEST_POOLS = 2
"""Counts of each side that it takes to be sure of a number of pools, which hardly is chance."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a counter has changed, and what that decides.

    Attributes:
        attribute: of :class:`Counts`.
        name: what is counted, in words.
        sign: of a change for the worse.
        ratio: by which all counts of one side are beyond all of the other.
        step: by which they differ at least.
        decides: outcomes by time that a change for the worse turns red.
    """

    attribute: str
    name: str
    sign: int
    ratio: float
    step: float
    decides: frozenset[Outcome] = OPEN


POOLS = Rule("pools", "pools created", sign=1, ratio=1.01, step=1, decides=OPEN | UNHURT)

RULES = (
    POOLS,
    Rule("in_flight", "peak tasks in flight", sign=-1, ratio=1.5, step=1),
    Rule("busiest", "tasks of the busiest worker", sign=1, ratio=1.5, step=2),
    Rule("bytes_per_task", "bytes pickled per task", sign=1, ratio=1.25, step=1024),
)
"""Which worker takes how many of the tasks is chance to some degree, and so are pickled sizes."""


BY_COUNTERS = "by its counters"
"""How the reason of a cell begins that is red by a count."""


def changed_counters(base: Sequence[Counts], head: Sequence[Counts]) -> tuple[CounterChange, ...]:
    """Find the counters in which every run of one side is beyond every run of the other.

    Runs of another number of tasks than any of the other side has are other work, and not
    compared.

    Args:
        base: counts of the base, or of the saved runs.
        head: counts of this code.
    """
    base, head = _of_equal_work(base, head)
    found = (_change(rule, base, head) for rule in RULES)
    return tuple(change for change in found if change is not None)


def decide_by_counters(
    verdict: Verdict, base: Sequence[Counts], head: Sequence[Counts], fewest: int
) -> Verdict:
    """Name the counters that changed, and turn a cell red where one of them decides.

    More pools turn red what passed by time as well as what time left open; the other counters
    decide only what is open. A cell that improved stays so.

    Args:
        verdict: by time.
        base: counts of the base, or of the saved runs.
        head: counts of this code.
        fewest: counts of each side that it takes to decide, but for pools.
    """
    changes = changed_counters(base, head)
    verdict = replace(verdict, counters=changes)
    counted = min(map(len, _of_equal_work(base, head)))
    worse = {change.name for change in changes if change.worse}
    deciding = [
        rule.name
        for rule in RULES
        if rule.name in worse
        and verdict.outcome in rule.decides
        and counted >= (FEWEST_POOLS if rule is POOLS else fewest)
    ]
    if not deciding:
        return verdict
    by_time = "did not show it" if verdict.outcome in UNHURT else "alone could not tell"
    reason = f"{BY_COUNTERS} ({', '.join(deciding)}), time {by_time}"
    return replace(verdict, outcome=Outcome.REGRESSED, more_would_help=False, reason=reason)


def _of_equal_work(
    base: Sequence[Counts], head: Sequence[Counts]
) -> tuple[Sequence[Counts], Sequence[Counts]]:
    """Leave out runs whose number of tasks no run of the other side has."""
    both = {one.tasks for one in base} & {one.tasks for one in head}
    return [one for one in base if one.tasks in both], [one for one in head if one.tasks in both]


def _change(rule: Rule, base: Sequence[Counts], head: Sequence[Counts]) -> CounterChange | None:
    if not base or not head:
        return None
    old, new = ([getattr(one, rule.attribute) for one in side] for side in (base, head))
    low, high = (old, new) if median(old) < median(new) else (new, old)
    if min(high) < max(low) * rule.ratio or min(high) < max(low) + rule.step:
        return None
    worse = (median(new) - median(old)) * rule.sign > 0
    return CounterChange(rule.name, median(old), median(new), worse)
