from __future__ import annotations

import pytest

from pytest_speedup.model import (
    PARALLEL,
    SERIAL,
    Bound,
    Cell,
    Cpus,
    Estimate,
    Round,
    Samples,
    Summary,
    Turn,
    cell_name,
)


def make_cell(workload: str) -> Cell:
    return Cell(f"{workload}[thread-4]", workload, "thread", 4, "default")


def test_a_cell_is_named_by_executor_and_workers() -> None:
    """The name is the one in test ids: executor, dash, workers."""
    assert cell_name("process", 12) == "process-12"
    assert make_cell("benchmarks/test_work.py::test_primes").name == "thread-4"


def test_a_title_is_the_tests_own_name() -> None:
    """File, class and the prefix of tests say nothing about the workload."""
    assert make_cell("benchmarks/test_work.py::TestAll::test_primes").title == "primes"


def test_a_title_keeps_the_tests_own_parameters() -> None:
    """They tell workloads of one function apart."""
    assert make_cell("benchmarks/test_work.py::test_sum[test_big]").title == "sum[test_big]"


@pytest.mark.parametrize(
    ("cpus", "effective"),
    [
        (Cpus(logical=8, affinity=4, quota=2.5), 2.5),
        (Cpus(logical=8, affinity=2, quota=2.5), 2),
        (Cpus(logical=2, affinity=4, quota=6.0), 2),
        (Cpus(logical=8, affinity=None, quota=None), 8),
        (Cpus(logical=8, affinity=4, quota=None), 4),
        (Cpus(logical=8, affinity=None, quota=0.5), 0.5),
    ],
)
def test_the_smallest_limit_counts(cpus: Cpus, effective: float) -> None:
    """A limit that is not set limits nothing; half a CPU is less than one."""
    assert cpus.effective == effective


ROUND = Round((Turn(PARALLEL, 0.25), Turn(SERIAL, 1.0), Turn(PARALLEL, 0.5)))


def test_an_arm_has_its_own_turns_in_the_order_in_which_they_ran() -> None:
    """Turns of the other arm in between are left out."""
    assert ROUND.seconds(PARALLEL) == (0.25, 0.5)
    assert ROUND.seconds(SERIAL) == (1.0,)


def test_an_arm_that_did_not_run_has_no_turns() -> None:
    """A cell without kernel is told by this."""
    assert ROUND.seconds("kernel parallel") == ()


def test_the_total_takes_in_every_turn() -> None:
    """The seconds of both arms add up."""
    assert ROUND.total == pytest.approx(1.75)


CELL = Cell("test_work[thread-2]", "test_work", "thread", 2, "default")
SAMPLES = Samples(CELL, (), None, 0.1, Bound.CPU, oversubscribed=False)
SPEEDUP = Estimate(value=1.5, low=1.2, high=1.8, confidence=0.95)
CEILING = Estimate(value=2.0, low=1.6, high=2.5, confidence=0.95)


def test_efficiency_compares_point_estimates() -> None:
    """A speedup of 1.5 under a ceiling of 2 is three quarters, however wide the intervals."""
    assert Summary(SAMPLES, SPEEDUP, CEILING).efficiency == pytest.approx(0.75)


def test_the_efficiency_of_one_worker_is_its_speedup() -> None:
    """Without a ceiling, one is the most that can be had."""
    assert Summary(SAMPLES, SPEEDUP, None).efficiency == pytest.approx(1.5)
