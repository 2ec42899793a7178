from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import Estimate, Outcome, Reading, Summary, Verdict
from pytest_speedup.reports import render_cold_starts, render_laws, render_tables
from pytest_speedup.statistics import Point, curves_of, fit_laws, median_cold_starts, summarize
from tests.samples import make_cell, make_samples

if TYPE_CHECKING:
    from collections.abc import Callable

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


@pytest.mark.parametrize(("speedup", "is_said"), [(4.3, False), (4.5, True)])
def test_a_share_above_110_percent_is_explained(speedup: float, *, is_said: bool) -> None:
    """No code is quicker than the machine: it is the kernel that does not fit."""
    text = render_tables([summarize(make_samples(speedup))], {}, {}, width=80, colour=False)
    assert ("above 110%: the kernel is no ceiling of code that waits" in text) == is_said


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


def points(law: Callable[[int], float], *counts: int) -> list[Point]:
    """Speedups by a law, known to a thousandth."""
    return [Point(count, Reading(math.log(law(count)), 0.001)) for count in counts]


def render(now: list[Point], before: list[Point] | None = None) -> list[str]:
    laws = fit_laws(now, before or [])
    text = render_laws({} if laws is None else {"work thread": laws}, width=100, colour=False)
    return text.splitlines()


def amdahl(fraction: float) -> Callable[[int], float]:
    return lambda workers: workers / (1 + fraction * (workers - 1))


def test_a_serial_fraction_limits_the_speedup() -> None:
    """Contention is the same by another name; there is no coherency, and no peak."""
    head, row, intervals, _ = render(points(amdahl(0.2), 2, 4, 8))
    assert head.split()[:5] == ["scaling", "serial", "Karp-Flatt", "contention", "coherency"]
    assert row.split()[:7] == ["work", "thread", "20.0%", "2:", "20-20%", "20.0%", "0.0%"]
    assert row.endswith("5x at most")
    assert intervals.split()[0] == "20-20"


def test_what_grows_with_the_workers_is_no_serial_section() -> None:
    """Each count has its own fraction."""
    _, two, four = render(points(lambda n: n / (1 + 0.01 * n * (n - 1)), 2, 4))
    assert [two.split()[3], four.split()[1]] == ["2:", "4:"]
    assert [two.split()[4], four.split()[2]] == ["1.8-2.2%", "3.9-4.1%"]


def test_too_few_points_say_so() -> None:
    """Two do for the one law, but not for the other; a single one for none."""
    _, row, _ = render(points(amdahl(0.2), 2, 4))
    assert "few points  few points" in row
    assert render(points(amdahl(0.2), 2)) == []


@pytest.mark.parametrize(
    ("law", "outlook"),
    [
        (float, "no limit seen"),
        (lambda _workers: 1.0, "of no use"),
        (lambda workers: workers / (1 + 0.02 * workers * (workers - 1)), "help up to 7"),
        (lambda workers: workers / (1 + 0.8 * workers * (workers - 1)), "make it slower"),
    ],
)
def test_the_outlook_is_told(law: Callable[[int], float], outlook: str) -> None:
    """What more workers would bring."""
    assert render(points(law, 2, 4, 8))[1].endswith(outlook)


def test_a_law_that_shifted_is_told() -> None:
    """Where the intervals lie apart."""
    old = points(amdahl(0.1), 2, 4, 8)
    assert "serial was 10.0%" in render(points(amdahl(0.2), 2, 4, 8), old)[2]
    assert " was " not in "".join(render(old, old))


def test_a_shift_of_any_parameter_is_told() -> None:
    """Workers that begin to cost each other something."""
    old = points(lambda n: n / (1 + 0.01 * n * (n - 1)), 2, 4, 8)
    new = points(lambda n: n / (1 + 0.03 * n * (n - 1)), 2, 4, 8)
    assert "coherency was 1.0%" in "".join(render(new, old))


def test_curves_are_of_one_workload_on_one_executor() -> None:
    """A single worker says nothing of a law."""
    cells = [
        make_cell(executor, count) for executor in ("thread", "process") for count in (1, 2, 4)
    ]
    curves = curves_of((cell, Reading(0.5, 0.01)) for cell in cells)
    assert {name: [point.workers for point in curve] for name, curve in curves.items()} == {
        "work thread": [2, 4],
        "work process": [2, 4],
    }


@pytest.mark.parametrize("fraction", [0.0, 0.001, 0.534, 1.2])
@pytest.mark.parametrize("counts", [(2, 4), (2, 4, 8)])
def test_a_narrow_terminal_cuts_nothing_off(fraction: float, counts: tuple[int, ...]) -> None:
    """Eighty columns, as in a log."""
    curve = points(amdahl(fraction), *counts)
    laws = fit_laws(curve)
    assert laws is not None
    text = render_laws({"consumers process": laws}, width=80, colour=False)
    assert "…" not in text
    assert all(len(line) <= 80 for line in text.splitlines())
