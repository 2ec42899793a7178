"""Controls that moved: then the runner may have done what a cell shows, and not the code."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_speedup.gate.paired import mean_of_blocks
from pytest_speedup.model import Bound, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.gate.paired import Typical
    from pytest_speedup.gate.policy import PairedPolicy
    from pytest_speedup.model import Verdict
    from pytest_speedup.statistics import Shift

CONTROL_ERROR = 0.05
"""Chance that any control of an executor is said to have moved, although none did."""

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

    A control counts that was measured in all blocks of the cell, and has surely moved: the
    confidence interval of its shift, two-sided and shared by all of them (Bonferroni's
    inequality), leaves out 0. What it excuses is the end of that interval which is farther from 0.

    Args:
        controls: those of the cell's executor, in the cell's blocks.
        blocks: how many the cell has; a single one excuses nothing.
    """
    shift, words = 0.0, []
    for control in controls:
        if blocks < 2 or len(control.blocks) < blocks:  # noqa: PLR2004 - see above
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
