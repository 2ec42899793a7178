from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pytest_speedup.losses.trace import Counts
from pytest_speedup.model import (
    BASE,
    HEAD,
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    PARALLEL,
    SERIAL,
    Bound,
    Ceiling,
    Cell,
    Round,
    Samples,
    Turn,
    arm_of,
)
from pytest_speedup.statistics import (
    estimate_ceiling,
    estimate_speedup,
    log_speedup,
    pace_of,
    read_block_speedup,
    read_ceiling,
    read_change,
    read_readings,
    read_speedup,
    summarize,
)
from pytest_speedup.statistics.speedup import UNKNOWN_ERROR, read
from tests.samples import make_kernel_round, make_round, make_samples
from tests.stacks import make_stack


def test_speedup_is_serial_over_parallel() -> None:
    """Rounds that agree leave no doubt."""
    estimate = estimate_speedup([make_round(0.8, 0.2)] * 6)
    assert (estimate.low, estimate.value, estimate.high) == pytest.approx((4.0, 4.0, 4.0))


def test_what_slows_a_whole_round_cancels() -> None:
    """The speedup is the same in a slow minute and in a fast one."""
    rounds = [make_round(0.8 * slow, 0.2 * slow) for slow in (1, 1.3, 2, 5, 1, 1)]
    estimate = estimate_speedup(rounds)
    assert (estimate.low, estimate.high) == pytest.approx((4.0, 4.0))


def test_several_parallel_turns_count_by_their_geometric_mean() -> None:
    """Turns of 0.1 s and 0.4 s are one of 0.2 s."""
    assert log_speedup(make_round(0.8, 0.1, 0.4)) == pytest.approx(math.log(4.0))


def test_the_ceiling_is_the_kernels_speedup() -> None:
    """It is estimated as the workload's is."""
    ceiling = Ceiling(Bound.CPU, (make_kernel_round(0.006, 0.004),) * 6)
    assert estimate_ceiling(ceiling).value == pytest.approx(1.5)


def test_efficiency_is_the_share_of_the_ceiling() -> None:
    """Half of what a pure kernel gets; without a ceiling, of one."""
    assert summarize(make_samples(2.0)).efficiency == pytest.approx(0.5)


def with_runs(*within: float, done: float) -> Samples:
    counts = (Counts(1, 2, 8, 2, 4, 0, done=done, p50=one / 2, p95=one) for one in within)
    stacks = tuple(make_stack({}, one) for one in counts)
    return replace(make_samples(2.0), stacks=stacks)


def test_the_pace_of_tasks_is_estimated_from_rounds_and_recorded_runs() -> None:
    """Parallel turns take half of a second here."""
    samples = with_runs(0.02, 0.04, 0.08, done=30.0)
    (seconds,) = {one for each in samples.rounds for one in each.seconds(PARALLEL)}
    pace = pace_of(samples)
    assert pace is not None
    assert pace.p50 is not None
    assert pace.p95 is not None
    assert pace.per_second.value == pytest.approx(30.0 / seconds)
    assert (pace.p95.low, pace.p95.value, pace.p95.high) == pytest.approx((0.02, 0.04, 0.08))
    assert pace.p50.value == pytest.approx(0.02)
    assert pace.p95.confidence == pytest.approx(0.75)


def test_tasks_that_nobody_counted_have_no_pace() -> None:
    """Those that code tells of were not timed one by one."""
    assert pace_of(make_samples(2.0)) is None
    assert pace_of(with_runs(0.0, done=0.0)) is None
    told = pace_of(with_runs(0.0, 0.0, done=40.0))
    assert told is not None
    assert (told.p50, told.p95) == (None, None)


def test_no_rounds_are_refused() -> None:
    """There is no speedup of nothing."""
    with pytest.raises(ValueError, match="at least one value"):
        estimate_speedup([])


POWERS = [2.0**n for n in range(6)]
CELL = Cell("test_work[thread-2]", "test_work", "thread", 2, "default")


def work(speedup: float) -> Round:
    return Round((Turn(SERIAL, speedup), Turn(PARALLEL, 1.0)))


def kernel(speedup: float) -> Round:
    return Round((Turn(KERNEL_PARALLEL, 1.0), Turn(KERNEL_SERIAL, speedup)))


def test_the_interval_of_six_rounds_spans_them() -> None:
    """At 95 %, six rounds leave nothing out, and say that they reach 31/32."""
    estimate = estimate_speedup([work(power) for power in POWERS])
    assert (estimate.low, estimate.high) == pytest.approx((1.0, 32.0))
    assert estimate.value == pytest.approx(math.sqrt(32.0))
    assert estimate.confidence == 0.96875


def test_less_confidence_gives_a_narrower_interval_of_the_speedup() -> None:
    """At 90 %, six rounds skip two pairwise means on either side: 2^0 and 2^0.5."""
    estimate = estimate_speedup([work(power) for power in POWERS], 0.9)
    assert (estimate.low, estimate.high) == pytest.approx((2.0, 16.0))
    assert estimate.confidence == 0.90625


def test_less_confidence_gives_a_narrower_interval_of_the_ceiling() -> None:
    """The kernel's rounds are estimated as the workload's are."""
    ceiling = Ceiling(Bound.CPU, tuple(kernel(power) for power in POWERS))
    estimate = estimate_ceiling(ceiling, 0.9)
    assert (estimate.low, estimate.high) == pytest.approx((2.0, 16.0))
    assert estimate.confidence == 0.90625


