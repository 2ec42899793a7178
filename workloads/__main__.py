"""``python -m workloads``: each workload as a demonstration."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

from pytest_speedup import ProcessExecutor, SpeedupError, ThreadExecutor
from workloads import consumers, counter, downloads, primes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup import Queue

MAX_WORKERS = 1_024
"""Of a demonstration: a machine can start no end of processes."""


def say(line: str) -> None:
    """Print a line at once, for whoever watches it arrive."""
    sys.stdout.write(f"{line}\n")  # in one piece, since several threads write
    sys.stdout.flush()


def show_downloads(size: str, workers: int) -> None:
    """Downloads on threads: they wait side by side."""
    with ThreadExecutor(workers) as executor:
        for arrived in downloads.arrivals(executor, downloads.SIZES[size]):
            say(f"  received {arrived}")


def show_primes(size: str, workers: int) -> None:
    """Primes on spawned processes: each has an interpreter, and a GIL, of its own.

    Of the seed's size there are as many inputs as workers.
    """
    chunks = primes.overlapping(workers) if size == "seed" else primes.SIZES[size]
    total = 0
    with ProcessExecutor(workers) as executor:
        executor.start()  # all of them, however quick the first is
        for chunk, found in zip(chunks, primes.counts(executor, chunks), strict=True):
            total += found
            if chunk.numbers.step == 1:
                say(f"  primes below {chunk.numbers.stop}: {found}")
    if chunks[0].numbers.step != 1:
        say(f"  primes below {chunks[0].numbers.stop}: {total}")


def show_counter(size: str, workers: int) -> None:
    """The counter on threads: no increment is lost."""
    load = counter.SIZES[size]
    with ThreadExecutor(workers) as executor:
        say(f"  Counter = {counter.run(executor, load)} (expected {load.increments})")


class Arrivals:
    """Who handled what, in the order of arrival, each told as it comes."""

    def __init__(self) -> None:
        """Begin with none."""
        self.pairs: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def add(self, worker: str, task: str) -> None:
        """Note that a worker has handled a task, and tell it before another one arrives."""
        with self._lock:
            self.pairs.append((worker, task))
            say(f"  {(worker, task)}")

    def consume(
        self, queue: Queue, seconds: float, handler: consumers.Handler, number: int
    ) -> list[str]:
        """Be the consumer of that number: handle items until the queue ends."""
        done = []
        for task in consumers.handled(queue, seconds, handler):
            self.add(f"worker-{number}", task)
            done.append(task)
        return done


def show_consumers(size: str, workers: int) -> None:
    """Consumers on threads: results come in no special order."""
    arrivals = Arrivals()
    with ThreadExecutor(workers) as executor:
        consumers.run(executor, consumers.SIZES[size], consumers.handle, arrivals.consume)
    say(f"  unordered results: {arrivals.pairs}")


DEMONSTRATIONS = {
    "downloads": show_downloads,
    "primes": show_primes,
    "counter": show_counter,
    "consumers": show_consumers,
}


def usual_workers(name: str) -> int:
    """Say how many workers a demonstration has unless the user chooses."""
    usual = {"downloads": 5, "counter": 5, "consumers": 3}
    return usual[name] if name in usual else os.cpu_count() or 1


def read_workers(text: str) -> int:
    """Read a number of workers.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        count = int(text)
    except ValueError:
        count = 0
    if not 1 <= count <= MAX_WORKERS:
        message = f"{text!r} is no number of workers, a whole one from 1 to {MAX_WORKERS}"
        raise argparse.ArgumentTypeError(message)
    return count


def read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; argparse leaves by itself where it is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m workloads", description="Show each workload as a demonstration."
    )
    parser.add_argument(
        "name", nargs="?", choices=DEMONSTRATIONS, help="one workload; default: all"
    )
    parser.add_argument("--size", choices=downloads.SIZES, default="seed", help="default: seed")
    parser.add_argument(
        "--workers",
        type=read_workers,
        metavar="NUMBER",
        help="default: one for each logical CPU for primes, and 3 or 5 for the others; "
        "primes of the size seed have as many inputs",
    )
    return parser.parse_args(arguments)


def show(name: str, size: str, workers: int) -> None:
    """Show a workload, with the seconds that it took.

    Raises:
        SpeedupError: it cannot run here.
    """
    say(f"{name} ({size}, {workers} workers)")
    start = time.perf_counter()
    DEMONSTRATIONS[name](size, workers)
    say(f"  elapsed: {time.perf_counter() - start:.2f} s")


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the workloads that were asked for; return the exit code."""
    options = read_options(arguments)
    try:
        say(f"logical CPUs: {os.cpu_count()}")
        for name in [options.name] if options.name else DEMONSTRATIONS:
            show(name, options.size, options.workers or usual_workers(name))
    except SpeedupError as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 1
    except BrokenPipeError:  # whoever watched has gone, as with "| head"
        # What Python flushes at its end goes nowhere, and raises nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


# Spawned workers import this module again, on Windows always: only the parent may start work.
if __name__ == "__main__":
    sys.exit(main())
