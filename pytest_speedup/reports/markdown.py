"""The report as Markdown: for a GitHub step summary, or a comment on a pull request.

See https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import itertools
import re
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup.model import MARK, Outcome, short_name, shown
from pytest_speedup.reports.alike import word_group
from pytest_speedup.reports.standing import (
    failing_cells,
    folded,
    has_changed,
    unfolded,
    word_compared,
    word_outcomes,
    word_report,
)
from pytest_speedup.reports.words import (
    remark_on,
    word_beside,
    word_cells,
    word_change,
    word_machine,
    word_proof,
    word_share,
    word_speedup,
    word_verdict,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.model import CellReport, CleanGroup, RunReport, Verdict

MAX_ERRORS = 10
"""GitHub shows no more errors than that of a step."""


FAILING = (Outcome.UNCONFIRMED, Outcome.BROKEN)
"""Outcomes that fail a run whatever is allowed, beside a loss that nobody accepted."""


def render_commands(verdicts: Iterable[Verdict], lines: Mapping[str, int]) -> Iterator[str]:
    """Render a command for each cell that regressed, was not confirmed or is broken.

    Args:
        verdicts: of the run.
        lines: where the tests stand in their files, by cell, from 1.
    """
    failing = (one for one in verdicts if one.is_red or one.outcome in FAILING)
    for verdict in itertools.islice(failing, MAX_ERRORS):
        file, line = _property(verdict.cell.partition("::")[0]), lines.get(verdict.cell, 1)
        title = _property(f"speedup of {short_name(verdict.cell)}")
        yield f"::error file={file},line={line},title={title}::{_data(word_verdict(verdict))}"


def uncommanding(line: str) -> str:
    """Keep a line from being a command: a runner looks at how it begins, behind blanks.

    What some reader takes for the end of a line, such as a carriage return, begins another.
    """
    return "".join(
        f". {part}" if _begins_command(part) else part for part in line.splitlines(keepends=True)
    )


def _begins_command(part: str) -> bool:
    """Whether the first letters that are seen are those of a command."""
    seen = itertools.dropwhile(lambda one: one.isspace() or not one.isprintable(), part)
    return "".join(itertools.islice(seen, 2)) == "::"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


MAX_REPORT_BYTES = 60_000
"""Bytes of a report: GitHub takes 65,536 letters in a comment, and a mebibyte in a step summary."""

MAX_BARS = 24
"""Cells in a chart, which gets unreadable with more."""

SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~])")
"""What Markdown would not show as it is; the rest is for HTML."""

ACTING = re.compile(
    r"(?<=[@#])(?=\w)|(?<=\bGH)(?=-\d)"  # somebody, or something, who would be notified
    r"|(?<=:)(?=//)|(?<=/)(?=/)|(?<=\bwww)(?=\.)"  # an address, which becomes a link by itself
    r"|(?<=:)(?=[\\\w+-]+:)",  # a picture by its name
    re.IGNORECASE,
)
"""Where GitHub would do something, even where it is escaped, unless two letters are kept apart."""

NOTHING = "<!-- -->"
DOLLAR = "<span>$</span>"
"""A dollar that begins no formula.

Source: https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions
"""

MAX_BAR_CHARACTERS = 40
"""Letters of a cell's name in a chart."""

MAX_MOVED_RULES = 20
"""Rules that a change moves and that are told one by one."""

TEXT = ("cell", "outcome", "why")
"""Columns that are no figures."""


class Line(NamedTuple):
    """A line of the report.

    Attributes:
        text: the line.
        cells: how many cells are left out with it; 0 where it has to stay.
    """

    text: str
    cells: int = 0


def render_markdown(report: RunReport) -> str:
    """Render the verdict, the cells that changed or are open, a chart, and the rest folded."""
    seen, others = unfolded(report), folded(report)
    texts = [MARK, f"**{_text(word_report(report))}**", "", *map(_text, report.complaints)]
    lines = [*map(Line, texts), *map(Line, _moved(report))]
    if seen:
        lines += [Line(""), Line(word_outcomes(report.cells)), Line(""), *_table(report, seen)]
        lines += map(Line, _chart(one for one in seen if has_changed(one)))
    if others or report.groups:
        lines += [Line(""), Line(f"<details><summary>{_title(report, others)}</summary>")]
        lines += [Line(""), *_groups(report.groups)]
        lines += [Line(""), *_table(report, others)] if others else []
        lines += [Line(""), Line("</details>")]
    lines += map(Line, ["", *_circumstances(report)])
    return _shortened(lines)


