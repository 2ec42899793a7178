from __future__ import annotations

import json
import math
from typing import Any

import pytest

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.losses.stored import read_stacks, write_stacks
from tests.stacks import make_stack

STACK = make_stack({Loss.GIL: 0.5, Loss.SERIAL: -0.25})


def written(**changes: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    return [{**json.loads(json.dumps(write_stacks([STACK])))[0], **changes}]


def test_stacks_are_read_as_they_were_written() -> None:
    """Through JSON."""
    assert read_stacks(written()) == (STACK,)


@pytest.mark.parametrize(
    "changes",
    [
        {"ideal": 0},
        {"ideal": math.inf},
        {"workers": "many"},
        {"losses": {"unheard of": 1.0}},
        {"losses": {"GIL": -2.0}},
        {"losses": {"GIL": math.nan}},
        {"losses": []},
        {"counts": {}},
        {"counts": {"pools": "x"}},
        {"counts": None},
    ],
)
def test_what_is_no_stack_is_refused(changes: dict[str, Any]) -> None:
    """With an error that the reader of a saved cell turns into one line."""
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        read_stacks(written(**changes))
