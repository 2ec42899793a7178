from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import UnsuitableError
from pytest_speedup.executors import Conditions, SerialExecutor, create
from tests.executors.here import HERE
from tests.workloads.failing import fail_at_two
from workloads import consumers, counter, downloads, primes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.executors import Executor

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=HERE)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with create(request.param, 3, Conditions(import_main=False)) as one:
        one.start()
        yield one


def run_consumers(executor: Executor) -> list[str]:
    return sorted(consumers.run(executor, consumers.SIZES["quick"]))


COMPUTING = ("primes", "counter")

WORKLOADS: dict[str, Callable[[Executor], object]] = {
    "downloads": partial(downloads.run, load=downloads.SIZES["quick"]),
    "primes": partial(primes.run, chunks=primes.SIZES["quick"]),
    "counter": partial(counter.run, load=counter.SIZES["quick"]),
    "consumers": run_consumers,
}


@pytest.mark.parametrize("name", WORKLOADS)
def test_every_executor_returns_what_serial_code_does(executor: Executor, name: str) -> None:
    """Twice, since a run must not leave anything for the next."""
    if executor.name == "asyncio" and name in COMPUTING:
        pytest.skip("computing is not for an event loop")
    expected = WORKLOADS[name](SerialExecutor())
    assert [WORKLOADS[name](executor) for _ in range(2)] == [expected] * 2


@pytest.mark.parametrize("name", COMPUTING)
def test_computing_is_not_for_an_event_loop(name: str) -> None:
    """The reason names the function, and what to do where it does wait."""
    with create("asyncio", 3, Conditions()) as executor:
        reason = f"workloads.{name}.[a-z]+ is no coroutine.*where it waits, name its coroutine"
        with pytest.raises(UnsuitableError, match=reason):
            WORKLOADS[name](executor)


def test_downloads_arrive_in_order() -> None:
    """As they were asked for."""
    assert downloads.run(SerialExecutor(), downloads.Load(3, 0.0)) == ["item-0", "item-1", "item-2"]


@pytest.mark.parametrize(("limit", "count"), [(10, 4), (100, 25), (1000, 168), (10_000, 1229)])
@pytest.mark.parametrize("chunks", [1, 7, 31])
def test_primes_are_counted(limit: int, count: int, chunks: int) -> None:
    """As tabled, however the numbers are cut."""
    assert sum(primes.run(SerialExecutor(), primes.interleaved(limit, chunks))) == count


def test_small_numbers_are_no_primes_or_are() -> None:
    """The edges of trial division."""
    assert [n for n in range(-3, 26) if primes.is_prime(n)] == [2, 3, 5, 7, 11, 13, 17, 19, 23]


def test_chunks_of_primes_cost_the_same() -> None:
    """No worker is left with the large numbers, and none starves."""
    chunks = primes.SIZES["default"]
    totals = [sum(chunk.numbers) for chunk in chunks]
    assert max(totals) / min(totals) < 1.01
    assert len(chunks) >= 3 * 8


def test_the_counter_loses_nothing(executor: Executor) -> None:
    """Also where the increments cannot be shared equally."""
    if executor.name == "asyncio":
        pytest.skip("computing is not for an event loop")
    assert counter.run(executor, counter.Load(1001)) == 1001


def test_every_item_is_consumed_once(executor: Executor) -> None:
    """In no special order."""
    done = consumers.run(executor, consumers.Load(20, 0.0))
    assert sorted(done) == sorted(f"task-{item}" for item in range(20))


def test_a_consumer_that_raises_does_not_hang_the_others(executor: Executor) -> None:
    """Its error reaches the caller, with the queue empty for the next run."""
    with pytest.raises(ValueError, match="item 2"):
        consumers.run(executor, consumers.Load(10, 0.001), fail_at_two)
    assert len(consumers.run(executor, consumers.Load(10, 0.0))) == 10


@pytest.mark.parametrize("module", [downloads, primes, counter, consumers])
def test_sizes_grow(module: object) -> None:
    """Every workload has the three."""
    assert list(vars(module)["SIZES"]) == ["quick", "default", "seed"]


def test_the_seed_sizes_are_the_original_ones() -> None:
    """What the demonstrations show."""
    assert downloads.SIZES["seed"] == (10, 0.4)
    seed = primes.SIZES["seed"]
    assert [chunk.numbers.stop for chunk in seed] == [150_000, 155_000, 160_000, 165_000]
    assert {chunk.pause for chunk in seed} == {0.05}
    assert counter.SIZES["seed"] == counter.Load(5 * 100_000)
    assert consumers.SIZES["seed"] == (5, 0.1)


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_workloads_do_not_load_pytest() -> None:
    """They run wherever Python does."""
    code = "import sys, workloads; print('pytest' in sys.modules, 'rich' in sys.modules)"
    assert run_python("-c", code).stdout.split() == ["False", "False"]


def test_the_demonstrations_show_every_workload() -> None:
    """Lines as they arrive, elapsed times, counts and the unordered results."""
    result = run_python("-m", "workloads", "--size", "quick")
    lines = result.stdout.splitlines()
    assert result.returncode == 0, result.stderr
    assert lines[0] == f"logical CPUs: {os.cpu_count()}"
    assert "  received item-0" in lines
    assert "  primes below 2000: 303" in lines
    assert "  Counter = 1000 (expected 1000)" in lines
    pair = re.compile(r"  \('worker-[0-2]', 'task-[0-7]'\)")
    pairs = [line.strip() for line in lines if pair.fullmatch(line)]
    assert len({pair.partition(", ")[2] for pair in pairs}) == len(pairs) == 8
    assert f"  unordered results: [{', '.join(pairs)}]" in lines
    assert sum("elapsed:" in line for line in lines) == 4


def test_one_demonstration_can_be_chosen() -> None:
    """By its name; another name is refused with the known ones."""
    assert "Counter = 1000" in run_python("-m", "workloads", "counter", "--size=quick").stdout
    refused = run_python("-m", "workloads", "poetry")
    assert refused.returncode == 2
    assert "invalid choice: 'poetry'" in refused.stderr
