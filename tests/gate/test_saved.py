from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import (
    RECENT,
    Baseline,
    Change,
    Deviation,
    Measured,
    SavedPolicy,
    compare,
    differences,
    measure_change,
)
from pytest_speedup.gate.saved import successive_variance
from pytest_speedup.model import (
    Bound,
    Cell,
    Cpus,
    Machine,
    Outcome,
    Reading,
    Readings,
    SavedCell,
    Verdict,
)
from tests.gate.builders import DEVIATION, POLICY, make_readings, make_saved
from tests.samples import MACHINE, make_cell

if TYPE_CHECKING:
    from collections.abc import Sequence


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


CELL = Cell("test_work[thread-2]", "test_work", "thread", 2, "default")
OLD_MACHINE = Machine(
    "This CPU", Cpus(4, 2, None), "CPython 3.13", gil=False, start_method="spawn", system="Linux"
)
READING = Reading(0.0, 0.01)
SAVED_BEFORE = SavedCell(
    "0001_x.json",
    CELL,
    begins=False,
    bound=Bound.CPU,
    machine=OLD_MACHINE,
    readings=Readings(READING, None, READING),
)


def test_every_difference_is_named_in_one_go() -> None:
    """Nobody must put right one after the other to learn of the next."""
    elsewhere = Machine(
        "That CPU",
        Cpus(16, 8, None),
        "CPython 3.14",
        gil=True,
        start_method="fork",
        system="Plan 9",
    )
    saved = replace(SAVED_BEFORE, machine=elsewhere, cell=replace(CELL, size="seed"))
    assert differences(saved, CELL, OLD_MACHINE) == [
        "size seed then, default now",
        "system Plan 9 then, Linux now",
        "CPU model That CPU then, This CPU now",
        "effective CPUs 8 then, 2 now",
        "Python CPython 3.14 then, CPython 3.13 now",
        "GIL on then, off now",
        "start method fork then, spawn now",
    ]


def test_the_same_cell_in_the_same_place_has_no_differences() -> None:
    """What a run is called and what it read are no obstacles."""
    other = replace(
        SAVED_BEFORE, run="0002_y.json", readings=Readings(Reading(1.0, 0.5), READING, READING)
    )
    assert differences(other, CELL, replace(OLD_MACHINE)) == []


def test_limits_of_another_kind_but_the_same_size_are_comparable() -> None:
    """Two CPUs by mask and two CPUs by quota do the same work."""
    by_quota = replace(OLD_MACHINE, cpus=Cpus(64, None, 2.0))
    assert differences(replace(SAVED_BEFORE, machine=by_quota), CELL, OLD_MACHINE) == []


SAVED = make_saved(make_readings(4.0))


def judged(speedup: float, saved: Sequence[SavedCell]) -> Verdict:
    parallel = 4.0 / speedup
    measured = Measured(
        make_cell(), Bound.WAIT, MACHINE, [make_readings(speedup, parallel=parallel)]
    )
    return compare(measured, Baseline(saved, saved), margin=0.1, error=0.001, policy=POLICY)


def test_a_cell_that_no_baseline_has_is_new() -> None:
    """It says what happens next."""
    verdict = judged(1.0, [])
    assert verdict.outcome is Outcome.NEW
    assert "will be compared once a run with it is saved" in verdict.reason


def test_a_loss_against_the_baseline_is_red() -> None:
    """Both sides lead to the same judge."""
    assert judged(2.0, [SAVED]).outcome is Outcome.REGRESSED
    assert judged(4.0, [SAVED]).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"cpu_model": "Other"}, "CPU model Other then, Test CPU now"),
        ({"cpus": Cpus(4, 1, None)}, "effective CPUs 1 then, 2 now"),
        ({"cpus": Cpus(4, 4, 1.5)}, "effective CPUs 1.5 then, 2 now"),
        ({"python": "CPython 3.11.1"}, "Python CPython 3.11.1 then, CPython 3.12.1 now"),
        ({"gil": False}, "GIL off then, on now"),
        ({"start_method": "fork"}, "start method fork then, spawn now"),
    ],
)
def test_a_baseline_of_another_kind_is_incomparable(changes: dict[str, object], named: str) -> None:
    """The verdict says what differs, and what to do."""
    machine = replace(MACHINE, **changes)  # type: ignore[arg-type]
    verdict = judged(4.0, [replace(SAVED, machine=machine)])
    assert verdict.outcome is Outcome.INCOMPARABLE
    assert verdict.reason == f"the baseline is of another kind: {named}; save a baseline here"


def test_another_size_is_incomparable() -> None:
    """A quick size has another speedup."""
    other = replace(SAVED, cell=make_cell(size="quick"))
    assert differences(other, make_cell(), MACHINE) == ["size quick then, default now"]


def test_logical_cpus_alone_do_not_matter() -> None:
    """What counts is how many can be used."""
    more = replace(SAVED, machine=replace(MACHINE, cpus=Cpus(64, 2, None)))
    assert differences(more, make_cell(), MACHINE) == []


def test_comparable_runs_are_picked_out_of_a_mixed_storage() -> None:
    """A run from another machine in between does not spoil the others."""
    elsewhere = replace(SAVED, machine=replace(MACHINE, cpu_model="Other"))
    assert judged(2.0, [SAVED, elsewhere]).outcome is Outcome.REGRESSED


def test_the_last_runs_are_the_baseline() -> None:
    """A speedup that improved for good is the norm, however long the history before it."""
    before = [make_saved(make_readings(1.0))] * 200
    after = [make_saved(make_readings(4.0))] * RECENT
    assert judged(2.0, [*before, *after]).outcome is Outcome.REGRESSED


@pytest.mark.parametrize(("now", "then"), [("wait", "cpu"), ("cpu", "wait")])
def test_a_cell_that_computed_once_varies_as_computing_does(now: str, then: str) -> None:
    """A neighbour that takes the core makes computing look like waiting."""
    wide = replace(
        POLICY, deviations={**POLICY.deviations, (Bound.CPU, "thread"): Deviation(1.0, 1.0)}
    )
    measured = Measured(make_cell(), Bound(now), MACHINE, [make_readings(2.0, parallel=2.0)])
    saved = [replace(SAVED, bound=Bound(then))]
    verdict = compare(measured, Baseline(saved, saved), margin=0.1, error=0.001, policy=wide)
    assert verdict.outcome is Outcome.INCONCLUSIVE


THIS_MACHINE = Machine(
    "This CPU", Cpus(4, 2, None), "CPython 3.13", gil=False, start_method="spawn"
)
READINGS = Readings(Reading(0.0, 0.01), None, Reading(0.0, 0.01))


def saved_on(cpu_model: str) -> SavedCell:
    machine = replace(THIS_MACHINE, cpu_model=cpu_model)
    return SavedCell("0001_x.json", CELL, False, Bound.CPU, machine, READINGS)  # noqa: FBT003


def test_an_incomparable_cell_says_how_the_latest_run_differs() -> None:
    """Older runs may be of a machine that is long gone; none of them is judged."""
    saved = [saved_on("Oldest CPU"), saved_on("Latest CPU")]
    measured = Measured(CELL, Bound.CPU, THIS_MACHINE, [READINGS])
    verdict = compare(
        measured, Baseline(saved, saved), margin=0.1, error=0.01, policy=SavedPolicy()
    )
    assert verdict.outcome is Outcome.INCOMPARABLE
    assert "CPU model Latest CPU then, This CPU now" in verdict.reason
    assert "Oldest CPU" not in verdict.reason
    assert verdict.change is None
    assert verdict.detectable is None
