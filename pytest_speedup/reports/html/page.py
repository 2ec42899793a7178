"""The page: verdicts first, then pictures, then every number in tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pytest_speedup.model import Kind, shown
from pytest_speedup.reports.alike import word_group
from pytest_speedup.reports.html.sections import make_sections
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
    word_proof,
    word_share,
    word_speedup,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_speedup.model import CellReport, RunReport

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
