from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import Reading
from pytest_speedup.reports import render_laws
from pytest_speedup.statistics import Point, curves_of, fit_laws
from tests.samples import make_cell

if TYPE_CHECKING:
    from collections.abc import Callable


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
