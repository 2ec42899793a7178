"""What a job sees of the MPI executor, as one line of JSON; ``mpiexec`` runs it."""

from __future__ import annotations

import json
import operator
import queue
import sys
from concurrent.futures import as_completed
from functools import partial
from typing import Any

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import Conditions, Executor, SerialExecutor, TurnExecutor, create
from tests.executors import tasks
from workloads import consumers, counter, downloads, primes


def run_workloads(executor: Executor) -> list[object]:
    return [
        downloads.run(executor, downloads.SIZES["quick"]),
        primes.run(executor, primes.SIZES["quick"]),
        counter.run(executor, counter.SIZES["quick"]),
        sorted(consumers.run(executor, consumers.SIZES["quick"])),
    ]


def errors_of(executor: Executor) -> list[object]:
    results = executor.map(tasks.fail_at_three, range(10))
    first: list[object] = [next(results) for _ in range(3)]
    try:
        next(results)
    except ValueError as error:
        return [*first, str(error), list(executor.map(tasks.double, [1]))]
    return first


def queue_of(executor: Executor) -> list[object]:
    channel = executor.queue()
    for item in range(3):
        channel.put(item)
    seen: list[object] = [
        next(executor.map(partial(tasks.take, channel), [None])) for _ in range(3)
    ]
    list(executor.map(partial(tasks.pass_on, channel), ["back"]))
    seen.append(channel.get(timeout=60))
    try:
        channel.get(timeout=0.01)
    except queue.Empty:
        seen.append("empty")
    return seen


def count(executor: Executor) -> int:
    shared = executor.counter()
    list(executor.map(partial(tasks.add, shared), [300] * 4))
    return shared.value


def submitted(executor: Executor) -> list[object]:
    """Code that takes an executor of the standard library, and one that takes chunks."""
    with TurnExecutor(executor) as turn:
        futures = [turn.submit(pow, number, exp=2) for number in range(4)]
        squares = sorted(one.result() for one in as_completed(futures))
        failed = turn.submit(tasks.fail_at_three, 3)
    error = str(failed.exception())
    sums = list(TurnExecutor(executor).map(operator.add, range(5), range(5), chunksize=2))
    return [squares, error, sums]


def refusal() -> str:
    try:
        create("mpi", 7, Conditions())
    except SpeedupError as error:
        return str(error)
    return ""


def main() -> None:
    seen: dict[str, Any] = {"refusal": refusal(), "serial": run_workloads(SerialExecutor())}
    for collect in (False, True):
        with create("mpi", 2, Conditions(collect_garbage=collect)) as executor:
            executor.start()
            seen[f"garbage {collect}"] = executor.each(tasks.garbage_is_collected)
            seen[f"workloads {collect}"] = run_workloads(executor)
    with create("mpi", 2, Conditions()) as executor:
        executor.start()
        seen["order"] = list(executor.map(tasks.double, range(50)))
        seen["errors"] = errors_of(executor)
        seen["each"] = [executor.each(tasks.who) for _ in range(5)]
        seen["counts"] = [count(executor) for _ in range(2)]
        seen["queue"] = queue_of(executor)
        seen["submitted"] = [submitted(executor) for _ in range(2)]
    sys.stdout.write(f"{json.dumps(seen)}\n")


if __name__ == "__main__":
    main()
