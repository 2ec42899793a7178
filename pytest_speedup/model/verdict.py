"""The verdict on one cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.model.outcome import Outcome

if TYPE_CHECKING:
    from pytest_speedup.losses.explanation import Explanation
    from pytest_speedup.model.estimate import Estimate


@dataclass(frozen=True, slots=True)
class CounterChange:
    """A counter that differs between base and head in every block.

    Attributes:
        name: what is counted, in words.
        base: the median of the base.
        head: the median of the head.
        worse: whether it says that less runs in parallel, or that parallel running costs more.
    """

    name: str
    base: float
    head: float
    worse: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one cell, and what it rests on.

    Attributes:
        cell: the id of the cell.
        outcome: what the comparison came to.
        change: speedup now / speedup in the baseline, with the interval that decided; None
            where nothing could be compared.
        detectable: the smallest loss, as a fraction, that would have been seen nine times out
            of ten; None where nothing could be compared.
        more_would_help: whether more blocks of rounds could decide a cell that is not decided.
        reason: what happened, and what to do where something can be done.
        speedup: T_serial / T_parallel now; None where it was not measured.
        before: the same of the base, or the mean of the saved runs that it was compared with.
        margin: loss of speedup that is accepted, as a fraction; None where none was asked for.
        parallel_change: parallel time now / before, from the same rounds; None where unknown.
        serial_change: the same of serial time.
        counters: what a run does differently, by count.
        explanation: where the change of speedup came from; None where nothing was recorded.
        acknowledged: the reason given in the file of acknowledged losses; None without one.
    """

    cell: str
    outcome: Outcome
    change: Estimate | None = None
    detectable: float | None = None
    more_would_help: bool = False
    reason: str = ""
    speedup: float | None = None
    before: float | None = None
    margin: float | None = None
    parallel_change: float | None = None
    serial_change: float | None = None
    counters: tuple[CounterChange, ...] = ()
    explanation: Explanation | None = None
    acknowledged: str | None = None

    @property
    def is_red(self) -> bool:
        """Whether the cell fails the gate: it regressed, and nobody accepted that."""
        return self.outcome is Outcome.REGRESSED and self.acknowledged is None
