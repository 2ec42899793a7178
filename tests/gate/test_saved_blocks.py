from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate.policy import Deviation, SavedPolicy
from pytest_speedup.gate.saved import (
    CEILING_DRIFT,
    PARALLEL_DEVIATION,
    adjusted,
    adjusted_error,
    ceiling_coefficient,
    measure_change,
)
from pytest_speedup.model import Reading, Readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.gate import Change

RUN, BLOCK = 0.03, 0.04
"""With these the deviations of run and block make one of 0.05."""

DRIFT = CEILING_DRIFT * math.log(2.0)
"""Deviation of a log ceiling of two between runs."""


def make_readings(
    speedup: float = 0.0,
    error: float = 0.0,
    *,
    ceiling: float | None = None,
    ceiling_error: float = 0.0,
    parallel: float = 0.0,
) -> Readings:
    """Readings from logarithms."""
    return Readings(
        Reading(speedup, error),
        None if ceiling is None else Reading(ceiling, ceiling_error),
        Reading(parallel, error),
    )


def change(
    blocks: Sequence[Readings],
    baseline: Sequence[Readings],
    history: Sequence[Readings] = (),
    *,
    looks: int = 1,
    weight: float = 3.0,
) -> Change:
    policy = SavedPolicy(
        margin=0.1,
        error_rate=0.05,
        pass_error=0.05,
        looks=looks,
        deviations={},
        deviation_weight=weight,
    )
    return measure_change(blocks, baseline, history, Deviation(RUN, BLOCK), policy)


def test_a_single_baseline_and_a_single_block_vary_by_the_default() -> None:
    """Both sides have the deviations of run and block: together twice their variance."""
    measured = change([make_readings()], [make_readings()])
    assert measured.speedup.error == pytest.approx(0.05 * math.sqrt(2))
    assert measured.speedup.degrees == 3.0


def test_more_blocks_average_out_what_varies_between_blocks_only() -> None:
    """All blocks share what sets their run apart from others."""
    measured = change([make_readings()] * 4, [make_readings()])
    assert measured.speedup.error**2 == pytest.approx(RUN**2 + 0.05**2 + BLOCK**2 / 4)


def test_more_baselines_average_out_what_varies_between_runs() -> None:
    """Each of them is a run of its own, and so is this one."""
    measured = change([make_readings()], [make_readings()] * 4)
    assert measured.speedup.error**2 == pytest.approx(0.05**2 + 0.05**2 / 4)


def test_the_last_error_is_the_one_that_all_allowed_blocks_leave() -> None:
    """After the last block nothing is left to gain."""
    one, all_of_them = (
        change([make_readings()] * blocks, [make_readings()], looks=4) for blocks in (1, 4)
    )
    assert one.last_error == pytest.approx(all_of_them.speedup.error)
    assert all_of_them.last_error == pytest.approx(all_of_them.speedup.error)
    assert one.last_error < one.speedup.error


def test_more_blocks_than_looks_are_believed() -> None:
    """The last error never exceeds the error."""
    measured = change([make_readings()] * 4, [make_readings()], looks=2)
    assert measured.last_error == pytest.approx(measured.speedup.error)


def test_blocks_and_baselines_are_compared_by_their_means() -> None:
    """Mean logarithm now less mean logarithm then, of speedup and of parallel time."""
    blocks = [make_readings(0.1, parallel=0.5), make_readings(0.3, parallel=0.7)]
    saved = [make_readings(0.5, parallel=0.1), make_readings(0.9, parallel=0.3)]
    measured = change(blocks, saved)
    assert measured.speedup.value == pytest.approx(0.2 - 0.7)
    assert measured.parallel.value == pytest.approx(0.6 - 0.2)


def test_noisy_rounds_of_the_baseline_widen() -> None:
    """They count on both sides, as rounds of this run are expected to be as noisy."""
    measured = change([make_readings()], [make_readings(error=0.12)])
    assert measured.speedup.error**2 == pytest.approx(2 * (0.05**2 + 0.12**2))


def test_noisy_rounds_of_this_run_widen() -> None:
    """A block is at least as unsure as its own rounds show, and never surer than the default."""
    expected = RUN**2 + 0.05**2
    noisy = change([make_readings(error=0.5)], [make_readings()])
    assert noisy.speedup.error**2 == pytest.approx(expected + 0.5**2, rel=0.01)
    quiet = change([make_readings(error=BLOCK / 2)], [make_readings()])
    assert quiet.speedup.error**2 >= (expected + BLOCK**2) * (1 - 1e-9)


def test_history_is_weighed_against_the_default_by_degrees_of_freedom() -> None:
    """Two saved runs have one degree; with the default's three they make four."""
    history = [make_readings(0.0), make_readings(0.4)]
    measured = change([make_readings()], [make_readings()], history)
    variance = (3 * 0.05**2 + 1 * 0.4**2 / 2) / 4
    assert measured.speedup.error**2 == pytest.approx(2 * variance)
    assert measured.speedup.degrees == pytest.approx(4.0)


