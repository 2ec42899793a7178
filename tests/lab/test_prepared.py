from __future__ import annotations

import math

import pytest

from benchmarks.lab.prepared import with_loss
from pytest_speedup.statistics import read_readings
from tests.lab.prepared import make_block, make_prepared


def test_a_loss_is_as_if_it_had_been_measured() -> None:
    """Half the speedup is twice the parallel time, in times and in readings alike."""
    slower, measured = with_loss(make_prepared(0.5), 0.5), make_prepared(1.0)
    assert slower.times[0] == pytest.approx(measured.times[0])
    assert slower.readings[0].speedup.value == pytest.approx(measured.readings[0].speedup.value)
    assert slower.readings[0].parallel.value == pytest.approx(measured.readings[0].parallel.value)


def test_a_prepared_cell_holds_what_the_gate_looks_at() -> None:
    """Each block by itself."""
    cell = make_prepared(0.5, 0.25)
    assert cell.readings[1] == read_readings(make_block(0.25))
    assert math.exp(cell.readings[1].speedup.value) == pytest.approx(3.98, abs=0.02)
