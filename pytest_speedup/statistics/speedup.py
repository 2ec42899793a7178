"""Speedup from paired rounds, and what changed of it between base and head."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist, fmean, median
from typing import TYPE_CHECKING

from pytest_speedup.model import (
    BASE,
    HEAD,
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    PARALLEL,
    SERIAL,
    Estimate,
    Measurement,
    Pace,
    Reading,
    Readings,
    Summary,
    arm_of,
)
from pytest_speedup.statistics.numbers import signed_rank_estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_speedup.model import Ceiling, Round, Samples

CONFIDENCE = 0.95

OF_NORMAL = 1.4826
"""Standard deviations of a normal distribution in its median distance from the median."""


def estimate_speedup(rounds: Iterable[Round], confidence: float = CONFIDENCE) -> Estimate:
    """Estimate T_serial / T_parallel of the workload and its interval.

    Each round gives one logarithm of its own ratio, so that what slowed both sides of a round
    cancels; the logarithms are estimated by :func:`signed_rank_estimate`.

    Raises:
        ValueError: there are no rounds.
    """
    return _exp(signed_rank_estimate([log_speedup(one) for one in rounds], confidence))


def estimate_ceiling(ceiling: Ceiling, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate the speedup of the ceiling's kernel and its interval, likewise."""
    return _exp(signed_rank_estimate([log_ceiling(one) for one in ceiling.rounds], confidence))


def log_speedup(one: Round) -> float:
    """Natural logarithm of T_serial / T_parallel in one round, with geometric means of turns."""
    return mean_log(one, SERIAL) - mean_log(one, PARALLEL)


def log_ceiling(one: Round) -> float:
    """Natural logarithm of the kernel's speedup in one round."""
    return mean_log(one, KERNEL_SERIAL) - mean_log(one, KERNEL_PARALLEL)


def summarize(samples: Samples) -> Summary:
    """Estimate what the samples of one cell say."""
    ceiling = samples.ceiling
    return Summary(
        samples,
        speedup=estimate_speedup(samples.rounds),
        ceiling=None if ceiling is None else estimate_ceiling(ceiling),
    )


def mean_log(one: Round, arm: str) -> float:
    """Mean of the natural logarithms of one arm's durations in seconds."""
    return fmean(math.log(seconds) for seconds in one.seconds(arm))


def _exp(estimate: Estimate) -> Estimate:
    return Estimate(
        math.exp(estimate.value),
        math.exp(estimate.low),
        math.exp(estimate.high),
        estimate.confidence,
    )


UNKNOWN_ERROR = 1.0
"""Standard error of a single round, of which nothing is known: a factor of e."""


def read_readings(rounds: Sequence[Round]) -> Readings:
    """Reduce the rounds of a cell to its readings.

    Raises:
        ValueError: there are no rounds.
    """
    with_kernel = bool(rounds) and bool(rounds[0].seconds(KERNEL_PARALLEL))
    return Readings(
        speedup=read([log_speedup(one) for one in rounds]),
        ceiling=read([log_ceiling(one) for one in rounds]) if with_kernel else None,
        parallel=read([_log_parallel(one, with_kernel=with_kernel) for one in rounds]),
    )


def read_ceiling(ceiling: Ceiling | None) -> Reading | None:
    """Read the log ceiling; None for one worker, which has none."""
    if ceiling is None:
        return None
    return read([log_ceiling(one) for one in ceiling.rounds])


def read(logs: Sequence[float]) -> Reading:
    """Estimate the centre of logarithms, and its standard error from the interval's width."""
    estimate = signed_rank_estimate(logs, CONFIDENCE)
    deviations = 2 * NormalDist().inv_cdf((1 + estimate.confidence) / 2)
    if deviations == 0:
        return Reading(estimate.value, UNKNOWN_ERROR)
    return Reading(estimate.value, (estimate.high - estimate.low) / deviations)


def read_seconds(rounds: Sequence[Round], arm: str) -> Reading:
    """Read the log of how many seconds an arm takes, in the rounds that have it."""
    return read([mean_log(one, arm) for one in rounds if one.seconds(arm)])


def _log_parallel(one: Round, *, with_kernel: bool) -> float:
    seconds = mean_log(one, PARALLEL)
    return seconds - mean_log(one, KERNEL_PARALLEL) if with_kernel else seconds


@dataclass(frozen=True, slots=True)
class Shift:
    """How a duration differs between two sides in one block.

    Attributes:
        value: in natural logarithms; the centre over rounds, which a few wild ones do not move.
        rounds: how many rounds it rests on.
        error: its standard error by how far these rounds lie apart; 0 for a single one.
    """

    value: float
    rounds: int
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class BlockChange:
    """The change of a cell from base to head in one block.

    Attributes:
        parallel: change of the parallel time.
        serial: change of the serial time.
    """

    parallel: Shift
    serial: Shift


