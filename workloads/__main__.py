"""``python -m workloads``: each workload as a demonstration."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING

from pytest_speedup import ProcessExecutor, SpeedupError, ThreadExecutor
from workloads import consumers, counter, downloads, primes

if TYPE_CHECKING:
    from collections.abc import Sequence

DEMONSTRATION_WORKERS = {"downloads": 5, "primes": 4, "counter": 5, "consumers": 3}


def say(line: str) -> None:
    """Print a line at once, for whoever watches it arrive."""
    sys.stdout.write(f"{line}\n")  # in one piece, since several threads write
    sys.stdout.flush()


def show_downloads(size: str) -> None:
    """Downloads on threads: they wait side by side."""
    with ThreadExecutor(DEMONSTRATION_WORKERS["downloads"]) as executor:
        for arrived in downloads.arrivals(executor, downloads.SIZES[size]):
            say(f"  {arrived}")


def show_primes(size: str) -> None:
    """Primes on spawned processes: each has an interpreter, and a GIL, of its own."""
    chunks = primes.SIZES[size]
    total = 0
    with ProcessExecutor(DEMONSTRATION_WORKERS["primes"]) as executor:
        for chunk, found in zip(chunks, primes.counts(executor, chunks), strict=True):
            total += found
            if chunk.numbers.step == 1:
                say(f"  primes below {chunk.numbers.stop}: {found}")
    if chunks[0].numbers.step != 1:
        say(f"  primes below {chunks[0].numbers.stop}: {total}")


def show_counter(size: str) -> None:
    """The counter on threads: no increment is lost."""
    load = counter.SIZES[size]
    with ThreadExecutor(DEMONSTRATION_WORKERS["counter"]) as executor:
        say(f"  Counter = {counter.run(executor, load)} (expected {load.increments})")


def handle_aloud(item: int, seconds: float) -> str:
    """Handle an item and tell so."""
    done = consumers.handle(item, seconds)
    say(f"  {done} handled")
    return done


def show_consumers(size: str) -> None:
    """Consumers on threads: results come in no special order."""
    with ThreadExecutor(DEMONSTRATION_WORKERS["consumers"]) as executor:
        done = consumers.run(executor, consumers.SIZES[size], handle_aloud)
    say(f"  unordered results: {', '.join(done)}")


DEMONSTRATIONS = {
    "downloads": show_downloads,
    "primes": show_primes,
    "counter": show_counter,
    "consumers": show_consumers,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the workloads that were asked for; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m workloads", description="Show each workload as a demonstration."
    )
    parser.add_argument(
        "name", nargs="?", choices=DEMONSTRATIONS, help="one workload; default: all"
    )
    parser.add_argument("--size", choices=downloads.SIZES, default="seed", help="default: seed")
    options = parser.parse_args(arguments)
    names = [options.name] if options.name else list(DEMONSTRATIONS)
    say(f"logical CPUs: {os.cpu_count()}")
    for name in names:
        say(f"{name} ({options.size}, {DEMONSTRATION_WORKERS[name]} workers)")
        start = time.perf_counter()
        try:
            DEMONSTRATIONS[name](options.size)
        except SpeedupError as error:
            sys.stderr.write(f"{name}: {error}\n")
            return 1
        say(f"  elapsed: {time.perf_counter() - start:.2f} s")
    return 0


# Spawned workers import this module again, on Windows always: only the parent may start work.
if __name__ == "__main__":
    sys.exit(main())
