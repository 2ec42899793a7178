from __future__ import annotations

import math

import pytest

from pytest_speedup.model import Round
from pytest_speedup.statistics import read_ceiling, read_readings
from pytest_speedup.statistics.speedup import UNKNOWN_ERROR, read
from tests.samples import make_kernel_round, make_round, make_samples


def with_kernel(slow: float = 1.0) -> Round:
    workload, kernel = make_round(0.8, 0.2 * slow), make_kernel_round(0.006, 0.004 * slow)
    return Round((*workload.turns, *kernel.turns))


def test_waiting_cells_are_read_in_seconds() -> None:
    """They have no kernel in their rounds, and need none."""
    readings = read_readings(make_samples(2.0, serial=0.08).rounds)
    assert readings.speedup.value == pytest.approx(math.log(2.0))
    assert readings.parallel.value == pytest.approx(math.log(0.04))
    assert readings.ceiling is None


def test_computing_cells_are_read_beside_the_kernel() -> None:
    """A machine that got slower as a whole has not made the workload slower."""
    readings = read_readings([with_kernel()] * 6)
    assert readings.ceiling is not None
    assert readings.ceiling.value == pytest.approx(math.log(1.5))
    assert readings.parallel.value == pytest.approx(math.log(0.2 / 0.004))
    slower = read_readings([with_kernel(slow=2.0)] * 6)
    assert slower.parallel.value == pytest.approx(readings.parallel.value)


def test_the_error_shrinks_with_the_rounds() -> None:
    """As one over the square root of their number, and it is a standard error."""
    values = [math.sin(17.0 * n) for n in range(256)]
    few, many = read(values[:64]), read(values)
    assert many.error == pytest.approx(few.error / 2, rel=0.2)
    assert few.error == pytest.approx(math.sqrt(0.5 / 64), rel=0.3)


def test_one_round_knows_nothing_of_its_error() -> None:
    """It must never decide anything."""
    assert read([0.3]).error == UNKNOWN_ERROR


def test_one_worker_has_no_ceiling() -> None:
    """Nothing is read of what was not measured."""
    assert read_ceiling(None) is None
    ceiling = read_ceiling(make_samples().ceiling)
    assert ceiling is not None
    assert ceiling.value == pytest.approx(math.log(4.0))
