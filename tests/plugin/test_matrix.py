"""What a cell shares with the other cells of its workload."""

from __future__ import annotations

import pytest

from pytest_speedup.plugin.cells import is_cell, shared_by, workload_of

TESTS = """
import pytest

@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("item", [None, 0.5, lambda: 1])
def test_work(speedup, item, size):
    pass

def test_count(speedup, speedup_workers):
    pass

@pytest.fixture
def tasks(speedup_executor):
    return speedup_executor

def test_tasks(speedup, tasks):
    pass

def test_plain():
    pass
"""


@pytest.fixture
def cells(pytester: pytest.Pytester) -> dict[str, pytest.Function]:
    pytester.makeini(
        "[pytest]\nspeedup_executors = serial,thread\nspeedup_workers = 2\naddopts = -pno:xdist\n"
    )
    return {one.name: one for one in pytester.getitems(TESTS) if is_cell(one)}


def test_cells_of_a_workload_share_all_but_executor_and_count(
    cells: dict[str, pytest.Function],
) -> None:
    """Whatever pytest numbers them by: parameters without a hash get a new number in each cell."""
    values = [f"{item}-{size}" for item in ("None", "0.5", "<lambda>") for size in (1, 2)]
    shared = {
        value: {shared_by(cells[f"test_work[{cell}-{value}]"]) for cell in ("serial-1", "thread-2")}
        for value in values
    }
    assert {len(names) for names in shared.values()} == {1}
    assert len(set.union(*shared.values())) == len(values)


def test_cells_whose_test_takes_the_count_or_the_executor_share_nothing(
    cells: dict[str, pytest.Function],
) -> None:
    """Itself, or by a fixture: its arguments may be others in each."""
    for test in ("test_count", "test_tasks"):
        serial, parallel = (cells[f"{test}[{cell}]"] for cell in ("serial-1", "thread-2"))
        assert workload_of(serial) == workload_of(parallel)
        assert shared_by(serial) != shared_by(parallel)
