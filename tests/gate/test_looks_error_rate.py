from __future__ import annotations

import pytest

from pytest_speedup.gate import ErrorBudget


def test_cells_share_the_error_rate_equally() -> None:
    """Together they spend no more than the suite may."""
    budget = ErrorBudget(0.05, cells=10)
    spent = 0.0
    for _ in range(10):
        spent += budget.next_share
        budget.settle(red=False)
    assert spent == pytest.approx(0.05)


def test_a_red_cell_hands_its_share_on() -> None:
    """A true loss frees what was reserved for a false one."""
    budget = ErrorBudget(0.05, cells=10)
    budget.settle(red=True)
    assert budget.next_share == pytest.approx(0.01)
    budget.settle(red=True)
    assert budget.next_share == pytest.approx(0.015)


def test_the_chain_ends_with_a_cell_that_is_not_red() -> None:
    """What it had cannot be spent twice."""
    budget = ErrorBudget(0.05, cells=10)
    budget.settle(red=True)
    budget.settle(red=False)
    assert budget.next_share == pytest.approx(0.005)


def test_a_suite_of_no_cells_has_a_share() -> None:
    """Nothing is divided by nothing."""
    assert ErrorBudget(0.05, cells=0).next_share == 0.05
