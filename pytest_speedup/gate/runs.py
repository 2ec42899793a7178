"""Saved runs beside each other: judged without running anything, or shown without judging.

A saved run holds one block of each cell, in one pool of workers. No fresh pool can confirm a loss
in it: it has to be as sure as what finds a loss and what confirms it are together.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.gate.beside_time import decide_by_counters, unless_counts_differ
from pytest_speedup.gate.policy import ErrorBudget, look
from pytest_speedup.gate.saved import (
    RECENT,
    Baseline,
    Measured,
    before_of,
    change_of,
    compare,
    differences,
    refuse_baseline,
)
from pytest_speedup.losses.explanation import explain_groups
from pytest_speedup.model import Outcome, SavedChange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_speedup.gate.policy import Judge, SavedPolicy
    from pytest_speedup.losses.explanation import Explanation
    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model import Readings, SavedCell, Verdict

NOTHING_SAVED = Baseline((), ())
"""The baseline of a cell that no saved run has."""

SIDE_ERROR = 0.025
"""How often the change that is shown lies beyond either end of its interval."""

ALONE = (
    "a loss shows, and one saved run, which has one pool of workers, is not enough to be sure: "
    "compare several runs, or measure it with pytest --benchmark-compare"
)


def since_reset(saved: Sequence[SavedCell]) -> list[SavedCell]:
    """Leave out what was saved before a run that begins a new baseline, and is comparable with it.

    What was saved on another Python or machine has a baseline of its own.

    Args:
        saved: the cell in saved runs, oldest first.
    """
    kept: list[SavedCell] = []
    for one in saved:
        if one.begins:
            kept = [old for old in kept if differences(old, one.cell, one.machine)]
        kept.append(one)
    return kept


def judge_runs(
    now: Mapping[str, Sequence[SavedCell]],
    baselines: Mapping[str, Baseline],
    policy: SavedPolicy,
) -> list[Verdict]:
    """Judge cells of saved runs by what was saved before.

    Args:
        now: by the id of each cell that is to be judged, the cell in the runs that are judged,
            oldest first, at least one; each is a block.
        baselines: likewise, where there is one.
        policy: the rules, whose margin is that of cells whose tests said nothing of it when the
            newest run before was saved.
    """
    errors = ErrorBudget(policy.error_rate, len(now))
    verdicts = []
    for cell, blocks in now.items():
        verdict = _judge(blocks, baselines.get(cell, NOTHING_SAVED), errors.next_share, policy)
        errors.settle(red=verdict.outcome is Outcome.REGRESSED)
        verdicts.append(verdict)
    return verdicts


def _judge(
    blocks: Sequence[SavedCell], baseline: Baseline, error: float, policy: SavedPolicy
) -> Verdict:
    own = baseline.chosen[-1].own_rules.margin if baseline.chosen else None
    margin = policy.margin if own is None else own

    def judge(some: Sequence[Readings], error: float) -> Verdict:
        measured = replace(_measured(blocks), blocks=some)
        return compare(measured, baseline, margin=margin, error=error, policy=policy)

    measured = _measured(blocks)
    verdict = replace(look_back(judge, measured.blocks, error, policy), more_would_help=False)
    stacks = [stack for one in blocks for stack in one.stacks]
    settled = settle(verdict, measured, baseline.chosen[-RECENT:], stacks, policy)
    return replace(settled, speedup=blocks[-1].speedup)


def look_back(
    judge: Judge[Readings], blocks: Sequence[Readings], error: float, policy: SavedPolicy
) -> Verdict:
    """Judge a cell that cannot be measured again.

    A loss in several blocks is confirmed as at any look. In one alone it is surely there where the
    chance of a false red is no more than that of a look and of its confirmation, multiplied.

    Args:
        judge: judges some of the cell's blocks.
        blocks: all of them, at least one.
        error: chance of a false red that the cell may spend.
        policy: the rules.

    Returns:
        The verdict, UNCONFIRMED where a loss shows and is not sure.
    """
    verdict = look(judge, blocks, error, policy)
    if len(blocks) > 1 or not verdict.outcome.is_loss:
        return verdict
    sure = judge(blocks, error / policy.looks * policy.confirming_error)
    if sure.outcome is Outcome.REGRESSED:
        return sure
    return replace(verdict, outcome=Outcome.UNCONFIRMED, reason=ALONE)


def settle(
    verdict: Verdict,
    measured: Measured,
    saved: Sequence[SavedCell],
    stacks: Sequence[Stack],
    policy: SavedPolicy,
) -> Verdict:
    """Add to a verdict by time what was counted, and where the change of the speedup came from.

    Args:
        verdict: by time.
        measured: the cell now.
        saved: the cell in the saved runs that it is compared with.
        stacks: of the cell now.
        policy: the rules.
    """
    comparable = [one for one in saved if not differences(one, measured.cell, measured.machine)]
    before = [stack.counts for one in comparable for stack in one.stacks]
    now = [stack.counts for stack in stacks]
    verdict = unless_counts_differ(verdict, before, now)
    counted = decide_by_counters(verdict, before, now, policy.looks)
    return replace(counted, explanation=_explanation(verdict, measured, saved, stacks))


def _explanation(
    verdict: Verdict, measured: Measured, saved: Sequence[SavedCell], stacks: Sequence[Stack]
) -> Explanation | None:
    """Compare with where the time went when baselines were saved.

    What is explained is the speedup itself: where the ceiling fell with it, the verdict's change is
    none, and a neighbour took the cores.
    """
    if verdict.change is None or not saved:
        return None
    before = fmean(one.readings.speedup.value for one in saved)
    after = fmean(one.speedup.value for one in measured.blocks)
    earlier = [stack for one in saved for stack in one.stacks]
    return explain_groups(earlier, stacks, after - before)


def show_change(
    measured: Measured, baseline: Baseline, speedup: float, policy: SavedPolicy
) -> SavedChange:
    """Compare a cell with its baseline, and judge nothing.

    Args:
        measured: the cell now.
        baseline: what is saved of it.
        speedup: T_serial / T_parallel now.
        policy: how cells vary.
    """
    cell = measured.cell.id
    refused = refuse_baseline(measured, baseline)
    if refused is not None:
        outcome, reason = refused
        return SavedChange(cell, speedup, outcome=outcome, reason=reason)
    change = change_of(measured, baseline, policy).speedup.interval(SIDE_ERROR)
    return SavedChange(cell, speedup, before_of(measured, baseline), change)


def show_runs(
    now: Mapping[str, Sequence[SavedCell]],
    baselines: Mapping[str, Baseline],
    policy: SavedPolicy,
) -> list[SavedChange]:
    """Compare cells of saved runs with what was saved before, and judge nothing.

    Args:
        now: as in :func:`judge_runs`.
        baselines: likewise.
        policy: how cells vary.
    """
    return [
        show_change(
            _measured(blocks), baselines.get(cell, NOTHING_SAVED), blocks[-1].speedup, policy
        )
        for cell, blocks in now.items()
    ]


def _measured(blocks: Sequence[SavedCell]) -> Measured:
    last = blocks[-1]
    return Measured(last.cell, last.bound, last.machine, [one.readings for one in blocks])
