"""One cell against its baselines."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_speedup.gate.change import is_contended, measure_change
from pytest_speedup.gate.comparable import differences
from pytest_speedup.gate.judge import judge
from pytest_speedup.model import Bound, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.gate.policy import Policy
    from pytest_speedup.model import Cell, Machine, Readings, SavedCell

RECENT = 10
"""Runs of a baseline that are averaged: more would hold on to a past that improved since."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A cell as it was measured in this run.

    Attributes:
        cell: the cell.
        bound: what its workload spends its time on.
        machine: where it was measured.
        blocks: what it is compared by, block by block.
    """

    cell: Cell
    bound: Bound
    machine: Machine
    blocks: Sequence[Readings]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is saved of one cell, each oldest first.

    Attributes:
        chosen: the cell in the runs that it is to be compared with.
        history: the cell in all saved runs.
    """

    chosen: Sequence[SavedCell]
    history: Sequence[SavedCell]


def compare(
    measured: Measured, baseline: Baseline, *, margin: float, error: float, policy: Policy
) -> Verdict:
    """Compare a cell with its baseline, as far as there is one that it may be compared with."""
    if not baseline.chosen:
        reason = "no baseline has it: it will be compared once a run with it is saved"
        return Verdict(measured.cell.id, Outcome.NEW, reason=reason)
    chosen = _comparable(measured, baseline.chosen)[-RECENT:]
    if not chosen:
        differs = "; ".join(differences(baseline.chosen[-1], measured.cell, measured.machine))
        reason = f"the baseline is of another kind: {differs}; save a baseline here"
        return Verdict(measured.cell.id, Outcome.INCOMPARABLE, reason=reason)
    history = _comparable(measured, baseline.history)
    bound = _bound(measured, baseline.chosen)
    deviation = policy.deviation(bound, measured.cell.executor, contended=is_contended(chosen))
    change = measure_change(measured.blocks, chosen, history, deviation, policy)
    verdict = judge(measured.cell.id, change, margin=margin, error=error, policy=policy)
    return replace(verdict, before=math.exp(fmean(one.speedup.value for one in chosen)))


def _bound(measured: Measured, saved: Sequence[SavedCell]) -> Bound:
    """Computing, if it ever was: to a starved run computing looks like waiting."""
    bounds = {measured.bound, *(one.bound for one in saved)}
    return Bound.CPU if Bound.CPU in bounds else Bound.WAIT


def _comparable(measured: Measured, saved: Sequence[SavedCell]) -> list[Readings]:
    return [one.readings for one in saved if not differences(one, measured.cell, measured.machine)]
