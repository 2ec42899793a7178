from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.documents import fields

if TYPE_CHECKING:
    from collections.abc import Callable


def test_fields_are_what_they_are_read_as() -> None:
    """And nothing is rounded or turned into something else."""
    assert fields.text("ä, 😀") == "ä, 😀"
    assert fields.workers(65_536) == 65_536
    assert fields.number(1, 0, 1) == 1.0
    assert fields.seconds(1e-9) == 1e-9
    assert fields.switch(value=False) is False


@pytest.mark.parametrize(
    ("read", "value", "complaint"),
    [
        (fields.text, None, "None is no text"),
        (fields.text, "\ud800", "is no text"),
        (fields.text, "x" * 1_000_001, r"x\.\.\. is no text of at most 1000000"),
        (fields.workers, True, "True is no number of workers"),
        (fields.workers, 0, "a whole one from 1 to 65536"),
        (fields.workers, 65_537, "no number of workers"),
        (fields.workers, 2.0, "no number of workers"),
        (fields.seconds, 0, "0 is no number from 1e-09 to 1e.09"),
        (fields.seconds, True, "True is no number"),
        (fields.seconds, "1", "'1' is no number"),
        (fields.seconds, math.nan, "nan is no number"),
        (fields.seconds, math.inf, "inf is no number"),
        (fields.seconds, 10**400, "0... is no number"),
        (fields.switch, 1, "1 is neither true nor false"),
        (fields.switch, {"a": ["x"] * 99}, r"\{'a': \['x', .*\.\.\. is neither"),
    ],
)
def test_anything_else_is_refused(
    read: Callable[[object], object], value: object, complaint: str
) -> None:
    """With what it was, however long that is, in a short line."""
    with pytest.raises(ValueError, match=complaint) as error:
        read(value)
    assert len(str(error.value)) < 200
