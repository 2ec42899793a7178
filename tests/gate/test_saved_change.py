from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import Change, measure_change
from pytest_speedup.gate.saved import successive_variance
from tests.gate.builders import DEVIATION, POLICY, make_readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import Readings


def change(now: Readings, saved: Sequence[Readings], blocks: int = 1) -> Change:
    return measure_change([now] * blocks, saved, saved, DEVIATION, POLICY)


def test_speedup_and_parallel_time_are_compared_with_the_mean_of_the_baseline() -> None:
    """In logarithms, so that a half and a double are equally far."""
    saved = [make_readings(2.0, parallel=1.0), make_readings(8.0, parallel=4.0)]
    measured = change(make_readings(2.0, parallel=6.0), saved)
    assert measured.speedup.value == pytest.approx(math.log(2.0 / 4.0))
    assert measured.parallel.value == pytest.approx(math.log(6.0 / 2.0))


def test_a_single_baseline_is_widened_by_the_default() -> None:
    """One run cannot tell how runs differ: twice the default variance, for both of them."""
    measured = change(make_readings(), [make_readings()])
    assert measured.speedup.error == pytest.approx(0.02 * math.sqrt(2))
    assert measured.speedup.degrees == 10.0


def test_a_steady_history_sharpens() -> None:
    """Runs that agree are taken at their word, slowly."""
    short, long = (change(make_readings(), [make_readings()] * n) for n in (2, 30))
    assert long.speedup.error < short.speedup.error < 0.02 * math.sqrt(2)
    assert long.speedup.degrees > short.speedup.degrees


def test_a_restless_history_widens() -> None:
    """What varies between runs is noise, though each run looks sure of itself."""
    restless = [make_readings(2.0 * 1.3 ** (n % 2)) for n in range(20)]
    assert change(make_readings(), restless).speedup.error > 0.1


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
    alone = change(make_readings(1.5), [make_readings(2.0)])
    along = change(make_readings(1.5, ceiling=1.5), saved)
    assert alone.speedup.value == pytest.approx(math.log(0.75))
    assert along.speedup.value == pytest.approx(0.0, abs=1e-6)


def test_a_ceiling_that_was_measured_badly_is_hardly_believed() -> None:
    """Taking out noise would put it in."""
    saved = [make_readings(2.0, ceiling=2.0, ceiling_error=2.0)]
    measured = change(make_readings(1.5, ceiling=1.5, ceiling_error=2.0), saved)
    assert measured.speedup.value == pytest.approx(math.log(0.75), abs=0.02)


def test_a_baseline_without_ceiling_is_compared_without() -> None:
    """Both sides are read alike."""
    measured = change(make_readings(1.5, ceiling=1.5), [make_readings(2.0)])
    assert measured.speedup.value == pytest.approx(math.log(0.75))


def test_what_blocks_share_is_not_averaged_out() -> None:
    """Of a default of 0.02, the blocks' part of 0.016 shrinks and the run's of 0.012 stays."""
    measured = change(make_readings(), [make_readings()], blocks=4)
    assert measured.speedup.error == pytest.approx(math.sqrt(0.012**2 + 0.016**2 / 4 + 0.02**2))


def test_noise_of_the_rounds_adds_to_that_between_blocks() -> None:
    """This run was noisier than the baseline, by 0.5 within its only block."""
    measured = change(make_readings(error=0.5), [make_readings()])
    assert measured.speedup.error == pytest.approx(math.sqrt(0.5**2 + 2 * 0.02**2))


def test_the_last_error_is_what_all_blocks_would_leave() -> None:
    """It tells whether measuring on can decide anything."""
    one, all_ = (change(make_readings(), [make_readings()], blocks=n) for n in (1, POLICY.looks))
    assert one.last_error == pytest.approx(all_.speedup.error)
    assert all_.last_error == pytest.approx(all_.speedup.error)
