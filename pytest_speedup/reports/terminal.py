"""The speedup tables in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pytest_speedup.model import shown
from pytest_speedup.reports.console import print_to_text
from pytest_speedup.reports.differences import style_of
from pytest_speedup.reports.wording import word_cell, word_share, word_speedup

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from pytest_speedup.model import Estimate, Summary, Verdict

CELL_WIDTH = 16
LABEL_WIDTH = 11
GOOD, FAIR = 0.8, 0.5
"""Efficiencies from which a speedup is shown in green, and in yellow."""

OVERSUBSCRIBED = "*"

Remarks = Mapping[str, Sequence[Text]]
"""Lines below the figures, by cell."""


def render_tables(
    summaries: Sequence[Summary],
    verdicts: Mapping[str, Verdict],
    trends: Mapping[str, str],
    *,
    width: int,
    colour: bool,
) -> str:
    """Render one table per workload: rows are executors, columns are worker counts.

    Args:
        summaries: the cells.
        verdicts: by cell, where it was judged.
        trends: what shows how the speedup went, by cell, where runs are saved.
        width: columns of the terminal; wider tables are broken into several.
        colour: whether the terminal shows colours.
    """
    cells = [one.samples.cell.id for one in summaries]
    margins = {verdicts[cell].margin for cell in cells if cell in verdicts} - {None}
    remarks = {
        cell: _remarks(verdicts.get(cell), trends.get(cell, ""), len(margins)) for cell in cells
    }
    parts = [
        part
        for some in _by_workload(summaries).values()
        for part in _workload(some, remarks, width)
    ]
    notes = [*_notes(summaries), *_margin(margins)]
    return print_to_text([*parts, *notes], width=width, colour=colour)


def _remarks(verdict: Verdict | None, trend: str, margins: int) -> list[Text]:
    """What stands below the figures of a cell, its margin where others have another."""
    remarks = []
    if verdict is not None:
        remarks = [Text(line, style_of(verdict)) for line in word_cell(verdict)]
        if margins > 1 and verdict.margin is not None:
            remarks.append(Text(f"margin {word_share(verdict.margin)}", "dim"))
    return [*remarks, Text(trend, "dim")] if trend else remarks


def _margin(margins: set[float | None]) -> Iterator[RenderableType]:
    """Say once which loss is accepted, where it is the same of all cells."""
    if len(margins) == 1:
        (margin,) = margins
        accepted = word_share(margin or 0.0)
        yield Text(f"margin {accepted}: the loss of speedup that is accepted", "dim")


def _by_workload(summaries: Sequence[Summary]) -> dict[str, list[Summary]]:
    """Group the cells, in the order in which their workloads were first measured."""
    groups: dict[str, list[Summary]] = {}
    for one in summaries:
        groups.setdefault(one.samples.cell.workload, []).append(one)
    return groups


def _workload(cells: list[Summary], remarks: Remarks, width: int) -> Iterator[RenderableType]:
    cell = cells[0].samples.cell
    kind = {"cpu": "computing", "wait": "waiting"}[cells[0].samples.bound.value]
    yield Text(f"{cell.title} ({kind}, size {shown(cell.size)})", "bold")
    counts = sorted({one.samples.cell.workers for one in cells})
    label_width = max(LABEL_WIDTH, *(len(f"  {one.samples.cell.executor}") for one in cells))
    per_table = max(1, (width - label_width) // CELL_WIDTH)
    for start in range(0, len(counts), per_table):
        yield _table(cells, counts[start : start + per_table], remarks, label_width)


def _table(cells: list[Summary], counts: list[int], remarks: Remarks, label_width: int) -> Table:
    table = Table(box=None, padding=0, header_style="")
    table.add_column("  workers", width=label_width)
    for count in counts:
        table.add_column(Text(str(count)), width=CELL_WIDTH, justify="right")
    executors = dict.fromkeys(one.samples.cell.executor for one in cells)
    at = {(one.samples.cell.executor, one.samples.cell.workers): one for one in cells}
    for executor in executors:
        row = [at.get((executor, count)) for count in counts]
        if any(row):
            table.add_row(Text(f"  {shown(executor)}"), *(_cell(one, remarks) for one in row))
    return table


def _cell(summary: Summary | None, remarks: Remarks) -> Text:
    if summary is None:
        return Text("")
    mark = OVERSUBSCRIBED if summary.samples.oversubscribed else ""
    text = Text(f"{word_speedup(summary.speedup.value)}{mark}", _style(summary.efficiency))
    text.append(f"\n{_interval(summary.speedup)}", "dim")
    if summary.ceiling is not None:
        share = f"{summary.efficiency:.0%} of {summary.ceiling.value:.2f}x"
        text.append(f"\n{share}", "dim")
    for remark in remarks.get(summary.samples.cell.id, ()):
        text.append("\n").append_text(remark)
    return text


def _interval(estimate: Estimate) -> str:
    return f"{estimate.low:.2f}-{estimate.high:.2f}"


def _style(efficiency: float) -> str:
    if efficiency >= GOOD:
        return "bold green"
    return "bold yellow" if efficiency >= FAIR else "bold red"


def _notes(summaries: Sequence[Summary]) -> Iterator[RenderableType]:
    reached = min(one.speedup.confidence for one in summaries)
    yield Text(
        f"speedup = T_serial / T_parallel, its {reached:.0%} interval within this run, and the "
        "share of the measured ceiling: what a pure kernel gets from as many workers",
        "dim",
    )
    if any(one.samples.oversubscribed for one in summaries):
        yield Text(f"{OVERSUBSCRIBED} more workers than effective CPUs", "dim")


def render_cold_starts(summaries: Sequence[Summary]) -> list[str]:
    """Render one line per executor that takes time to start, with its worker counts."""
    lines = []
    starts: dict[str, dict[int, list[float]]] = {}
    for one in summaries:
        cell = one.samples.cell
        by_workers = starts.setdefault(cell.executor, {})
        by_workers.setdefault(cell.workers, []).append(one.samples.cold_start)
    for executor, by_workers in starts.items():
        medians = ", ".join(
            f"{workers}: {median(seconds) * 1e3:.1f} ms"
            for workers, seconds in sorted(by_workers.items())
        )
        lines.append(f"median cold start of {executor} by workers: {medians}")
    return lines
