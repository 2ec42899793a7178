"""``python benchmarks/lab/overhead.py``: what the project adds to each task.

First each executor beside its bare library, then a run that is recorded beside one that is not,
and what a turn of ``scaling`` is said to take beside the bare call (``scaling`` alone as a name).
Names of executors may follow; those of MPI's job are ``mpiexec -n 3 python -m mpi4py.futures
benchmarks/lab/overhead.py mpi``. The library's own way to run many tasks is what it is compared
with.
"""

from __future__ import annotations

import asyncio
import math
import multiprocessing
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import Conditions, create, find, with_coroutine
from pytest_speedup.losses.recording import recording
from pytest_speedup.measurement import balanced_orders, rounds, timed
from pytest_speedup.measurement.own import OwnWork, Target
from pytest_speedup.statistics import signed_rank_estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.executors import Executor
    from pytest_speedup.model import Estimate

SECONDS = 4.0
"""For one comparison."""

MAX_ROUNDS = 60
MIN_ROUNDS = 10
TASKS = 1_000
WORKERS = 2
MILLISECOND = 1e-3

RECORDED = ("thread", "process")

SCALING = "scaling"
TURN = 10 * MILLISECOND
"""Seconds of a turn that overhead is held against."""


async def nothing_async(_task: int) -> None:
    """Do the same on an event loop."""


@with_coroutine(nothing_async)
def nothing(_task: int) -> None:
    """Cost a task nothing but its way to a worker and back."""


def run(pool: Executor | futures.Executor) -> None:
    """Send empty tasks through."""
    deque(pool.map(nothing, range(TASKS)), maxlen=0)


def run_recorded(executor: Executor) -> None:
    """Send them through, recorded."""
    with recording(executor) as recorded:
        deque(recorded.executor.map(nothing, range(TASKS)), maxlen=0)


Bare = Callable[[], None]


@contextmanager
def of_futures(pool: futures.Executor) -> Iterator[Bare]:
    with pool:
        yield partial(run, pool)


def bare_thread() -> futures.Executor:
    return futures.ThreadPoolExecutor(WORKERS)


def bare_process() -> futures.Executor:
    return futures.ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn"))


def bare_interpreter() -> futures.Executor:
    pool: futures.Executor = futures.InterpreterPoolExecutor(WORKERS)  # type: ignore[attr-defined]
    return pool


def bare_loky() -> futures.Executor:
    import loky  # noqa: PLC0415 - an extra

    pool: futures.Executor = loky.get_reusable_executor(WORKERS)
    return pool


def bare_mpi() -> futures.Executor:
    from mpi4py.futures import MPIPoolExecutor  # noqa: PLC0415 - an extra

    pool: futures.Executor = MPIPoolExecutor()
    return pool


@contextmanager
def bare_asyncio() -> Iterator[Bare]:
    async def together() -> None:
        await asyncio.gather(*map(nothing_async, range(TASKS)))

    loop = asyncio.new_event_loop()
    yield lambda: loop.run_until_complete(together())
    loop.close()


@contextmanager
def bare_dask() -> Iterator[Bare]:
    from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra

    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield lambda: client.gather(client.map(nothing, range(TASKS), pure=False))


BARE: dict[str, Callable[[], AbstractContextManager[Bare]]] = {
    "thread": lambda: of_futures(bare_thread()),
    "process": lambda: of_futures(bare_process()),
    "interpreter": lambda: of_futures(bare_interpreter()),
    "asyncio": bare_asyncio,
    "loky": lambda: of_futures(bare_loky()),
    "dask": bare_dask,
    "mpi": lambda: of_futures(bare_mpi()),
}


def compare(one: Callable[[], None], other: Callable[[], None]) -> list[tuple[float, float]]:
    """Time both side by side; seconds per task."""
    return compare_said(lambda: timed(one).seconds, lambda: timed(other).seconds)


def compare_said(one: Callable[[], float], other: Callable[[], float]) -> list[tuple[float, float]]:
    """Run both side by side; seconds per task, as each says."""
    arms: dict[str, Callable[[], float]] = {"one": one, "other": other}
    first = sum(arm() for arm in arms.values())
    count = max(MIN_ROUNDS, min(MAX_ROUNDS, int(SECONDS / first)))
    measured = rounds(arms, islice(balanced_orders(tuple(arms), Random()), count))
    return [(each.seconds("one")[0] / TASKS, each.seconds("other")[0] / TASKS) for each in measured]


def centre(values: Sequence[float]) -> Estimate:
    return signed_rank_estimate(values, 0.95)


def say_ratio(name: str, pairs: Sequence[tuple[float, float]]) -> None:
    """Print what an empty task takes in the bare library and in ours, and their ratio."""
    bare, ours = (
        math.exp(centre([math.log(one) for one in seconds]).value) * 1e6
        for seconds in zip(*pairs, strict=True)
    )
    ratio = centre([math.log(ours / bare) for bare, ours in pairs])
    value, low, high = (math.exp(number) for number in (ratio.value, ratio.low, ratio.high))
    print(
        f"{name}: {bare:.1f} us per empty task bare, {ours:.1f} us ours, "
        f"ours / bare {value:.2f} ({low:.2f}-{high:.2f})"
    )


def say_recording(name: str, pairs: Sequence[tuple[float, float]]) -> None:
    """Print what recording adds to a task, and what that is of one that takes a millisecond."""
    added = centre([recorded - plain for plain, recorded in pairs])
    value, low, high = (100 * one / MILLISECOND for one in (added.value, added.low, added.high))
    print(
        f"{name}, recorded: {added.value * 1e6:+.1f} us per task, "
        f"{value:.2f} % ({low:.2f}-{high:.2f}) of one that takes 1 ms"
    )


def turn(_count: int, *_given: object) -> None:
    """Take no time."""


def say_turns(name: str, target: Target) -> None:
    """Print what a turn of ``scaling`` is said to take beyond the bare call."""

    def bare() -> float:
        return sum(timed(partial(turn, WORKERS)).seconds for _ in range(TASKS))

    with OwnWork(target) as work, create("own", WORKERS, Conditions()) as executor:

        def ours() -> float:
            return sum(timed(partial(work, executor)).seconds for _ in range(TASKS))

        added = centre([said - alone for alone, said in compare_said(bare, ours)])
    value, low, high = (100 * one / TURN for one in (added.value, added.low, added.high))
    print(
        f"{name}: {added.value * 1e6:+.1f} us per turn, "
        f"{value:.3f} % ({low:.3f}-{high:.3f}) of one that takes 10 ms"
    )


def here() -> list[str]:
    """Find the executors that need no job to be started for them."""
    found = []
    for name in BARE:
        try:
            find(name)
        except SpeedupError:
            continue
        if name != "mpi":
            found.append(name)
    return found


def main(names: Sequence[str]) -> None:
    """Measure and print all of it."""
    for name in [one for one in names or here() if one != SCALING]:
        with BARE[name]() as bare, create(name, WORKERS, Conditions()) as ours:
            ours.start()
            say_ratio(name, compare(bare, partial(run, ours)))
    for name in RECORDED if not names else ():
        with create(name, WORKERS, Conditions()) as executor:
            executor.start()
            pairs = compare(partial(run, executor), partial(run_recorded, executor))
            say_recording(executor.name, pairs)
    if not names or SCALING in names:
        say_turns("scaling", Target(turn))
        say_turns("scaling, setup=", Target(turn, setup=nullcontext))


if __name__ == "__main__":
    main(sys.argv[1:])
