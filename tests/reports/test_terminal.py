from __future__ import annotations

import pytest

from pytest_speedup.model import Estimate, Outcome, Summary, Verdict
from pytest_speedup.reports import render_cold_starts, render_tables
from pytest_speedup.statistics import median_cold_starts, summarize
from tests.samples import make_cell, make_samples

COUNTS = (1, 2, 4, 8)


def suite() -> list[Summary]:
    return [
        summarize(make_samples(float(workers), make_cell(executor, workers)))
        for executor in ("thread", "process")
        for workers in COUNTS
    ]


def test_rows_are_executors_and_columns_worker_counts() -> None:
    """Each cell stands where its executor and its worker count meet."""
    lines = render_tables(suite(), {}, {}, width=80, colour=False).splitlines()
    assert lines[0] == "work (waiting, size default)"
    assert lines[1].split() == ["workers", "1", "2", "4", "8"]
    assert lines[2].split() == ["thread", "1.00x", "2.00x", "4.00x", "8.00x"]
    assert lines[5].split() == ["process", "1.00x", "2.00x", "4.00x", "8.00x"]


def test_cells_show_interval_and_share_of_the_ceiling() -> None:
    """The number of CPUs is not what a speedup is held against."""
    text = render_tables([summarize(make_samples(2.0))], {}, {}, width=80, colour=False)
    assert "2.00-2.00" in text
    assert "50% of 4.00x" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_tables_fit_the_terminal(width: int) -> None:
    """A narrow one gets several tables rather than broken lines."""
    text = render_tables(suite(), {}, {}, width=width, colour=False)
    assert max(map(len, text.splitlines())) <= width
    assert all(f"{count}.00x" in text for count in COUNTS)


def test_a_log_gets_plain_text() -> None:
    """Escape sequences are for terminals."""
    assert "\x1b" not in render_tables(suite(), {}, {}, width=80, colour=False)
    assert "\x1b[" in render_tables(suite(), {}, {}, width=80, colour=True)


def test_oversubscribed_cells_are_marked_and_explained() -> None:
    """More workers than CPUs is allowed, and nobody is to wonder about the result."""
    marked = summarize(make_samples(oversubscribed=True))
    text = render_tables([marked], {}, {}, width=80, colour=False)
    assert "2.00x*" in text
    assert "* more workers than effective CPUs" in text
    assert "*" not in render_tables(suite(), {}, {}, width=80, colour=False)


def test_verdicts_stand_in_their_cells() -> None:
    """The table shows at a glance which cell is red."""
    samples = make_samples()
    red = Verdict(samples.cell.id, Outcome.REGRESSED, Estimate(0.7, 0.66, 0.73, 0.99))
    text = render_tables([summarize(samples)], {red.cell: red}, {}, width=80, colour=False)
    assert "regressed" in text
    assert "-30 %" in text


def test_cold_starts_are_listed_by_executor_and_workers() -> None:
    """Each figure is a median over workloads, in milliseconds."""
    lines = render_cold_starts(median_cold_starts(suite()))
    assert lines[0].startswith("median cold start of thread by workers: 1: 250.0 ms, 2: 250.0 ms")
    assert len(lines) == 2


def test_a_trend_stands_below_the_verdict() -> None:
    """Where runs are saved."""
    summary = summarize(make_samples(2.0))
    cell = summary.samples.cell.id
    verdicts = {cell: Verdict(cell, Outcome.PASSED, None, 0.05)}
    lines = render_tables([summary], verdicts, {cell: "_-#"}, width=80, colour=False).splitlines()
    assert [line.strip() for line in lines[5:8]] == ["passed", "would see 5 %", "_-#"]


def test_margins_are_named() -> None:
    """Once where they are the same, else in each cell."""
    summaries = suite()[1:3]
    cells = [one.samples.cell.id for one in summaries]
    alike = {cell: Verdict(cell, Outcome.PASSED, margin=0.1) for cell in cells}
    text = render_tables(summaries, alike, {}, width=80, colour=False)
    assert text.count("margin 10 %") == 1
    other = {**alike, cells[0]: Verdict(cells[0], Outcome.PASSED, margin=0.04)}
    text = render_tables(summaries, other, {}, width=80, colour=False)
    assert (text.count("margin 10 %"), text.count("margin 4 %")) == (1, 1)
