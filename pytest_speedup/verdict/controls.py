"""Controls that moved: then it is the runner that changed, whatever the cells show."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_speedup.model import Bound, Outcome
from pytest_speedup.statistics import t_quantile
from pytest_speedup.verdict.spread import mean_of_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Verdict
    from pytest_speedup.statistics import Shift
    from pytest_speedup.verdict.difference import DifferencePolicy
    from pytest_speedup.verdict.spread import Typical

CONTROL_ERROR = 0.01
"""Chance that any control of a run is said to have moved, although none did."""

CONTROL_DEVIATIONS = {Bound.CPU: 0.15, Bound.WAIT: 0.03}
"""Standard deviation of a control's log change in one round, where blocks do not tell yet."""

DECIDED = {Outcome.PASSED, Outcome.REGRESSED, Outcome.IMPROVED, Outcome.SERIAL_IMPROVED}


@dataclass(frozen=True, slots=True)
class Control:
    """Something that no commit can change.

    Attributes:
        name: what ran, such as ``kernel thread-4``.
        blocks: by block, how its duration differed between two processes of the base.
        typical: how rounds of such turns vary.
    """

    name: str
    blocks: tuple[Shift, ...]
    typical: Typical


def word_moved(controls: Sequence[Control], policy: DifferencePolicy) -> str:
    """Say which of the controls moved by half of the margin or more; empty if none did.

    One that moved did so in every block, and beyond what chance would do.

    Args:
        controls: all that the same cells go with.
        policy: the rules of those cells.
    """
    limit = policy.limit / 2
    moved = []
    for control in controls:
        mean = mean_of_blocks(control.blocks, control.typical)
        critical = t_quantile(1 - CONTROL_ERROR / 2 / len(controls), mean.degrees)
        agree = len({block.value > 0 for block in control.blocks}) == 1
        if agree and abs(mean.value) > max(limit, critical * mean.error):
            moved.append(f"{control.name} {math.expm1(mean.value):+.1%}")
    if not moved:
        return ""
    return f"the runner changed, not your diff: base against itself, {', '.join(moved)}"


def downgrade(verdict: Verdict, evidence: str) -> Verdict:
    """Take back what was decided while the runner changed."""
    if not evidence or verdict.outcome not in DECIDED:
        return verdict
    return replace(verdict, outcome=Outcome.INCONCLUSIVE, more_would_help=False, reason=evidence)
