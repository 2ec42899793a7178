from __future__ import annotations

from pytest_speedup.model import Cell, cell_name


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
