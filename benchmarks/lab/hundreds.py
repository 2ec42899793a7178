"""Hundreds of workers that sleep: ``pytest benchmarks/lab/hundreds.py --benchmark-only``.

pytest does not collect this file by itself: its serial side takes seconds. Threads and coroutines
are what one takes hundreds of.
"""

import pytest

from benchmarks.lab.peak_memory import peak_memory
from pytest_speedup import Speedup
from workloads import downloads

LOAD = downloads.Load(items=512, seconds=0.005)
MEMORY = 2_000_000_000
"""Bytes that all of it may take."""


@pytest.mark.speedup(executors=["thread", "asyncio"], workers=[32, 128, 512], rounds=3)
def test_hundreds(speedup: Speedup) -> None:
    speedup(downloads.run, LOAD)


@pytest.mark.benchmark(disable_gc=False)
def test_memory(benchmark: object) -> None:
    assert benchmark
    peak = peak_memory()
    print(f"peak memory: {peak / 1e6:.0f} MB")
    assert peak < MEMORY
