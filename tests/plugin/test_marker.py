from __future__ import annotations

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.plugin.cells import Marks, read_marker


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
