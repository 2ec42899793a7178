from __future__ import annotations

import math
from random import Random

import pytest

from pytest_speedup.gate import Typical, typical_of
from pytest_speedup.gate.paired import mean_of_blocks
from pytest_speedup.statistics import Shift


def make_blocks(random: Random, deviation: float, count: int = 6) -> list[Shift]:
    """Whose rounds vary by ``deviation``; every other one has four times the rounds."""
    rounds = [4 if index % 2 else 16 for index in range(count)]
    return [Shift(random.gauss(0.0, deviation / math.sqrt(n)), n) for n in rounds]


def test_cells_of_a_kind_tell_how_their_rounds_vary() -> None:
    """Whatever was stated, once there are enough of them."""
    random = Random(1)
    cells = [make_blocks(random, 0.05) for _ in range(40)]
    assert typical_of(cells, 0.05).deviation == pytest.approx(0.05, rel=0.1)
    assert typical_of(cells, 0.5).deviation < 0.1


def test_without_cells_the_stated_default_holds() -> None:
    """As it does for single blocks, which cannot vary."""
    for cells in ([], [[Shift(0.3, 4)]]):
        typical = typical_of(cells, 0.05)
        assert typical.deviation == pytest.approx(0.05)
        assert typical.degrees == 4


def test_a_default_that_is_far_too_calm_counts_for_little() -> None:
    """Then a cell's own few blocks are all that is known."""
    blocks = [Shift(0.3, 4), Shift(-0.3, 4), Shift(0.1, 4), Shift(-0.1, 4)]
    typical = typical_of([blocks], 0.006)
    assert typical.deviation == pytest.approx(typical_of([blocks], 0.517).deviation, rel=0.01)
    assert 3 < typical.degrees < 3.01


def test_more_cells_are_surer_but_not_without_end() -> None:
    """They are of a kind, and no twins."""
    blocks = [Shift(0.01, 4), Shift(-0.01, 4)]
    assert [typical_of([blocks] * count, 0.05).degrees for count in (1, 4, 100)] == [5, 8, 16]


def test_the_error_of_a_mean_is_right() -> None:
    """Nineteen of twenty means lie within two errors or so."""
    random = Random(2)
    means = [mean_of_blocks(make_blocks(random, 0.05), Typical(0.05, 8)) for _ in range(500)]
    assert 0.92 < sum(abs(one.value) < 2.1 * one.error for one in means) / 500 < 0.98


def test_a_block_counts_by_its_rounds() -> None:
    """And so the longer one moves the mean further."""
    assert mean_of_blocks(
        [Shift(0.1, 30), Shift(0.0, 10)], Typical(0.05, 8)
    ).value == pytest.approx(0.075)


def test_a_cell_that_varies_more_than_its_kind_is_trusted_less() -> None:
    """But not as if it were alone."""
    calm = [Shift(0.01, 4), Shift(-0.01, 4)] * 3
    wild = [Shift(0.2, 4), Shift(-0.2, 4)] * 3
    errors = [mean_of_blocks(blocks, Typical(0.02, 8)).error for blocks in (calm, wild)]
    assert errors[0] < errors[1] < 0.2 * 2 / math.sqrt(24)