def read_change(rounds: Sequence[Round], *, parallel: str, serial: str) -> BlockChange:
    """Read what changed in a block.

    Args:
        rounds: with the arms of both sides.
        parallel: the turn that runs the cell, such as ``thread-4``.
        serial: the turn that runs serial code.
    """
    sides = (BASE, HEAD)
    return BlockChange(read_shift(rounds, parallel, sides), read_shift(rounds, serial, sides))


def read_speedup(
    blocks: Sequence[Sequence[Round]], side: str, *, parallel: str, serial: str
) -> float:
    """Read the speedup of a side over all blocks, from the faster turn of each arm of a round.

    Args:
        blocks: their rounds, with the arms of both sides.
        side: base or head.
        parallel: the turn that runs the cell.
        serial: the turn that runs serial code.
    """
    alone, many = arm_of(side, serial), arm_of(side, parallel)
    logs = [
        math.log(min(one.seconds(alone)) / min(one.seconds(many)))
        for rounds in blocks
        for one in rounds
        if one.seconds(alone) and one.seconds(many)
    ]
    return math.exp(read(logs).value)


def read_block_speedup(
    rounds: Sequence[Round], side: str, *, parallel: str, serial: str
) -> Reading:
    """Read the log speedup of a side in one block, and how sure it is.

    Rounds that have both turns tell it by themselves; where fewer than two do, as where serial code
    takes part in every second round alone, the centres of both are compared.

    Args:
        rounds: with the arms of that side, both in some.
        side: base or head.
        parallel: the turn that runs the cell, or the kernel.
        serial: the turn that runs serial code, or the kernel by itself.
    """
    alone, many = arm_of(side, serial), arm_of(side, parallel)
    paired = [one for one in rounds if one.seconds(alone) and one.seconds(many)]
    if len(paired) > 1:
        return read([_fastest(one, alone) - _fastest(one, many) for one in paired])
    before, after = (
        read([_fastest(one, arm) for one in rounds if one.seconds(arm)]) for arm in (alone, many)
    )
    return Reading(before.value - after.value, math.hypot(before.error, after.error))


def _fastest(one: Round, arm: str) -> float:
    return math.log(min(one.seconds(arm)))


def read_shift(rounds: Sequence[Round], turn: str, sides: tuple[str, str]) -> Shift:
    """Read how the duration of a turn differs between two sides, in the rounds that have it."""
    changes = [_log_change(one, turn, sides) for one in rounds if one.seconds(arm_of(BASE, turn))]
    return Shift(read(changes).value, len(changes), _error_within(changes))


def _error_within(changes: Sequence[float]) -> float:
    """Find the standard error of a centre from how far its rounds lie from their median.

    The median distance, as one wild round of four says nothing of the others (Hampel, The influence
    curve and its role in robust estimation, JASA 69(346), 1974).
    """
    middle = median(changes)
    return OF_NORMAL * median(abs(one - middle) for one in changes) / math.sqrt(len(changes))


def _log_change(one: Round, turn: str, sides: tuple[str, str]) -> float:
    """Compare the faster turn of each side: what disturbs a turn only ever makes it slower."""
    before, after = (math.log(min(one.seconds(arm_of(side, turn)))) for side in sides)
    return after - before


def measurement_of(summary: Summary) -> Measurement:
    """Give what reports show of a cell that was measured."""
    samples = summary.samples
    return Measurement(
        speedup=summary.speedup,
        ceiling=summary.ceiling,
        bound=samples.bound,
        oversubscribed=samples.oversubscribed,
        cold_start=samples.cold_start,
        rounds=tuple(
            (math.exp(mean_log(one, SERIAL)), math.exp(mean_log(one, PARALLEL)))
            for one in samples.rounds
        ),
        pace=pace_of(samples),
    )


def pace_of(samples: Samples) -> Pace | None:
    """Estimate how quickly the tasks of a cell run, by its rounds and by its recorded runs.

    What is sampled are runs: the tasks of one run share what comes and goes.

    Returns:
        None where no run says how many tasks there were.
    """
    counts = [one.counts for one in samples.stacks]
    done = [one.done for one in counts if one.done]
    if not done:
        return None
    tasks = math.log(median(done))
    rates = [tasks - mean_log(one, PARALLEL) for one in samples.rounds]
    return Pace(
        _exp(signed_rank_estimate(rates, CONFIDENCE)),
        *(_lasting([getattr(one, name) for one in counts]) for name in ("p50", "p95")),
    )


def _lasting(seconds: Iterable[float]) -> Estimate | None:
    logs = [math.log(one) for one in seconds if one > 0]
    return _exp(signed_rank_estimate(logs, CONFIDENCE)) if logs else None


def median_cold_starts(summaries: Iterable[Summary]) -> dict[str, dict[int, float]]:
    """Find how long executors typically take to start.

    Returns:
        seconds by executor and worker count.
    """
    starts: dict[str, dict[int, list[float]]] = {}
    for one in summaries:
        cell = one.samples.cell
        by_workers = starts.setdefault(cell.executor, {})
        by_workers.setdefault(cell.workers, []).append(one.samples.cold_start)
    return {
        executor: {workers: median(seconds) for workers, seconds in sorted(by_workers.items())}
        for executor, by_workers in starts.items()
    }
