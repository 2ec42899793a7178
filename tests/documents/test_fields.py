from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from pytest_speedup import documents

if TYPE_CHECKING:
    from collections.abc import Callable


def test_fields_are_what_they_are_read_as() -> None:
    """And nothing is rounded or turned into something else."""
    assert documents.text("ä, 😀") == "ä, 😀"
    assert documents.workers(65_536) == 65_536
    assert documents.number(1, 0, 1) == 1.0
    assert documents.seconds(1e-9) == 1e-9
    assert documents.switch(value=False) is False


@pytest.mark.parametrize(
    ("read", "value", "complaint"),
    [
        (documents.text, None, "None is no text"),
        (documents.text, "\ud800", "is no text"),
        (documents.text, "x" * 1_000_001, r"x\.\.\. is no text of at most 1000000"),
        (documents.workers, True, "True is no number of workers"),
        (documents.workers, 0, "a whole one from 1 to 65536"),
        (documents.workers, 65_537, "no number of workers"),
        (documents.workers, 2.0, "no number of workers"),
        (documents.seconds, 0, "0 is no number from 1e-09 to 1e.09"),
        (documents.seconds, True, "True is no number"),
        (documents.seconds, "1", "'1' is no number"),
        (documents.seconds, math.nan, "nan is no number"),
        (documents.seconds, math.inf, "inf is no number"),
        (documents.seconds, 10**400, "0... is no number"),
        (documents.switch, 1, "1 is neither true nor false"),
        (documents.switch, {"a": ["x"] * 99}, r"\{'a': \['x', .*\.\.\. is neither"),
    ],
)
def test_anything_else_is_refused(
    read: Callable[[object], object], value: object, complaint: str
) -> None:
    """With what it was, however long that is, in a short line."""
    with pytest.raises(ValueError, match=complaint) as error:
        read(value)
    assert len(str(error.value)) < 200
