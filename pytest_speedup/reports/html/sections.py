"""The workloads of a page, and what of them is drawn: a picture takes a fifth of a second and more.

Those that did not all pass are drawn first; what is too much is left out, and the page says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.reports.history import word_move
from pytest_speedup.reports.html.pictures import (
    draw_curves,
    draw_heat,
    draw_histories,
    draw_losses,
    histories_of,
    tabulate_histories,
)
from pytest_speedup.reports.standing import gravest_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_speedup.model import CellReport, RunReport
    from pytest_speedup.reports.html.pictures import SavedRun

MOST_WORK = 240
"""What is drawn of workloads: a bar or a point of a line counts once."""

WORK_OF_PICTURE = 8
"""What a picture takes beside what is in it."""

MOST_HEAT = 400
"""Cells on maps."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What the page says of a workload.

    Attributes:
        title: its name.
        cells: all of its cells.
        clean: whether they passed and are shown together.
        pictures: what was drawn, as SVG.
        has_curves: whether the first picture shows speedups over numbers of workers.
        recorded: whether it is known where time went.
        losses: those that any of its cells has.
        moves: where cells moved over the saved runs, in words.
        saved_cells: names of the cells that have a history.
        saved_runs: their saved runs.
    """

    title: str
    cells: Sequence[CellReport]
    clean: bool
    pictures: Sequence[Markup]
    has_curves: bool
    recorded: bool
    losses: Sequence[Loss]
    moves: Sequence[str]
    saved_cells: Sequence[str]
    saved_runs: Sequence[SavedRun]


@dataclass(frozen=True, slots=True)
class Sections:
    """What the page draws.

    Attributes:
        workloads: all of them.
        heat: map of the cells of workloads that did not all pass; empty without any.
        clean_heat: the same of the others.
        undrawn: what was left out, in words; empty where nothing was.
    """

    workloads: Sequence[Workload]
    heat: Markup
    clean_heat: Markup
    undrawn: str


def make_sections(report: RunReport) -> Sections:
    """Draw the workloads of a report, as far as it is not too much."""
    alone = {one.id for one in report.alone}
    groups = _by_workload(report.cells)
    clean = {title for title, cells in groups.items() if not any(one.id in alone for one in cells)}
    order = [*_by_workload(gravest_first(report.cells, report.standing))]
    order.sort(key=lambda title: title in clean)
    drawn = _chosen(order, groups)
    workloads = [_workload(title, cells, clean, drawn) for title, cells in groups.items()]
    mapped = [one for title in order for one in groups[title] if one.measurement is not None]
    heat, clean_heat = (
        [one for one in mapped[:MOST_HEAT] if (_title(one) in clean) is is_clean]
        for is_clean in (False, True)
    )
    return Sections(
        workloads,
        Markup(draw_heat(heat)),  # noqa: S704 - its text is escaped
        Markup(draw_heat(clean_heat)),  # noqa: S704 - likewise
        _word_undrawn(len(groups) - len(drawn), max(0, len(mapped) - MOST_HEAT)),
    )


def _chosen(order: Iterable[str], groups: dict[str, list[CellReport]]) -> set[str]:
    """Choose the workloads of which there are pictures."""
    left, chosen = MOST_WORK, set()
    for title in order:
        work = _work(groups[title])
        if work <= left:
            left -= work
            chosen.add(title)
    return chosen


def _work(cells: Sequence[CellReport]) -> int:
    """Tell what the pictures of a workload take."""
    drawn = (
        [one for one in cells if one.measurement is not None],
        [one for one in cells if one.stacks],
        histories_of(cells),
    )
    return sum(WORK_OF_PICTURE + len(some) for some in drawn if some)


def _word_undrawn(workloads: int, cells: int) -> str:
    parts = [f"pictures of {workloads} of the workloads"] * bool(workloads)
    parts += [f"{cells} cells on the maps"] * bool(cells)
    return f"Not drawn, as a page would get too large: {', '.join(parts)}." if parts else ""


def _workload(
    title: str, cells: Sequence[CellReport], clean: set[str], drawn: set[str]
) -> Workload:
    histories = histories_of(cells)
    curves = draw_curves(title, cells) if title in drawn else ""
    others = [draw_losses(title, cells), draw_histories(title, cells)] if title in drawn else []
    return Workload(
        title=title,
        cells=cells,
        clean=title in clean,
        pictures=[Markup(one) for one in (curves, *others) if one],  # noqa: S704 - as above
        has_curves=bool(curves),
        recorded=any(one.stacks for one in cells),
        losses=[loss for loss in Loss if any(_has(one, loss) for one in cells)],
        moves=[f"{cell.name}: {word_move(move)}" for cell, one in histories for move in one.moves],
        saved_cells=[cell.name for cell, _ in histories],
        saved_runs=tabulate_histories(histories),
    )


def _has(cell: CellReport, loss: Loss) -> bool:
    return any(stack.losses.get(loss) for _, stack in cell.stacks)


def _by_workload(cells: Iterable[CellReport]) -> dict[str, list[CellReport]]:
    groups: dict[str, list[CellReport]] = {}
    for one in cells:
        groups.setdefault(_title(one), []).append(one)
    return groups


def _title(cell: CellReport) -> str:
    return cell.name.partition("[")[0] if cell.cell is None else cell.cell.title
