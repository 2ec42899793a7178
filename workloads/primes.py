"""Primes: computing, by trial division."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup import Executor


class Chunk(NamedTuple):
    """One task.

    Attributes:
        numbers: the numbers among which primes are counted.
        pause: seconds of sleep before counting.
    """

    numbers: range
    pause: float = 0.0


def interleaved(limit: int, chunks: int) -> tuple[Chunk, ...]:
    """Cut the numbers below ``limit`` into chunks that cost the same.

    Each chunk takes every ``chunks``-th number, so that all have as many large numbers. For all
    to have as many even ones, or multiples of three, ``chunks`` is a prime.
    """
    return tuple(Chunk(range(start, limit, chunks)) for start in range(chunks))


def overlapping(inputs: int) -> tuple[Chunk, ...]:
    """Make inputs of which each is the whole of the numbers below another limit.

    The first ends at 150,000, each of the others 5,000 later; a pause comes before each.
    """
    return tuple(Chunk(range(150_000 + i * 5_000), pause=0.05) for i in range(inputs))


SIZES = {
    "quick": interleaved(2_000, chunks=31),
    "default": interleaved(60_000, chunks=31),
    "seed": overlapping(4),
}
"""Tasks by size. The total does not depend on how many workers share it, or on the machine."""


def is_prime(number: int) -> bool:
    """Whether a number is prime: trial division by odd numbers up to the square root."""
    if number < 2:  # noqa: PLR2004 - the smallest prime
        return False
    if number % 2 == 0:
        return number == 2  # noqa: PLR2004 - the only even prime
    return all(number % divisor for divisor in range(3, math.isqrt(number) + 1, 2))


def count(chunk: Chunk) -> int:
    """Count the primes of one chunk."""
    if chunk.pause:
        time.sleep(chunk.pause)
    return sum(map(is_prime, chunk.numbers))


def counts(executor: Executor, chunks: tuple[Chunk, ...]) -> Iterator[int]:
    """Count the primes of each chunk, and yield the counts in the chunks' order."""
    return executor.map(count, chunks)


def run(executor: Executor, chunks: tuple[Chunk, ...]) -> list[int]:
    """Count the primes of all chunks."""
    return list(counts(executor, chunks))
