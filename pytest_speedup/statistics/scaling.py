"""Scaling laws: what the speedups of several worker counts say about one more.

Amdahl's law (AFIPS Spring Joint Computer Conference, 1967) has a serial fraction f that no worker
shares: S(n) = n / (1 + f (n - 1)). Gunther's universal scalability law (Guerrilla Capacity
Planning, Springer, 2007, chapter 6) adds what workers cost each other: with contention s and
coherency k, S(n) = n / (1 + s (n - 1) + k n (n - 1)), which has a peak. Both are linear in their
parameters once turned over, n / S - 1 = s (n - 1) + k n (n - 1), and are fitted by least squares
with weights from the speedups' own errors. Karp and Flatt's metric (Communications of the ACM
33(5), 1990) is Amdahl's fraction for a single count: where it rises with the workers, it is not a
serial section that holds them up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_speedup.model import Estimate
from pytest_speedup.statistics.numbers import t_quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_speedup.model import Cell, Reading

CONFIDENCE = 0.95

MIN_POINTS_FOR_AMDAHL = 2
MIN_POINTS_FOR_USL = 3
"""One point more than there are parameters, or there is nothing to tell how well the law fits."""


@dataclass(frozen=True, slots=True)
class Point:
    """The speedup of one worker count.

    Attributes:
        workers: how many, from 2 on: a single worker says nothing about a law.
        speedup: its logarithm.
    """

    workers: int
    speedup: Reading

    @property
    def turned(self) -> float:
        """Workers lost for each that counts: n / S - 1, which the laws are linear in."""
        return self.workers * math.exp(-self.speedup.value) - 1

    @property
    def error(self) -> float:
        """Standard error of :attr:`turned`."""
        return self.workers * math.exp(-self.speedup.value) * max(self.speedup.error, 1e-6)


@dataclass(frozen=True, slots=True)
class Amdahl:
    """A fit of Amdahl's law.

    Attributes:
        serial_fraction: share of the serial time that no worker shares.
    """

    serial_fraction: Estimate

    @property
    def limit(self) -> float:
        """The speedup that no number of workers exceeds."""
        return 1 / self.serial_fraction.value if self.serial_fraction.value > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Usl:
    """A fit of the universal scalability law.

    Attributes:
        contention: share of the work for which workers queue.
        coherency: what each pair of workers costs.
        peak: the worker count beyond which more make it slower; infinite without coherency.
    """

    contention: Estimate
    coherency: Estimate
    peak: float


@dataclass(frozen=True, slots=True)
class Laws:
    """What the speedups of a curve say about one more worker.

    Attributes:
        alone: workers, and what each count by itself gives for the serial fraction.
        amdahl: the one law.
        usl: the other; None where there are not enough points.
        shifted: parameters that surely differ from those of a former curve, and their values then.
    """

    alone: tuple[tuple[int, Estimate], ...]
    amdahl: Amdahl
    usl: Usl | None
    shifted: tuple[tuple[str, float], ...] = ()

    @property
    def parameters(self) -> dict[str, Estimate]:
        """What was fitted, as far as there were points for it."""
        fitted = {"serial": self.amdahl.serial_fraction}
        if self.usl is None:
            return fitted
        return {**fitted, "contention": self.usl.contention, "coherency": self.usl.coherency}


def curves_of(cells: Iterable[tuple[Cell, Reading]]) -> dict[str, list[Point]]:
    """Gather log speedups by workload and executor.

    A single worker says nothing of a law, and weak scaling nothing of those of the same work.
    """
    curves: dict[str, list[Point]] = {}
    for cell, speedup in cells:
        if cell.workers > 1 and not cell.weak:
            point = Point(cell.workers, speedup)
            curves.setdefault(f"{cell.title} {cell.executor}", []).append(point)
    return curves


def fit_laws(points: Sequence[Point], before: Sequence[Point] = ()) -> Laws | None:
    """Fit the laws to a curve; None where there are not enough points for any.

    Args:
        points: the curve.
        before: the same of the baseline, as far as there is one.
    """
    amdahl = fit_amdahl(points)
    if amdahl is None:
        return None
    alone = tuple((point.workers, karp_flatt(point)) for point in points)
    laws, former = Laws(alone, amdahl, fit_usl(points)), fit_laws(before)
    known = {} if former is None else former.parameters
    shifted = [
        (name, known[name].value)
        for name, now in laws.parameters.items()
        if name in known and _apart(known[name], now)
    ]
    return replace(laws, shifted=tuple(shifted))


def karp_flatt(point: Point) -> Estimate:
    """Estimate the serial fraction from a single worker count, with its interval."""
    share, error = (each / (point.workers - 1) for each in (point.turned, point.error))
    return _around(share, error, math.inf)


def fit_amdahl(points: Sequence[Point]) -> Amdahl | None:
    """Fit Amdahl's law; None where there are not enough points."""
    if len(points) < MIN_POINTS_FOR_AMDAHL:
        return None
    weights = [point.error**-2 for point in points]
    n = [point.workers - 1 for point in points]
    squares = sum(w * x * x for w, x in zip(weights, n, strict=True))
    moment = sum(w * x * point.turned for w, x, point in zip(weights, n, points, strict=True))
    fraction = max(0.0, moment / squares)
    misfit = _misfit(points, [fraction * x for x in n], degrees=len(points) - 1)
    return Amdahl(_around(fraction, misfit / math.sqrt(squares), len(points) - 1))


def fit_usl(points: Sequence[Point]) -> Usl | None:
    """Fit the universal scalability law; None where there are not enough points."""
    if len({point.workers for point in points}) < MIN_POINTS_FOR_USL:
        return None
    rows = [
        (point.workers - 1, point.workers * (point.workers - 1), point.error**-2, point.turned)
        for point in points
    ]
    aa, ab, bb, ay, by = (
        sum(w * left * right for left, right, w in columns)
        for columns in (
            [(a, a, w) for a, _, w, _ in rows],
            [(a, b, w) for a, b, w, _ in rows],
            [(b, b, w) for _, b, w, _ in rows],
            [(a, y, w) for a, _, w, y in rows],
            [(b, y, w) for _, b, w, y in rows],
        )
    )
    determinant = aa * bb - ab * ab
    contention, coherency = (ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant
    # Neither can help: where one comes out below nothing, the other explains all by itself.
    if coherency < 0:
        contention, coherency = max(0.0, ay / aa), 0.0
    elif contention < 0:
        contention, coherency = 0.0, max(0.0, by / bb)
    degrees = len(points) - 2
    fitted = [contention * a + coherency * b for a, b, _, _ in rows]
    misfit = _misfit(points, fitted, degrees)
    return Usl(
        contention=_around(contention, misfit * math.sqrt(bb / determinant), degrees),
        coherency=_around(coherency, misfit * math.sqrt(aa / determinant), degrees),
        peak=math.sqrt(max(0.0, 1 - contention) / coherency) if coherency > 0 else math.inf,
    )


def _apart(one: Estimate, other: Estimate) -> bool:
    return one.high < other.low or other.high < one.low


def _misfit(points: Sequence[Point], fitted: Sequence[float], degrees: int) -> float:
    """Say by how much points miss a law, in errors of their own; at least by as much as these."""
    squares = sum(
        ((point.turned - law) / point.error) ** 2 for point, law in zip(points, fitted, strict=True)
    )
    return max(1.0, math.sqrt(squares / degrees))


def _around(value: float, error: float, degrees: float) -> Estimate:
    wide = t_quantile((1 + CONFIDENCE) / 2, min(degrees, 1e6)) * error
    return Estimate(value, value - wide, value + wide, CONFIDENCE)
