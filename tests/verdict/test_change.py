from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import Bound
from pytest_speedup.verdict import Change, measure_change
from pytest_speedup.verdict.change import successive_variance
from tests.verdict.builders import POLICY, make_readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Readings


def change(
    now: Readings, saved: Sequence[Readings], bound: Bound = Bound.WAIT, weight: float = 10.0
) -> Change:
    policy = replace(POLICY, deviation_weight=weight)
    return measure_change(now, saved, saved, bound, policy)


def test_speedup_and_parallel_time_are_compared_with_the_mean_of_the_baseline() -> None:
    """In logarithms, so that a half and a double are equally far."""
    saved = [make_readings(2.0, parallel=1.0), make_readings(8.0, parallel=4.0)]
    measured = change(make_readings(2.0, parallel=6.0), saved)
    assert measured.speedup == pytest.approx(math.log(2.0 / 4.0))
    assert measured.parallel == pytest.approx(math.log(6.0 / 2.0))


def test_a_single_baseline_is_widened_by_the_default() -> None:
    """One run cannot tell how runs differ: twice the default variance, for both of them."""
    measured = change(make_readings(), [make_readings()])
    assert measured.error == pytest.approx(0.02 * math.sqrt(2))
    assert measured.degrees == 10.0


def test_a_steady_history_sharpens() -> None:
    """Runs that agree are taken at their word, slowly."""
    short, long = (change(make_readings(), [make_readings()] * n) for n in (2, 30))
    assert long.error < short.error < 0.02 * math.sqrt(2)
    assert long.degrees > short.degrees


def test_a_restless_history_widens() -> None:
    """What varies between runs is noise, though each run looks sure of itself."""
    restless = [make_readings(2.0 * 1.3 ** (n % 2)) for n in range(20)]
    assert change(make_readings(), restless).error > 0.1


def test_a_step_in_the_history_hardly_widens() -> None:
    """An improvement long ago is not noise."""
    step = [make_readings(1.0)] * 10 + [make_readings(4.0)] * 10
    assert successive_variance([one.speedup.value for one in step])[0] == pytest.approx(
        math.log(4.0) ** 2 / 2 / 19
    )


def test_a_run_has_no_variance() -> None:
    """A difference takes two."""
    assert successive_variance([1.0]) == (0.0, 0.0)


def test_the_variance_of_independent_runs_is_found() -> None:
    """Half the mean square of successive differences; degrees as its own variance has them."""
    variance, degrees = successive_variance([0.0, 2.0, 0.0, 2.0])
    assert variance == pytest.approx(2.0)
    assert degrees == pytest.approx(2 * 9 / 8)


def test_the_ceilings_drift_is_taken_out() -> None:
    """A neighbour that halves what the machine can do halves the workload with it."""
    saved = [make_readings(2.0, ceiling=2.0)]
    alone = change(make_readings(1.5), [make_readings(2.0)], Bound.CPU)
    along = change(make_readings(1.5, ceiling=1.5), saved, Bound.CPU)
    assert alone.speedup == pytest.approx(math.log(0.75))
    assert along.speedup == pytest.approx(0.0, abs=1e-6)


def test_a_ceiling_that_was_measured_badly_is_hardly_believed() -> None:
    """Taking out noise would put it in."""
    saved = [make_readings(2.0, ceiling=2.0, ceiling_error=2.0)]
    measured = change(make_readings(1.5, ceiling=1.5, ceiling_error=2.0), saved, Bound.CPU)
    assert measured.speedup == pytest.approx(math.log(0.75), abs=0.02)


def test_a_baseline_without_ceiling_is_compared_without() -> None:
    """Both sides are read alike."""
    measured = change(make_readings(1.5, ceiling=1.5), [make_readings(2.0)], Bound.CPU)
    assert measured.speedup == pytest.approx(math.log(0.75))


def test_the_share_of_the_rounds_tells_whether_more_of_them_help() -> None:
    """All of the error beyond the default is this run's own here."""
    sure = change(make_readings(error=0.001), [make_readings(error=0.001)])
    unsure = change(make_readings(error=0.5), [make_readings(error=0.001)])
    assert sure.rounds_share < 0.01
    assert unsure.rounds_share > 0.99
    assert unsure.error == pytest.approx(0.5, rel=0.01)
