from __future__ import annotations

import math
from random import Random

import pytest

from benchmarks.lab.deviations import contended_cells, measure_deviations
from benchmarks.lab.prepared import PreparedCell
from pytest_speedup.model import Bound, Reading, Readings


def make_prepared(logs: list[float], ceiling: float | None, error: float) -> PreparedCell:
    readings = [
        Readings(
            Reading(log, error),
            None if ceiling is None else Reading(math.log(ceiling), 0.0),
            Reading(0.0, error),
        )
        for log in logs
    ]
    return PreparedCell("work process-2", Bound.CPU, "process", (), tuple(readings))


def simulate(run: float, block: float, *, error: float = 0.03) -> list[list[PreparedCell]]:
    """Simulate a run's deviation, shared by its blocks, theirs, and that of their rounds."""
    random = Random(1)
    runs = []
    for _ in range(600):
        of_run = random.gauss(0.0, run)
        within = math.hypot(block, error)
        logs = [of_run + random.gauss(0.0, within) for _ in range(5)]
        runs.append([make_prepared(logs, None, error)])
    return runs


@pytest.mark.parametrize(("run", "block"), [(0.1, 0.05), (0.0, 0.1), (0.1, 0.0)])
def test_variance_is_split_into_that_of_runs_and_blocks(run: float, block: float) -> None:
    """What the rounds show by themselves belongs to neither."""
    (measured,) = measure_deviations(simulate(run, block)).values()
    assert measured.run == pytest.approx(run, abs=0.012)
    assert measured.block == pytest.approx(block, abs=0.012)


@pytest.mark.parametrize(("ceiling", "contended"), [(1.0, False), (4.0, True)])
def test_cells_far_below_their_ceiling_are_a_kind_of_their_own(
    ceiling: float,
    contended: bool,  # noqa: FBT001 - a column of a table
) -> None:
    """Something else than the machine holds them back."""
    runs = [[make_prepared([0.0, 0.1], ceiling, 0.01)] for _ in range(3)]
    assert set(measure_deviations(runs)) == {(Bound.CPU, "process", contended)}
    assert contended_cells(runs) == ({"work process-2"} if contended else set())
