"""The table of scaling laws."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pytest_speedup.reports.console import print_to_text
from pytest_speedup.statistics import Point, fit_amdahl, fit_usl, karp_flatt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.model import Cell, Estimate, Reading
    from pytest_speedup.statistics import Amdahl, Usl

USELESS = 0.95
"""Serial fraction from which on more workers are of no use."""

TENTH = 0.1
"""Share from which on whole percents will do."""

TOO_FEW = "few points"

COLUMNS = ("scaling", "serial", "Karp-Flatt", "contention", "coherency", "more workers")


def curves_of(cells: Iterable[tuple[Cell, Reading]]) -> dict[str, list[Point]]:
    """Gather log speedups by workload and executor; a single worker says nothing of a law."""
    curves: dict[str, list[Point]] = {}
    for cell, speedup in cells:
        if cell.workers > 1:
            point = Point(cell.workers, speedup)
            curves.setdefault(f"{cell.title} {cell.executor}", []).append(point)
    return curves


def render_laws(
    curves: Mapping[str, Sequence[Point]],
    before: Mapping[str, Sequence[Point]],
    *,
    width: int,
    colour: bool,
) -> str:
    """Render a row for each curve that has two points or more; empty where none has.

    Args:
        curves: speedups over worker counts, by what they are of.
        before: the same of the baseline, as far as there is one.
        width: columns of the terminal.
        colour: whether it shows colours.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="")
    table.add_column(COLUMNS[0])
    for name in COLUMNS[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    for name, points in curves.items():
        law = fit_amdahl(points)
        if law is not None:
            table.add_row(f"  {name}", *_row(law, points, before.get(name, ())))
    return print_to_text([table], width=width, colour=colour) if table.row_count else ""


def _row(law: Amdahl, points: Sequence[Point], before: Sequence[Point]) -> Iterator[Text]:
    usl = fit_usl(points)
    yield _share(law.serial_fraction)
    yield Text("\n".join(map(_single, points)))
    yield _share(usl.contention) if usl else Text(TOO_FEW, "dim")
    yield _share(usl.coherency) if usl else Text(TOO_FEW, "dim")
    shifts = _shifts(_parameters(fit_amdahl(before), fit_usl(before)), _parameters(law, usl))
    yield Text("\n".join([_outlook(law, usl, points), *shifts]))


def _parameters(law: Amdahl | None, usl: Usl | None) -> dict[str, Estimate]:
    """Gather what was fitted, as far as there were points for it."""
    fitted = {"serial": law.serial_fraction} if law else {}
    return {**fitted, "contention": usl.contention, "coherency": usl.coherency} if usl else fitted


def _shifts(before: Mapping[str, Estimate], after: Mapping[str, Estimate]) -> Iterator[str]:
    for name in after:
        if name in before and _apart(before[name], after[name]):
            yield f"{name} was {before[name].value:.1%}"


def _outlook(law: Amdahl, usl: Usl | None, points: Sequence[Point]) -> str:
    """Say what more workers would bring."""
    fewest = min(point.workers for point in points)
    if law.serial_fraction.low > USELESS:
        return "of no use"
    if usl is not None and usl.coherency.low > 0 and not math.isinf(usl.peak):
        return f"help up to {usl.peak:.0f}" if usl.peak > fewest else "make it slower"
    if law.serial_fraction.low > 0:
        return f"{1 / law.serial_fraction.value:.3g}x at most"
    return "no limit seen"


def _single(point: Point) -> str:
    """Say what a single worker count gives for the serial fraction."""
    alone = karp_flatt(point)
    return f"{point.workers}: {_span(alone)}%"


def _share(estimate: Estimate) -> Text:
    text = Text(f"{estimate.value:.1%}")
    return text.append(f"\n{_span(estimate)}", "dim")


def _span(estimate: Estimate) -> str:
    return "-".join(
        f"{100 * max(0.0, end):.{_decimals(end)}f}" for end in (estimate.low, estimate.high)
    )


def _decimals(share: float) -> int:
    return 0 if share >= TENTH else 1


def _apart(one: Estimate, other: Estimate) -> bool:
    return one.high < other.low or other.high < one.low