def _title(report: RunReport, others: Sequence[CellReport]) -> str:
    """Count what is folded."""
    alone = {one.id for one in report.alone}
    cells = [*(one for one in report.cells if one.id not in alone), *others]
    return word_outcomes(cells) or f"{word_cells(len(cells))} measured"


def _groups(groups: Sequence[CleanGroup]) -> Iterator[Line]:
    return (Line(f"- {_text(word_group(one))}", len(one.cells)) for one in groups)


def _moved(report: RunReport) -> list[str]:
    """List what the change moves of the rules that it is judged by."""
    more = len(report.moved) - MAX_MOVED_RULES
    lines = [f"- {_text(one)}" for one in report.moved[:MAX_MOVED_RULES]]
    return ["", *lines, *([f"- and {more} more"] if more > 0 else [])] if lines else []


def _table(report: RunReport, cells: Sequence[CellReport]) -> Iterator[Line]:
    """Make a row of each cell; a column that would be empty is left out."""
    before, now = ("base", "head") if report.against else ("saved", "now")
    failing = failing_cells(report)
    rows = [_row(cell, failing) for cell in cells]
    kept = [index for index in range(len(rows[0])) if any(row[index] for row in rows)]
    names = ("cell", before, now, "change", "margin", "outcome", "why")
    yield Line(f"| {' | '.join(names[index] for index in kept)} |")
    yield Line(f"|{'|'.join('---' if names[index] in TEXT else '--:' for index in kept)}|")
    for row in rows:
        yield Line(f"| {' | '.join(row[index] for index in kept)} |", 1)


def _row(cell: CellReport, failing: Collection[str]) -> tuple[str, ...]:
    verdict = cell.verdict
    before = "" if cell.before is None else word_speedup(cell.before)
    speedup = "" if cell.speedup is None else word_speedup(cell.speedup)
    change = "" if cell.shown_change is None else word_change(cell.shown_change)
    beside = word_beside(cell)
    if verdict is None:
        why = _text("; ".join(filter(None, [*beside, cell.poor])))
        return (_text(cell.name), before, speedup, change, "", "", why)
    margin = "" if verdict.margin is None else word_share(verdict.margin)
    outcome = f"**{verdict.outcome.value}**" if cell.id in failing else verdict.outcome.value
    why = _text("; ".join([*remark_on(verdict), *beside]))
    return (_text(cell.name), before, speedup, change, margin, outcome, why)


def _chart(cells: Iterable[CellReport]) -> Iterator[str]:
    """Draw the changes as bars, in percent; the table above has the same figures."""
    bars = [
        (
            re.sub(r"[^\w .-]", " ", cell.name).strip()[:MAX_BAR_CHARACTERS],
            100 * (cell.verdict.change.value - 1),
        )
        for cell in cells
        if cell.verdict is not None and cell.verdict.change is not None
    ][:MAX_BARS]
    if not bars:
        return
    names = ", ".join(f'"{name}"' for name, _ in bars)
    yield from ("", "```mermaid", "xychart-beta", '    title "change of speedup, percent"')
    yield f"    x-axis [{names}]"
    yield f"    bar [{', '.join(f'{change:.1f}' for _, change in bars)}]"
    yield "```"


def _circumstances(report: RunReport) -> Iterator[str]:
    what = "; ".join([*word_compared(report), word_machine(report.machine, report.size)])
    yield f"<sub>{_text(what)}</sub>"
    if report.proof is not None:
        proof = "<br>".join(_text(line) for line in word_proof(report.proof))
        yield f"<br><sub>{proof}</sub>"


def _text(text: str) -> str:
    """Have text shown as it is, on one line, whatever is in it."""
    escaped = SPECIAL.sub(r"\\\1", escape(" ".join(shown(text).split()), quote=False))
    return ACTING.sub(NOTHING, escaped).replace("$", DOLLAR)


def _shortened(lines: Sequence[Line]) -> str:
    """Leave out cells from the end until the report is short enough."""
    kept = list(lines)
    left_out = 0
    length = sum(len(line.text.encode()) + 1 for line in kept)
    for index in range(len(kept) - 1, -1, -1):
        if length <= MAX_REPORT_BYTES:
            break
        if kept[index].cells:
            line = kept.pop(index)
            length -= len(line.text.encode()) + 1
            left_out += line.cells
    if left_out:
        words = f"Left out, as GitHub would not show more: {word_cells(left_out)}."
        kept.append(Line(f"<sub>{words}</sub>"))
    return "\n".join(line.text for line in kept) + "\n"
