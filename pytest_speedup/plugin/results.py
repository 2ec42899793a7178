"""Checking what a workload returned against what it returned serially."""

from __future__ import annotations

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.measurement import same


def refuse_wrong(name: str, result: object, expected: object) -> None:
    """Fail the test whose workload returned something else.

    Args:
        name: workload and cell.
        result: what it returned on an executor.
        expected: what serial code returned.
    """
    try:
        if same(result, expected):
            return
    except SpeedupError as error:
        pytest.fail(f"{name}: {error}", pytrace=False)
    message = (
        f"{name} returned a wrong result.\n"
        f"expected, as from serial code: {_short(expected)}\n"
        f"got: {_short(result)}"
    )
    pytest.fail(message, pytrace=False)


def _short(value: object, limit: int = 200) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
