"""The recorder: measures the same code again and again, each time as a run of its own."""

from __future__ import annotations

from functools import partial
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from benchmarks.lab.recording import RecordedCell, write_run
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import Conditions, SerialExecutor, create
from pytest_speedup.measurement import (
    balanced_orders,
    kernel_arms,
    opened,
    rounds,
    timed,
    warm_up,
)
from pytest_speedup.model import PARALLEL, SERIAL, Bound, cell_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_speedup.executors import Executor
    from pytest_speedup.model import Round

    Work = Callable[[Executor], object]

BLOCKS = 5
ROUNDS = {Bound.WAIT: 6, Bound.CPU: 12}
"""Rounds of a block."""

EXECUTORS = ("thread", "process")
WORKERS = (2, 4)


def record(path: Path, runs: int, progress: Callable[[str], None]) -> None:
    """Append runs to a recording; it may be stopped at any time and continued later.

    Raises:
        SpeedupError: the workloads are not there.
    """
    works = recorded_works()
    for index in range(runs):
        run = {
            f"{name} {cell_name(executor, workers)}": _record_cell(work, bound, executor, workers)
            for name, (bound, work) in works.items()
            for executor in EXECUTORS
            for workers in WORKERS
        }
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{write_run(run)}\n")
        progress(f"run {index + 1} of {runs} recorded")


def recorded_works() -> dict[str, tuple[Bound, Work]]:
    """Choose the workloads in a size of which a recording holds many rounds."""
    try:
        from workloads import consumers, counter, downloads, primes  # noqa: PLC0415 - clone only
    except ImportError as error:
        message = "the recorder needs the workloads: run it from a clone of the project"
        raise SpeedupError(message) from error
    return {
        "downloads": (Bound.WAIT, partial(downloads.run, load=downloads.Load(8, 0.004))),
        "primes": (Bound.CPU, partial(primes.run, chunks=primes.interleaved(24_000, chunks=31))),
        "counter": (Bound.CPU, partial(counter.run, load=counter.Load(180, computing=5_000))),
        "contended": (Bound.CPU, partial(counter.run, load=counter.Load(20_000))),
        "consumers": (Bound.WAIT, partial(consumers.run, load=consumers.Load(8, 0.004))),
    }


def _record_cell(work: Work, bound: Bound, executor: str, workers: int) -> RecordedCell:
    blocks = (_record_block(work, bound, executor, workers) for _ in range(BLOCKS))
    return RecordedCell(bound, tuple(blocks))


def _record_block(work: Work, bound: Bound, name: str, workers: int) -> tuple[Round, ...]:
    with opened(lambda: create(name, workers, Conditions())) as (executor, _):
        for _ in warm_up(partial(timed, partial(work, executor)), bound):
            pass
        arms: dict[str, Callable[[], float]] = {
            SERIAL: lambda: timed(partial(work, SerialExecutor())).seconds,
            PARALLEL: lambda: timed(partial(work, executor)).seconds,
            **(kernel_arms(executor, bound) if bound is Bound.CPU else {}),
        }
        return tuple(rounds(arms, islice(balanced_orders(tuple(arms), Random()), ROUNDS[bound])))
