from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.executors import SerialExecutor
from workloads import primes

LIMIT = 5_000


def sieve(limit: int) -> list[int]:
    """Find primes by the method of Eratosthenes, which shares nothing with trial division."""
    composite = {multiple for n in range(2, limit) for multiple in range(2 * n, limit, n)}
    return [n for n in range(2, limit) if n not in composite]


def test_trial_division_agrees_with_a_sieve() -> None:
    """On every number, squares of primes included."""
    assert [n for n in range(LIMIT) if primes.is_prime(n)] == sieve(LIMIT)


@given(st.integers(0, 500), st.integers(1, 40))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_every_number_is_in_one_chunk(limit: int, chunks: int) -> None:
    """None is left out, and none is counted twice."""
    cut = primes.interleaved(limit, chunks)
    assert len(cut) == chunks
    assert sorted(n for chunk in cut for n in chunk.numbers) == list(range(limit))


@pytest.mark.parametrize("size", ["quick", "default"])
@pytest.mark.parametrize("divisor", [2, 3, 5])
def test_chunks_share_cheap_numbers_equally(size: str, divisor: int) -> None:
    """Multiples of small primes are told at once: no chunk may have more of them."""
    cheap = [sum(n % divisor == 0 for n in chunk.numbers) for chunk in primes.SIZES[size]]
    assert max(cheap) - min(cheap) <= 1


def test_a_pause_comes_before_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the original slept; without a pause nobody sleeps."""
    slept: list[float] = []
    monkeypatch.setattr("workloads.primes.time.sleep", slept.append)
    assert primes.count(primes.Chunk(range(10), pause=0.25)) == 4
    assert primes.count(primes.Chunk(range(10))) == 4
    assert slept == [0.25]


def test_counts_come_in_the_order_of_the_chunks() -> None:
    """Each for its own chunk."""
    chunks = (primes.Chunk(range(100)), primes.Chunk(range(10)), primes.Chunk(range(0)))
    assert list(primes.counts(SerialExecutor(), chunks)) == [25, 4, 0]
