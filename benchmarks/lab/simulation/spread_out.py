"""Simulated suites spread over processes; what comes out does not depend on how many."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

R = TypeVar("R")

CHUNKS = 16
"""Portions of work for each process: suites differ in how long they take."""


class Runner(Protocol):
    """Runs a function on seeds."""

    def __call__(self, function: Callable[[int], R], seeds: Sequence[int], /) -> list[R]:
        """Run it on each, and return what it returns in their order."""


@contextmanager
def runner(jobs: int) -> Iterator[Runner]:
    """Run functions in so many processes; with one in this process."""
    if jobs == 1:
        yield _here
        return
    with ProcessPoolExecutor(jobs) as pool:

        def run(function: Callable[[int], R], seeds: Sequence[int], /) -> list[R]:
            chunk = max(1, len(seeds) // (CHUNKS * jobs))
            return list(pool.map(function, seeds, chunksize=chunk))

        yield run


def seeds_of(seed: int, name: str, count: int) -> list[int]:
    """Draw seeds of suites: those of one scenario do not depend on which others are simulated."""
    random = Random(f"{seed} {name}")
    return [random.getrandbits(48) for _ in range(count)]


def _here(function: Callable[[int], R], seeds: Sequence[int], /) -> list[R]:
    return [function(seed) for seed in seeds]
