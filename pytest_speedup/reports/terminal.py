"""The speedup tables in the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pytest_speedup.model import Fails, short_name, shown
from pytest_speedup.reports.words import word_cell, word_change, word_share, word_speedup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from pytest_speedup.model import Estimate, SavedChange, Summary, Verdict
    from pytest_speedup.statistics import Laws


def encodable(text: str, encoding: str) -> str:
    """Replace letters that an encoding has not got by question marks."""
    return text.encode(encoding, "replace").decode(encoding)


def print_to_text(what: Iterable[RenderableType], *, width: int, colour: bool) -> str:
    """Print one thing below the other.

    Args:
        what: to be printed.
        width: columns of the terminal.
        colour: whether it shows colours.
    """
    console = Console(
        file=StringIO(),
        width=width,
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    with console.capture() as capture:
        for one in what:
            console.print(one)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


USELESS = 0.95
"""Serial fraction from which on more workers are of no use."""

TENTH = 0.1
"""Share from which on whole percents will do."""

TOO_FEW = "few points"

LAW_COLUMNS = ("scaling", "serial", "Karp-Flatt", "contention", "coherency", "more workers")


def render_laws(curves: Mapping[str, Laws], *, width: int, colour: bool) -> str:
    """Render a row for each curve; empty where there is none.

    Args:
        curves: what the speedups over worker counts say, by what they are of.
        width: columns of the terminal.
        colour: whether it shows colours.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="")
    table.add_column(LAW_COLUMNS[0])
    for name in LAW_COLUMNS[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    for name, laws in curves.items():
        table.add_row(f"  {name}", *_law_row(laws))
    return print_to_text([table], width=width, colour=colour) if table.row_count else ""


def _law_row(laws: Laws) -> Iterator[Text]:
    yield _share(laws.amdahl.serial_fraction)
    yield Text("\n".join(f"{workers}: {_span(alone)}%" for workers, alone in laws.alone))
    yield _share(laws.usl.contention) if laws.usl else Text(TOO_FEW, "dim")
    yield _share(laws.usl.coherency) if laws.usl else Text(TOO_FEW, "dim")
    shifts = [f"{name} was {value:.1%}" for name, value in laws.shifted]
    yield Text("\n".join([_outlook(laws), *shifts]))


def _outlook(laws: Laws) -> str:
    """Say what more workers would bring."""
    serial, usl = laws.amdahl.serial_fraction, laws.usl
    if serial.low > USELESS:
        return "of no use"
    if usl is not None and usl.coherency.low > 0 and not math.isinf(usl.peak):
        fewest = min(workers for workers, _ in laws.alone)
        return f"help up to {usl.peak:.0f}" if usl.peak > fewest else "make it slower"
    return f"{laws.amdahl.limit:.3g}x at most" if serial.low > 0 else "no limit seen"


def _share(estimate: Estimate) -> Text:
    text = Text(f"{estimate.value:.1%}")
    return text.append(f"\n{_span(estimate)}", "dim")


def _span(estimate: Estimate) -> str:
    return "-".join(
        f"{100 * max(0.0, end):.{_decimals(end)}f}" for end in (estimate.low, estimate.high)
    )


def _decimals(share: float) -> int:
    return 0 if share >= TENTH else 1


BASE_AND_HEAD = ("base", "head")
SAVED_AND_NOW = ("saved", "now")
"""What is compared, as the columns of its speedups are called."""

NUMBERS = (*BASE_AND_HEAD, *SAVED_AND_NOW, "margin")

RED, GREEN, YELLOW = "bold red", "green", "yellow"


def style_of(verdict: Verdict) -> str:
    """The colour of an outcome's word; an accepted loss is no red one."""
    if verdict.acknowledged is not None:
        return YELLOW
    if verdict.outcome.fails in (Fails.ALWAYS, Fails.UNLESS_ALLOWED):
        return RED
    return GREEN if verdict.outcome.is_decided else YELLOW


def render_differences(
    verdicts: Iterable[Verdict],
    *,
    width: int,
    colour: bool,
    sides: tuple[str, str] = BASE_AND_HEAD,
) -> str:
    """Render a row for each cell: speedup of both sides, change, margin and outcome.

    A column that would be empty is left out, and without any cell there is no table.

    Args:
        verdicts: of a comparison.
        width: columns of the terminal.
        colour: whether it shows colours.
        sides: what the speedups are of.
    """
    rows = [(_row(one, sides), style_of(one)) for one in verdicts]
    return _render_rows(rows, width=width, colour=colour)


def render_changes(changes: Iterable[SavedChange], *, width: int, colour: bool) -> str:
    """Render a row for each cell that is shown beside saved runs, and judged by nothing.

    Args:
        changes: of the cells; without any there is no table.
        width: columns of the terminal.
        colour: whether it shows colours.
    """
    rows = [(_figures(one, SAVED_AND_NOW), "") for one in changes]
    return _render_rows(rows, width=width, colour=colour)


def _render_rows(rows: Sequence[tuple[Mapping[str, str], str]], *, width: int, colour: bool) -> str:
    """Render a table of rows that have the same columns, each with the colour of its outcome."""
    if not rows:
        return ""
    names = [name for name in rows[0][0] if any(row[name] for row, _ in rows)]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name in names:
        table.add_column(
            name,
            justify="right" if name in NUMBERS else "left",
            no_wrap=name != "cell",
            overflow="fold",
        )
    for row, style in rows:
        table.add_row(*(Text(row[name], style if name == "outcome" else "") for name in names))
    return print_to_text([table], width=width, colour=colour)


def _row(verdict: Verdict, sides: tuple[str, str]) -> dict[str, str]:
    return {
        **_figures(verdict, sides),
        "margin": "" if verdict.margin is None else word_share(verdict.margin),
        "outcome": verdict.outcome.value,
    }


def _figures(one: Verdict | SavedChange, sides: tuple[str, str]) -> dict[str, str]:
    before, now = sides
    return {
        "cell": short_name(one.cell),
        before: "" if one.before is None else word_speedup(one.before),
        now: "" if one.speedup is None else word_speedup(one.speedup),
        "change": "" if one.change is None else word_change(one.change),
    }


CELL_WIDTH = 16
LABEL_WIDTH = 11
GOOD, FAIR = 0.8, 0.5
"""Efficiencies from which a speedup is shown in green, and in yellow."""

ABOVE = 1.1
"""Share of the ceiling from which a table says how that can be."""

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
    scaling = ", weak scaling" if cell.weak else ""
    yield Text(f"{cell.title} ({kind}{scaling}, size {shown(cell.size)})", "bold")
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
    if any(one.samples.cell.weak for one in summaries):
        yield Text("weak scaling: n T_1 / T_n, as n workers do n times the work of one", "dim")
    if any(one.ceiling is not None and one.efficiency > ABOVE for one in summaries):
        yield Text(
            f"above {ABOVE:.0%}: the kernel is no ceiling of code that waits for a part of its "
            "time or, on threads, releases the GIL, nor while neighbours come and go",
            "dim",
        )
    if any(one.samples.oversubscribed for one in summaries):
        yield Text(f"{OVERSUBSCRIBED} more workers than effective CPUs", "dim")


def render_cold_starts(starts: Mapping[str, Mapping[int, float]]) -> list[str]:
    """Render one line per executor that takes time to start, with its worker counts.

    Args:
        starts: seconds by executor and worker count.
    """
    lines = []
    for executor, by_workers in starts.items():
        medians = ", ".join(f"{count}: {one * 1e3:.1f} ms" for count, one in by_workers.items())
        lines.append(f"median cold start of {executor} by workers: {medians}")
    return lines
