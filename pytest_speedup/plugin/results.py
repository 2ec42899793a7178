"""Checking what a workload returned against what it returned serially."""

from __future__ import annotations

import pytest


def refuse_wrong(name: str, result: object, expected: object) -> None:
    """Fail the test whose workload returned something else.

    Args:
        name: workload and cell.
        result: what it returned on an executor.
        expected: what serial code returned.
    """
    if result == expected:
        return
    message = (
        f"{name} returned a wrong result.\n"
        f"expected, as from serial code: {_short(expected)}\n"
        f"got: {_short(result)}"
    )
    pytest.fail(message, pytrace=False)


def _short(value: object, limit: int = 200) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