def test_a_steady_history_narrows_and_a_restless_one_widens() -> None:
    """Against the same baseline, only what the saved runs did makes the difference."""
    unknown, steady, restless = (
        change([make_readings()], [make_readings()], history).speedup.error
        for history in (
            [],
            [make_readings(0.0)] * 10,
            [make_readings(0.2 * (n % 2)) for n in range(10)],
        )
    )
    assert steady < unknown < restless


def test_what_history_tells_is_split_as_the_default_is() -> None:
    """The run's part of a learned variance does not average out over blocks."""
    history = [make_readings(0.0), make_readings(0.4)]
    measured = change([make_readings()] * 2, [make_readings()], history)
    variance = (3 * 0.05**2 + 0.4**2 / 2) / 4
    share = RUN**2 / 0.05**2
    assert measured.speedup.error**2 == pytest.approx(variance * (1 + share + (1 - share) / 2))


def test_the_ceilings_drift_is_taken_out_of_change_and_history() -> None:
    """Speedups that follow a ceiling that was measured exactly have not changed at all."""
    saved = [make_readings(level, ceiling=level) for level in (0.5, 0.9, 0.4)]
    measured = change([make_readings(0.2, ceiling=0.2)], saved, saved)
    assert measured.speedup.value == pytest.approx(0.0, abs=1e-12)
    plain = [make_readings(0.5)] * 3
    assert measured.speedup.error == pytest.approx(
        change([make_readings()], plain, plain).speedup.error
    )


def test_nothing_is_taken_out_without_the_kernel() -> None:
    """Waiting cells are compared by their speedups as they are."""
    assert ceiling_coefficient([make_readings()], [make_readings()]) == 0.0
    assert change([make_readings(0.2)], [make_readings(0.5)]).speedup.value == pytest.approx(-0.3)


def test_one_reading_without_the_kernel_spoils_the_adjustment() -> None:
    """All or none are adjusted, now and then."""
    whole, without = make_readings(ceiling=math.log(2.0)), make_readings()
    assert ceiling_coefficient([whole, whole], [whole, whole]) == 1.0
    assert ceiling_coefficient([whole, without], [whole, whole]) == 0.0
    assert ceiling_coefficient([whole, whole], [without, whole]) == 0.0


def test_half_is_taken_out_of_a_ceiling_as_noisy_as_its_drift() -> None:
    """The coefficient is the share of drift in all that a ceiling does, on average."""
    noisy = make_readings(ceiling=math.log(2.0), ceiling_error=DRIFT)
    assert ceiling_coefficient([noisy], [noisy]) == pytest.approx(0.5)
    assert ceiling_coefficient([noisy] * 3, [noisy] * 2) == pytest.approx(0.5)


def test_several_readings_average_their_ceilings_noise_out() -> None:
    """Four noisy ones are worth a quarter of one's noise, whichever side they are on."""
    exact = make_readings(ceiling=math.log(2.0))
    noisy = make_readings(ceiling=math.log(2.0), ceiling_error=DRIFT)
    assert ceiling_coefficient([exact], [noisy] * 4) == pytest.approx(1.25 / 1.5)
    assert ceiling_coefficient([noisy] * 4, [exact]) == pytest.approx(1.25 / 1.5)


@pytest.mark.parametrize("ceiling", [0.0, -0.5])
def test_a_kernel_that_does_not_scale_has_no_drift_to_take_out(ceiling: float) -> None:
    """A ceiling of one or less tells nothing about the machine's neighbours."""
    for error in (0.0, 0.1):
        readings = make_readings(ceiling=ceiling, ceiling_error=error)
        assert ceiling_coefficient([readings], [readings]) == 0.0


def test_what_is_taken_out_brings_its_own_noise() -> None:
    """Errors add up in squares, the ceiling's by the share that is taken out."""
    readings = make_readings(0.9, 0.03, ceiling=0.4, ceiling_error=0.08)
    assert adjusted(readings, 0.5) == pytest.approx(0.7)
    assert adjusted_error(readings, 0.5) == pytest.approx(0.05)
    assert adjusted_error(readings, 0.0) == pytest.approx(0.03)
    assert adjusted_error(make_readings(0.9, 0.03), 0.5) == pytest.approx(0.03)


def test_parallel_time_has_an_error_of_its_own() -> None:
    """What runs and blocks differ by is stated of speedups, and wider for times by themselves."""
    measured = change([make_readings()] * 4, [make_readings()] * 2)
    run, both = PARALLEL_DEVIATION * RUN, PARALLEL_DEVIATION * 0.05
    block = PARALLEL_DEVIATION * BLOCK
    assert measured.parallel.error**2 == pytest.approx(run**2 + both**2 / 2 + block**2 / 4)


def test_parallel_times_of_saved_runs_tell_how_they_vary() -> None:
    """However steady their speedups are."""
    history = [make_readings(parallel=value) for value in (0.0, 1.0, 0.0, 1.0)]
    measured, steady = (
        change([make_readings()], [make_readings()], runs) for runs in (history, history[:1])
    )
    assert measured.parallel.error > 3 * steady.parallel.error
    assert measured.speedup.error < steady.speedup.error
