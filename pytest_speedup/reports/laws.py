"""Scaling laws in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_speedup.statistics import Point, fit_amdahl, fit_usl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.model import Cell, Estimate, Reading
    from pytest_speedup.statistics import Amdahl, Usl

USELESS = 0.95
"""Serial fraction from which on more workers are of no use."""


def curves_of(cells: Iterable[tuple[Cell, Reading]]) -> dict[str, list[Point]]:
    """Gather log speedups by workload and executor; a single worker says nothing of a law."""
    curves: dict[str, list[Point]] = {}
    for cell, speedup in cells:
        if cell.workers > 1:
            curves.setdefault(f"{cell.title} {cell.executor}", []).append(
                Point(cell.workers, speedup)
            )
    return curves


def render_laws(
    curves: Mapping[str, Sequence[Point]], before: Mapping[str, Sequence[Point]]
) -> Iterator[str]:
    """Render a line for each curve.

    Args:
        curves: speedups over worker counts, by what they are of.
        before: the same of the baseline, as far as there is one.
    """
    width = max(map(len, curves), default=0)
    for name, points in curves.items():
        yield f"  {name:{width}}  {'; '.join(_words(points, before.get(name, ())))}"


def _words(points: Sequence[Point], before: Sequence[Point]) -> Iterator[str]:
    amdahl, usl = fit_amdahl(points), fit_usl(points)
    if amdahl is None:
        yield "not enough points: a law takes two worker counts above 1"
        return
    yield f"serial fraction {_share(amdahl.serial_fraction)}"
    yield _most(amdahl)
    yield "contention and coherency: not enough points" if usl is None else _usl(usl, points)
    old = fit_amdahl(before)
    if old is not None and _apart(old.serial_fraction, amdahl.serial_fraction):
        yield f"was {_share(old.serial_fraction)} in the baseline"


def _most(law: Amdahl) -> str:
    fraction = law.serial_fraction
    if fraction.low > USELESS:
        return "more workers are of no use"
    return "no limit seen" if fraction.low <= 0 else f"at most {1 / fraction.value:.3g}x"


def _usl(law: Usl, points: Sequence[Point]) -> str:
    words = f"contention {_share(law.contention)}, coherency {_share(law.coherency)}"
    if law.coherency.low <= 0 or math.isinf(law.peak):
        return f"{words}, no peak seen"
    counts = [point.workers for point in points]
    if law.peak < min(counts):
        return f"{words}, slower from {min(counts)} workers on"
    return f"{words}, fastest with about {law.peak:.0f} workers"


def _share(estimate: Estimate) -> str:
    value, low, high = (100 * each for each in (estimate.value, estimate.low, estimate.high))
    return f"{value:.2g} % ({max(0.0, low):.2g}-{high:.2g})"


def _apart(one: Estimate, other: Estimate) -> bool:
    return one.high < other.low or other.high < one.low
