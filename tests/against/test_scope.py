"""Which cells of the base a run was to measure."""

from __future__ import annotations

from pytest_speedup.against import Scope

CELL = "tests/test_a.py::test_a[thread-2]"


def test_all_is_taken_in_unless_something_was_selected() -> None:
    assert Scope().takes_in(CELL)


def test_names_take_in_what_begins_like_them_in_their_file() -> None:
    """Of other files all is taken in: their paths were given whole."""
    assert Scope(names=("tests/test_a.py::test_a",)).takes_in(CELL)
    assert not Scope(names=("tests/test_a.py::test_ab",)).takes_in(CELL)
    assert not Scope(names=("tests/test_a.py::test_a[process-2]",)).takes_in(CELL)
    assert Scope(names=("tests/test_b.py::test_b",)).takes_in(CELL)


def test_what_was_deselected_or_ignored_is_not() -> None:
    """By its id, the test, the file or a folder."""
    for left_out in (CELL, "tests/test_a.py::test_a", "tests/test_a.py", "tests"):
        assert not Scope(left_out=(left_out,)).takes_in(CELL)
    assert Scope(left_out=("tests/test_aa.py", "test")).takes_in(CELL)