def test_a_summary_takes_in_every_round() -> None:
    """Rounds that differ give an interval that holds them all, of speedup and ceiling alike."""
    samples = Samples(
        CELL,
        tuple(work(power) for power in POWERS),
        Ceiling(Bound.CPU, tuple(kernel(4 * power) for power in POWERS)),
        cold_start=0.1,
        bound=Bound.CPU,
        oversubscribed=False,
    )
    summary = summarize(samples)
    assert summary.ceiling is not None
    assert (summary.speedup.low, summary.speedup.high) == pytest.approx((1.0, 32.0))
    assert (summary.ceiling.low, summary.ceiling.high) == pytest.approx((4.0, 128.0))


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


def test_no_rounds_cannot_be_read() -> None:
    """They are refused as values are: there is no estimate of nothing."""
    with pytest.raises(ValueError, match="at least one value"):
        read_readings([])


SECONDS = {(BASE, "serial-1"): 4.0, (HEAD, "serial-1"): 2.0, (BASE, "thread-2"): 1.0}


def make_round_of_sides(head: float, drift: float) -> Round:
    """A round in which everything takes longer by a factor, as with a slower clock."""
    seconds = {**SECONDS, (HEAD, "thread-2"): head}
    turns = [Turn(arm_of(*arm), drift * duration) for arm, duration in seconds.items()]
    return Round(tuple(turns))


def test_changes_are_those_within_rounds() -> None:
    """What slows a whole round cancels."""
    rounds = [make_round_of_sides(1.5, drift) for drift in (1.0, 7.0, 0.2, 3.0)]
    change = read_change(rounds, parallel="thread-2", serial="serial-1")
    assert math.exp(change.parallel.value) == pytest.approx(1.5)
    assert math.exp(change.serial.value) == pytest.approx(0.5)
    assert change.parallel.rounds == 4


def test_a_wild_round_does_not_move_the_centre() -> None:
    """As when a neighbour takes the core in one of them."""
    rounds = [make_round_of_sides(head, 1.0) for head in (1.5, 1.49, 1.51, 1.5, 1.5, 9.0)]
    change = read_change(rounds, parallel="thread-2", serial="serial-1")
    assert math.exp(change.parallel.value) == pytest.approx(1.5, rel=0.01)


def test_a_disturbed_turn_does_not_count() -> None:
    """The faster one of a side's turns in the round does."""
    base, head = (arm_of(side, "thread-2") for side in (BASE, HEAD))
    turns = [Turn(base, 1.0), Turn(head, 1.5), Turn(head, 2.9), Turn(base, 1.7)]
    turns += [Turn(arm_of(side, "serial-1"), 4.0) for side in (BASE, HEAD)]
    change = read_change([Round(tuple(turns))] * 3, parallel="thread-2", serial="serial-1")
    assert math.exp(change.parallel.value) == pytest.approx(1.5)


def test_rounds_without_the_turn_do_not_count() -> None:
    """What varies little takes part in some rounds only."""
    serial = Round(tuple(Turn(arm_of(side, "serial-1"), 4.0) for side in (BASE, HEAD)))
    change = read_change(
        [make_round_of_sides(1.5, 1.0), serial], parallel="thread-2", serial="serial-1"
    )
    assert (change.parallel.rounds, change.serial.rounds) == (1, 2)


@pytest.mark.parametrize(("side", "speedup"), [(BASE, 4.0), (HEAD, 2.0 / 1.5)])
def test_the_speedup_of_a_side_is_read(side: str, speedup: float) -> None:
    """Within each round, over all blocks."""
    blocks = [[make_round_of_sides(1.5, drift)] * 2 for drift in (1.0, 7.0)]
    read = read_speedup(blocks, side, parallel="thread-2", serial="serial-1")
    assert read == pytest.approx(speedup)


@pytest.mark.parametrize(("side", "speedup"), [(BASE, 4.0), (HEAD, 2.0 / 1.5)])
def test_the_speedup_of_a_side_in_a_block_is_read_within_rounds(side: str, speedup: float) -> None:
    """What slows a whole round cancels, and leaves no error."""
    rounds = [make_round_of_sides(1.5, drift) for drift in (1.0, 7.0, 0.2)]
    reading = read_block_speedup(rounds, side, parallel="thread-2", serial="serial-1")
    assert math.exp(reading.value) == pytest.approx(speedup)
    assert reading.error == pytest.approx(0.0, abs=1e-9)


def test_turns_that_share_no_rounds_are_held_against_each_other() -> None:
    """As where serial code takes part in every second round."""
    alone = [Round((Turn(arm_of(HEAD, "serial-1"), seconds),)) for seconds in (4.0, 4.4)]
    many = [Round((Turn(arm_of(HEAD, "thread-2"), seconds),)) for seconds in (1.0, 1.1, 1.0)]
    reading = read_block_speedup([*alone, *many], HEAD, parallel="thread-2", serial="serial-1")
    assert math.exp(reading.value) == pytest.approx(4.0, rel=0.06)
    assert 0.01 < reading.error < 0.2
