"""The serial run that tells what to expect of a workload, and whether others returned the same.

The same: threads sum floats in another order than serial code does, an array has no single truth
value, and NaN is not equal to itself: none of these is a wrong result.

Warming up: after idling, a core can run at half its speed for some 170 ms. A computing cell that is
timed right after a sleeping one would measure that ramp.
"""

from __future__ import annotations

import cmath
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.clock import Timed, now, timed
from pytest_speedup.errors import SpeedupError, WrongResultError
from pytest_speedup.model import Bound
from pytest_speedup.platforms import cpu_clock_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

R = TypeVar("R")

COMPUTING = 0.2
"""Share of CPU time in a serial run from which a workload counts as computing.

Low, since a neighbour can take most of a core from a workload that does nothing but compute.
"""


def bound_of(reference: Timed[R]) -> Bound:
    """Tell by a serial run."""
    computing = reference.cpu_seconds >= COMPUTING * reference.seconds
    return Bound.CPU if computing else Bound.WAIT


TOLERANCE = 1e-9
"""Relative difference of floats that the order of a sum explains."""

EXACT = (str, bytes, bytearray, range, bool, int)
"""Types whose values are equal or not, with nothing in between."""


def same(one: object, other: object) -> bool:
    """Tell whether a result is what serial code returned.

    Floats may differ by the order of a sum, NaN equals NaN, arrays and frames are compared by what
    they hold, and containers part by part.

    Raises:
        SpeedupError: the values cannot be compared.
    """
    if one is other:
        return True
    if isinstance(one, EXACT) and isinstance(other, EXACT):
        return one == other
    if _is_number(one) and _is_number(other):
        return _same_number(one, other)
    if _is_array(one) or _is_array(other):
        return _same_array(one, other)
    if type(one) is not type(other) and not _alike(one, other):
        return _equal(one, other)
    return _same_parts(one, other)


def _same_parts(one: Any, other: Any) -> bool:  # noqa: ANN401 - whatever workloads return
    if hasattr(one, "equals") and callable(one.equals):  # frames, series, tables
        return bool(one.equals(other))
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, AbstractSet):
        return _equal(one, other)
    if isinstance(one, Sequence):
        return len(one) == len(other) and all(map(same, one, other))
    if is_dataclass(one):
        return all(same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one))
    return _equal(one, other)


def _alike(one: object, other: object) -> bool:
    """Whether two values of different types are of one kind, such as a dict and a defaultdict."""
    kinds = (Mapping, AbstractSet, list, tuple)
    return any(isinstance(one, kind) and isinstance(other, kind) for kind in kinds)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | complex)


def _same_number(one: Any, other: Any) -> bool:  # noqa: ANN401 - a number
    if cmath.isnan(one) or cmath.isnan(other):
        return cmath.isnan(one) and cmath.isnan(other)
    return cmath.isclose(one, other, rel_tol=TOLERANCE)


def _is_array(value: object) -> bool:
    return hasattr(value, "__array__") and hasattr(value, "dtype") and hasattr(value, "shape")


def _same_array(one: Any, other: Any) -> bool:  # noqa: ANN401 - an array, of whatever library
    if not (_is_array(one) and _is_array(other)):
        one, other = (each.tolist() if _is_array(each) else each for each in (one, other))
        return same(one, other)
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if getattr(one.dtype, "kind", "O") in "fcO":
        return same(one.tolist(), other.tolist())
    return bool((one == other).all())


def _equal(one: object, other: object) -> bool:
    try:
        equal = bool(one == other)
    except Exception as error:
        kind = type(one).__name__
        message = (
            f"results of type {kind} cannot be compared ({type(error).__name__}: {error}): return "
            "numbers, text, arrays or containers of them"
        )
        raise SpeedupError(message) from error
    if not equal and type(one) is type(other) and type(one).__eq__ is object.__eq__:
        kind = type(one).__name__
        message = (
            f"results of type {kind} have no __eq__, so that no two are equal: give it one, or "
            "return its parts"
        )
        raise SpeedupError(message)
    return equal


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


RAMP_SECONDS = 0.2
"""How long computing keeps its cores busy before it is timed."""


def warm_up(run: Callable[[], R], bound: Bound) -> Iterator[Timed[R]]:
    """Run the workload untimed: once, and a computing one until its cores are up to speed.

    The workload itself does it best, since it uses just the cores that it will be timed on.

    Yields:
        What each run returned and took.
    """
    start = now()
    yield timed(run)
    while bound is Bound.CPU and now() - start < RAMP_SECONDS:
        yield timed(run)


STEPS = 10
"""Steps of the CPU clock after which one more or less does not turn waiting into computing."""


QUICK_SECONDS = 1.0
"""A run that takes less is made once more to see what kind of work it is."""


def run_reference(work: Callable[[], R]) -> Timed[R]:
    """Run a workload serially: once, or until the CPU clock of the platform tells computing apart.

    Returns:
        What the first run returned, and what they took on average.
    """
    first = timed(work)
    wall, cpu = [first.seconds], [first.cpu_seconds]
    while sum(wall) < STEPS * cpu_clock_step():
        again = timed(work)
        wall.append(again.seconds)
        cpu.append(again.cpu_seconds)
        del again  # results can be large, and the next run makes another one
    return Timed(first.result, fmean(wall), fmean(cpu))


def warm_reference(reference: Timed[R], work: Callable[[], object]) -> Timed[R]:
    """Run a workload once more where that is quick: the first run may have filled a cache.

    Args:
        reference: the first run.
        work: the same work.

    Returns:
        The times of the second run, with the result of the first.
    """
    if reference.seconds > QUICK_SECONDS:
        return reference
    again = run_reference(work)
    return Timed(reference.result, again.seconds, again.cpu_seconds)
