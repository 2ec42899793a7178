"""The report as Markdown: for a GitHub step summary, or a comment on a pull request."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from pytest_speedup.model import MARK, shown
from pytest_speedup.reports.standing import has_changed, is_red, word_outcomes, word_standing
from pytest_speedup.reports.wording import remark_on, word_cells, word_change, word_machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_speedup.model import CellReport, RunReport

LONGEST = 60_000
"""Bytes of a report: GitHub takes 65,536 letters in a comment, and a mebibyte in a step summary."""

MOST_BARS = 24
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

LONGEST_BAR = 40
"""Letters of a cell's name in a chart."""

HEAD = (
    "| cell | speedup | change | verdict | why |",
    "|---|--:|--:|---|---|",
)


def render_markdown(report: RunReport) -> str:
    """Render the verdict, the cells that changed, a chart of them, and the rest folded."""
    changed = sorted(filter(has_changed, report.cells), key=lambda cell: not is_red(cell))
    others = [cell for cell in report.cells if not has_changed(cell)]
    lines = [MARK, f"**{_text(word_standing(report))}**", "", *map(_text, report.complaints)]
    if changed:
        lines += ["", *HEAD, *map(_row, changed)]
        lines += _chart(changed)
    if others:
        title = word_outcomes(others) or f"{word_cells(len(others))} measured"
        lines += ["", f"<details><summary>{title}</summary>", "", *HEAD]
        lines += [*map(_row, others), "", "</details>"]
    lines += ["", *_circumstances(report)]
    return _shortened(lines)


def _row(cell: CellReport) -> str:
    verdict = cell.verdict
    speedup = "" if cell.speedup is None else f"{cell.speedup:.2f}x"
    change = "" if verdict is None or verdict.change is None else word_change(verdict.change)
    outcome = "" if verdict is None else verdict.outcome.value
    if is_red(cell):
        outcome = f"**{outcome}**"
    why = cell.poor if verdict is None else "; ".join(remark_on(verdict))
    return f"| {_text(cell.name)} | {speedup} | {change} | {outcome} | {_text(why)} |"


def _chart(cells: Sequence[CellReport]) -> Iterator[str]:
    """Draw the changes as bars, in percent; the table above has the same figures."""
    bars = [
        (
            re.sub(r"[^\w .-]", " ", cell.name).strip()[:LONGEST_BAR],
            100 * (cell.verdict.change.value - 1),
        )
        for cell in cells
        if cell.verdict is not None and cell.verdict.change is not None
    ][:MOST_BARS]
    if not bars:
        return
    names = ", ".join(f'"{name}"' for name, _ in bars)
    yield from ("", "```mermaid", "xychart-beta", '    title "change of speedup, percent"')
    yield f"    x-axis [{names}]"
    yield f"    bar [{', '.join(f'{change:.1f}' for _, change in bars)}]"
    yield "```"


def _bar(name: str) -> str:
    return re.sub(r"[^\w .-]", " ", name).strip()[:LONGEST_BAR]


def _circumstances(report: RunReport) -> Iterator[str]:
    compared = f", compared with {report.against}" if report.against else ""
    commit = f"{report.commit[:12]}{compared}; " if report.commit else ""
    what = f"{commit}{word_machine(report.machine, report.size)}"
    yield f"<sub>{_text(what)}</sub>"


def _text(text: str) -> str:
    """Have text shown as it is, on one line, whatever is in it."""
    escaped = SPECIAL.sub(r"\\\1", escape(" ".join(shown(text).split()), quote=False))
    return ACTING.sub(NOTHING, escaped).replace("$", DOLLAR)


def _shortened(lines: Sequence[str]) -> str:
    """Leave out rows of the tables from the end until the report is short enough."""
    kept = list(lines)
    left_out = 0
    length = sum(len(line.encode()) + 1 for line in kept)
    for index in range(len(kept) - 1, -1, -1):
        if length <= LONGEST:
            break
        if kept[index].startswith("| "):
            length -= len(kept.pop(index).encode()) + 1
            left_out += 1
    if left_out:
        kept.append(f"<sub>Left out, as GitHub would not show more: {word_cells(left_out)}.</sub>")
    return "\n".join(kept) + "\n"
