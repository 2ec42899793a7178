"""Checking what a workload returned against what it returned serially."""

from __future__ import annotations

from pytest_speedup.errors import SpeedupError, WrongResultError
from pytest_speedup.measurement.equality import same


def refuse_wrong(name: str, result: object, expected: object) -> None:
    """Refuse what a workload returned if serial code returns something else.

    Args:
        name: workload and cell.
        result: what it returned on an executor.
        expected: what serial code returned.

    Raises:
        WrongResultError: it does, or nobody can say.
    """
    try:
        if same(result, expected):
            return
    except SpeedupError as error:
        message = f"{name}: {error}"
        raise WrongResultError(message) from error
    message = (
        f"{name} returned a wrong result.\n"
        f"expected, as from serial code: {_short(expected)}\n"
        f"got: {_short(result)}"
    )
    raise WrongResultError(message)


def _short(value: object, limit: int = 200) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
