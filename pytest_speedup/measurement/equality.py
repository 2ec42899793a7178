"""Whether two results are the same, as users mean it.

Threads sum floats in another order than serial code does, an array has no single truth value, and
NaN is not equal to itself: none of these is a wrong result.
"""

from __future__ import annotations

import cmath
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from typing import Any

from pytest_speedup.errors import SpeedupError

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
