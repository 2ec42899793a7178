"""The page: verdicts first, then pictures of some workloads, then every number in tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.model import Kind, shown
from pytest_speedup.reports.alike import word_group
from pytest_speedup.reports.history import word_move
from pytest_speedup.reports.html.pictures import (
    draw_curves,
    draw_heat,
    draw_histories,
    draw_losses,
    histories_of,
    tabulate_histories,
)
from pytest_speedup.reports.standing import (
    failing_cells,
    gravest_first,
    has_changed,
    is_open,
    word_compared,
    word_outcomes,
    word_report,
)
from pytest_speedup.reports.words import (
    explain_verdict,
    remark_on,
    word_beside,
    word_change,
    word_machine,
    word_pace,
    word_proof,
    word_share,
    word_speedup,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_speedup.model import CellReport, RunReport
    from pytest_speedup.reports.html.pictures import SavedRun


MAX_DRAWN = 240
"""What is drawn of workloads: a bar or a point of a line counts once."""

WORK_OF_PICTURE = 8
"""What a picture takes beside what is in it."""

MAX_MAPPED_CELLS = 400
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
        paces: how quickly tasks run, in words, by the name of the cell.
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
    paces: Sequence[tuple[str, str]]
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
        [one for one in mapped[:MAX_MAPPED_CELLS] if (_title(one) in clean) is is_clean]
        for is_clean in (False, True)
    )
    return Sections(
        workloads,
        Markup(draw_heat(heat)),  # noqa: S704 - its text is escaped
        Markup(draw_heat(clean_heat)),  # noqa: S704 - likewise
        _word_undrawn(len(groups) - len(drawn), max(0, len(mapped) - MAX_MAPPED_CELLS)),
    )


def _chosen(order: Iterable[str], groups: dict[str, list[CellReport]]) -> set[str]:
    """Choose the workloads of which there are pictures."""
    left, chosen = MAX_DRAWN, set()
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
        paces=list(_paces(cells)),
        moves=[f"{cell.name}: {word_move(move)}" for cell, one in histories for move in one.moves],
        saved_cells=[cell.name for cell, _ in histories],
        saved_runs=tabulate_histories(histories),
    )


def _paces(cells: Iterable[CellReport]) -> Iterator[tuple[str, str]]:
    for one in cells:
        if one.measurement is not None and one.measurement.pace is not None:
            yield one.name, word_pace(one.measurement.pace)


def _has(cell: CellReport, loss: Loss) -> bool:
    return any(stack.losses.get(loss) for _, stack in cell.stacks)


def _by_workload(cells: Iterable[CellReport]) -> dict[str, list[CellReport]]:
    groups: dict[str, list[CellReport]] = {}
    for one in cells:
        groups.setdefault(_title(one), []).append(one)
    return groups


def _title(cell: CellReport) -> str:
    return cell.name.partition("[")[0] if cell.cell is None else cell.cell.title


TEMPLATE = "page.html.jinja"


def render_html(report: RunReport) -> str:
    """Render one page that needs nothing else: no network, no other file."""
    environment = Environment(
        loader=PackageLoader("pytest_speedup.reports.html", "."),
        autoescape=True,
        finalize=_printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["change"] = word_change
    environment.filters["whys"] = _whys
    environment.filters["remarks"] = remark_on
    environment.filters["share"] = word_share
    environment.filters["x"] = word_speedup
    sections = make_sections(report)
    return environment.get_template(TEMPLATE).render(
        report=report,
        standing=word_report(report),
        tone=_tone(report),
        outcomes=word_outcomes(report.cells),
        compared=word_compared(report),
        proof=[] if report.proof is None else word_proof(report.proof),
        columns=_columns(report),
        texts=TEXTS,
        changed=gravest_first(filter(has_changed, report.cells), report.standing),
        failing=failing_cells(report),
        machine=word_machine(report.machine, report.size),
        open=[one for one in report.cells if is_open(one) and not has_changed(one)],
        heat=sections.heat,
        clean_heat=sections.clean_heat,
        clean_pictures=any(one.clean and (one.pictures or one.moves) for one in sections.workloads),
        undrawn=sections.undrawn,
        workloads=sections.workloads,
        alone=gravest_first(report.alone, report.standing),
        groups=list(_groups(report)),
        rounds=Markup(_rounds(report.cells)),  # noqa: S704 - as _rounds says
    )


TEXTS = ("cell", "outcome", "rounds", "why")
"""Columns of the tables of numbers that hold none."""


def _groups(report: RunReport) -> Iterator[tuple[str, list[CellReport]]]:
    """Word each group of cells that are shown together, and name these."""
    cells = {one.id: one for one in report.cells}
    for group in report.groups:
        yield word_group(group), [cells[one] for one in group.cells]


TONES = {Kind.MEASURED: "", Kind.GREEN: "green", Kind.NEW: "amber", Kind.UNDECIDED: "amber"}
"""How the first line looks; red for whatever else a run comes to."""


def _tone(report: RunReport) -> str:
    if report.standing.is_green and (report.complaints or report.exit_code):
        return "red"
    return TONES.get(report.standing.kind, "red")


def _columns(report: RunReport) -> dict[str, str]:
    """Name the columns of the table of numbers that are not empty, by what is in them."""
    before, now = ("base", "head") if report.against else ("saved", "now")
    cells = report.cells
    verdicts = [one.verdict for one in cells if one.verdict is not None]
    compared = bool(verdicts) or any(one.change is not None for one in cells)
    measured = [one.measurement for one in cells if one.measurement is not None]
    filled = {
        "cell": ("cell", True),
        "before": (before, any(one.before is not None for one in cells)),
        "speedup": (now if compared else "speedup", any(one.speedup is not None for one in cells)),
        "interval": ("interval", bool(measured)),
        "ceiling": ("ceiling", any(one.ceiling is not None for one in measured)),
        "change": ("change", any(one.shown_change is not None for one in cells)),
        "margin": ("margin", any(one.margin is not None for one in verdicts)),
        "outcome": ("outcome", bool(verdicts)),
        "detectable": ("would see", any(one.detectable is not None for one in verdicts)),
        "rounds": ("rounds", bool(measured)),
        "why": ("why", any(map(_whys, cells))),
    }
    return {column: name for column, (name, is_there) in filled.items() if is_there}


def _whys(cell: CellReport) -> list[str]:
    """Say of a cell what its figures do not: what explains a change, and what it lacks."""
    explained = [] if cell.verdict is None else explain_verdict(cell.verdict)
    return list(filter(None, [*explained, *word_beside(cell), cell.poor]))


def _printable(value: object) -> object:
    """Spell out what is not printable in a text; what is markup already is our own."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _rounds(cells: Sequence[CellReport]) -> str:
    """Give rounds in milliseconds to the page's script; no name in it can end the element."""
    rounds = {
        shown(one.id): [
            [round(1e3 * seconds, 4) for seconds in each] for each in one.measurement.rounds
        ]
        for one in cells
        if one.measurement is not None
    }
    return json.dumps(rounds, separators=(",", ":")).replace("<", "\\u003c")
