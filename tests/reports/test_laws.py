from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import Reading
from pytest_speedup.reports import curves_of, render_laws
from pytest_speedup.statistics import Point
from tests.samples import make_cell

if TYPE_CHECKING:
    from collections.abc import Callable


def points(law: Callable[[int], float], *counts: int) -> list[Point]:
    """Speedups by a law, known to a thousandth."""
    return [Point(count, Reading(math.log(law(count)), 0.001)) for count in counts]


def render(now: list[Point], before: list[Point] | None = None) -> list[str]:
    text = render_laws({"work thread": now}, {"work thread": before or []}, width=80, colour=False)
    return text.splitlines()


def amdahl(fraction: float) -> Callable[[int], float]:
    return lambda workers: workers / (1 + fraction * (workers - 1))


def test_a_serial_fraction_limits_the_speedup() -> None:
    """Contention is the same by another name; there is no coherency, and no peak."""
    head, row, intervals = render(points(amdahl(0.2), 2, 4, 8))
    assert head.split() == ["scaling", "serial", "contention", "coherency", "more", "workers"]
    assert row.split()[:5] == ["work", "thread", "20.0%", "20.0%", "0.0%"]
    assert row.endswith("give 5x at most")
    assert intervals.split()[0].startswith("19.")


def test_too_few_points_say_so() -> None:
    """Two do for the one law, but not for the other; a single one for none."""
    _, row, _ = render(points(amdahl(0.2), 2, 4))
    assert "too few points  too few points" in row
    assert render(points(amdahl(0.2), 2)) == []


@pytest.mark.parametrize(
    ("law", "outlook"),
    [
        (float, "no limit seen"),
        (lambda _workers: 1.0, "are of no use"),
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
    assert "serial was" not in "".join(render(old, old))


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
