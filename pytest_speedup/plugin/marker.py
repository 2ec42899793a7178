"""The marker ``@pytest.mark.speedup(...)``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from pytest_speedup.documents.fields import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.plugin.parsing import check_executors, check_workers

MOST = 1e6
"""Of a speedup that a test demands."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a test says about its own cells; None where it says nothing.

    Attributes:
        executors: the executors it runs on.
        workers: the worker counts it runs with.
        rounds: how many paired rounds are measured.
        margin: loss of speedup, as a fraction of the baseline's, that is still accepted; for
            all cells, or by the name of the cell, such as ``{"process-4": 0.2}``.
        at_least: speedup that every cell must reach, whatever the baseline.
        at_least_of_ceiling: share of the measured ceiling that every cell must reach, likewise.
    """

    executors: tuple[str, ...] | None = None
    workers: tuple[int, ...] | None = None
    rounds: int | None = None
    margin: float | Mapping[str, float] | None = None
    at_least: float | None = None
    at_least_of_ceiling: float | None = None

    def margin_of(self, cell_name: str, default: float) -> float:
        """Look up the margin of one cell."""
        if isinstance(self.margin, Mapping):
            return self.margin.get(cell_name, default)
        return default if self.margin is None else self.margin


def read_marker(args: Sequence[object], kwargs: Mapping[str, object]) -> Marks:
    """Check the arguments of the marker.

    Raises:
        SpeedupError: an argument is unknown, or its value is not valid.
    """
    known = [field.name for field in fields(Marks)]
    unknown = [brief(name) for name in kwargs if name not in known] + [brief(arg) for arg in args]
    if unknown:
        message = (
            f"@pytest.mark.speedup: unknown argument {', '.join(unknown)}; "
            f"it takes the keywords {', '.join(known)}"
        )
        raise SpeedupError(message)
    try:
        return Marks(
            executors=check_executors(_many(kwargs["executors"]))
            if "executors" in kwargs
            else None,
            workers=check_workers(_many(kwargs["workers"])) if "workers" in kwargs else None,
            rounds=_rounds(kwargs["rounds"]) if "rounds" in kwargs else None,
            margin=_margins(kwargs["margin"]) if "margin" in kwargs else None,
            at_least=_floor("at_least", kwargs),
            at_least_of_ceiling=_floor("at_least_of_ceiling", kwargs),
        )
    except SpeedupError as error:
        message = f"@pytest.mark.speedup: {error}"
        raise SpeedupError(message) from error


def _many(value: object) -> list[object]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return [value]


def _rounds(value: object) -> int:
    if type(value) is not int or value < 1:
        message = f"rounds is a whole number from 1; got {brief(value)}"
        raise SpeedupError(message)
    return value


def _margins(value: object) -> float | Mapping[str, float]:
    if isinstance(value, Mapping):
        return {str(name): _margin(margin) for name, margin in value.items()}
    return _margin(value)


def _margin(value: object) -> float:
    if not isinstance(value, int | float) or not 0 < value < 1:
        message = f"margin is a fraction between 0 and 1, such as 0.1; got {brief(value)}"
        raise SpeedupError(message)
    return float(value)


def _floor(name: str, kwargs: Mapping[str, object]) -> float | None:
    value = kwargs.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or not 0 < value <= MOST:
        message = f"{name} is a positive number, such as 0.8; got {brief(value)}"
        raise SpeedupError(message)
    return float(value)
