"""From the marker to cells: what is measured, and what cells share."""

from __future__ import annotations

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import Floors
from pytest_speedup.plugin.cells import (
    Marks,
    is_cell,
    read_marker,
    shared_by,
    workload_of,
)


def test_no_argument_says_nothing() -> None:
    """A bare marker changes nothing."""
    assert read_marker([], {}) == Marks()


def test_single_values_need_no_list() -> None:
    """``executors="thread"`` reads as it is meant."""
    marks = read_marker([], {"executors": "thread", "workers": 4})
    assert (marks.executors, marks.workers) == (("thread",), (4,))


def test_margins_go_by_cell() -> None:
    """A cell that is not named keeps the margin of the run."""
    marks = read_marker([], {"margin": {"process-4": 0.3}})
    assert marks.margin_of("process-4", 0.1) == 0.3
    assert marks.margin_of("thread-4", 0.1) == 0.1
    assert read_marker([], {"margin": 0.2}).margin_of("thread-4", 0.1) == 0.2
    assert Marks().margin_of("thread-4", 0.1) == 0.1


def test_floors_are_read() -> None:
    """They are numbers above zero."""
    marks = read_marker([], {"at_least": 3, "at_least_of_ceiling": 0.8})
    assert (marks.at_least, marks.at_least_of_ceiling) == (3.0, 0.8)
    assert read_marker([], {"peak": 4}).floors == Floors(peak=4)
    of_tasks = {"tasks_per_second": 5e6, "p50": 0.01, "p95": 1}
    assert read_marker([], of_tasks).floors == Floors(tasks_per_second=5e6, p50=0.01, p95=1.0)
    assert Marks().floors == Floors()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"worker": 2}, "unknown argument 'worker'; it takes the keywords executors, workers"),
        ({"executors": ["fiber"]}, "unknown executor 'fiber'"),
        ({"workers": [0]}, "got 0"),
        ({"workers": [True]}, "got True"),
        ({"rounds": 0}, "rounds is a whole number from 1; got 0"),
        ({"margin": 1.5}, "margin is a fraction between 0 and 1"),
        ({"margin": {"thread-2": "10%"}}, "got '10%'"),
        ({"at_least": 0}, "at_least is a positive number"),
        ({"at_least_of_ceiling": "much"}, "got 'much'"),
        ({"peak": 0}, "peak is a whole number from 1; got 0"),
        ({"peak": 2.0}, "peak is a whole number from 1; got 2.0"),
        ({"peak": True}, "peak is a whole number from 1; got True"),
        ({"peak": 10**9}, "peak is a whole number from 1; got 1000000000"),
        ({"peak": None}, "peak is a whole number from 1; got None"),
        ({"tasks_per_second": 0}, "tasks_per_second is a positive number, such as 500; got 0"),
        ({"p50": "10 ms"}, "p50 is a positive number, such as 0.02 seconds; got '10 ms'"),
        ({"p95": -1}, "p95 is a positive number, such as 0.02 seconds; got -1"),
    ],
)
def test_wrong_arguments_are_refused_by_name(arguments: dict[str, object], complaint: str) -> None:
    """A misspelt argument must not silently gate nothing."""
    with pytest.raises(SpeedupError) as error:
        read_marker([], arguments)
    assert complaint in str(error.value)
    assert str(error.value).startswith("@pytest.mark.speedup: ")


def test_positional_arguments_are_refused() -> None:
    """Their meaning would be a guess."""
    with pytest.raises(SpeedupError, match="unknown argument 4;"):
        read_marker([4], {})


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
