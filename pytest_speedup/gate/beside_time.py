"""What is held beside time: controls, which a commit cannot change, and counters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from pytest_speedup.gate.paired import mean_of_blocks
from pytest_speedup.model import Bound, CounterChange, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.gate.paired import Typical
    from pytest_speedup.gate.policy import PairedPolicy
    from pytest_speedup.losses.trace import Counts
    from pytest_speedup.model import Verdict
    from pytest_speedup.statistics import Shift

CONTROL_ERROR = 0.05
"""Chance that any control of an executor is said to have moved, although none did."""

FEWEST_CONTROLLED = 2
"""Blocks of a control that can tell a runner which changed from chance."""

CONTROL_DEVIATIONS = {Bound.CPU: 0.15, Bound.WAIT: 0.03}
"""Standard deviation of a control's log change in one round, where blocks do not tell yet."""


@dataclass(frozen=True, slots=True)
class Control:
    """Something that no commit can change.

    Attributes:
        name: what ran, such as ``kernel thread``.
        blocks: by block, how its duration differed between two processes of the base.
        typical: how rounds of such turns vary.
    """

    name: str
    blocks: tuple[Shift, ...]
    typical: Typical


@dataclass(frozen=True, slots=True)
class Excuse:
    """What the runner may have done to a cell.

    Attributes:
        shift: upper confidence limit of the controls' shift, in natural logarithms, whichever
            way it went; 0 where none surely moved.
        evidence: the controls that moved, in words.
    """

    shift: float = 0.0
    evidence: str = ""


def read_excuse(controls: Sequence[Control], blocks: int) -> Excuse:
    """Find what the controls of a cell's executor excuse.

    A control counts that was measured in all blocks of the cell but the first, in which nothing
    is suspected yet, and in two at least; and that has surely moved: the confidence interval of its
    shift, two-sided and shared by all of them (Bonferroni's inequality), leaves out 0. What it
    excuses is the end of that interval which is farther from 0.

    Args:
        controls: those of the cell's executor, in the cell's blocks.
        blocks: how many the cell has.
    """
    shift, words = 0.0, []
    for control in controls:
        if len(control.blocks) < max(FEWEST_CONTROLLED, blocks - 1):
            continue
        mean = mean_of_blocks(control.blocks, control.typical)
        wide = mean.half_width(CONTROL_ERROR / 2 / len(controls))
        if abs(mean.value) > wide:
            shift = max(shift, abs(mean.value) + wide)
            words.append(f"{control.name} {math.expm1(mean.value):+.1%}")
    return Excuse(shift, ", ".join(words))


def downgrade(verdict: Verdict, loss: float, excuse: Excuse, policy: PairedPolicy) -> Verdict:
    """Take back what the runner may have made: a loss, or that there is none.

    The shift of the controls is not subtracted from what the cell shows, which it explains badly:
    it is only asked whether the outcome would stand if the runner had done that much.

    Args:
        verdict: by time.
        loss: the rise of parallel time that it rests on, in natural logarithms.
        excuse: what the runner may have done.
        policy: the rules of the cell.
    """
    if not excuse.evidence:
        return verdict
    taken_back = (
        loss - excuse.shift <= policy.limit
        if verdict.outcome.is_loss
        else verdict.outcome.is_good and loss + excuse.shift >= policy.limit
    )
    if not taken_back:
        return verdict
    reason = (
        "the runner changed, which may be all of it: "
        f"base against itself, {excuse.evidence}, at most {math.expm1(excuse.shift):.0%}"
    )
    return replace(verdict, outcome=Outcome.INCONCLUSIVE, more_would_help=False, reason=reason)


OPEN = frozenset(one for one in Outcome if one.is_open)
UNHURT = frozenset({Outcome.PASSED, Outcome.SERIAL_IMPROVED})
"""Outcomes by time that say that parallel time did not rise; one that surely fell stays so."""

NOTHING: frozenset[Outcome] = frozenset()
"""Of a counter that is only told of: a thread more may be a library's own affair."""

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
    Rule("own_threads", "threads beside the workers", sign=1, ratio=1.5, step=2, decides=NOTHING),
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


MORE_POOLS = "it made more pools of workers in one run, and it takes two to be sure"


def unless_counts_differ(
    verdict: Verdict, base: Sequence[Counts], head: Sequence[Counts]
) -> Verdict:
    """Keep a cell open that passed by time, where it may have made more pools of workers.

    Args:
        verdict: by time.
        base: counts of the base.
        head: counts of this code.
    """
    if verdict.outcome not in UNHURT or len(head) >= FEWEST_POOLS:
        return verdict
    if not any(one.worse and one.name == POOLS.name for one in changed_counters(base, head)):
        return verdict
    return replace(verdict, outcome=Outcome.INCONCLUSIVE, more_would_help=True, reason=MORE_POOLS)


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
