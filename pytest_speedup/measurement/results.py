"""Whether a result is what serial code returned, as users compare theirs.

Threads sum floats in another order than serial code does, an array has no single truth value, and
NaN is not equal to itself: none of these is a wrong result. What cannot be compared was not found
right.
"""

from __future__ import annotations

import cmath
import inspect
import operator
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Future
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, TypeAlias

from pytest_speedup.errors import SpeedupError, WrongResultError, first_line

Compare: TypeAlias = Callable[[Any, Any], object]
"""Takes a result and that of serial code; says whether they are the same, or raises if not."""

TOLERANCE = 1e-9
"""Relative difference of floats that the order of a sum explains."""

NARROW_TOLERANCES = {16: 1e-3, 32: 1.3e-6}
"""The same for arrays of narrower floats, by their bits, as in ``torch.testing.assert_close``."""

QUICK = frozenset({bool, bytes, complex, float, int, str})
"""Types of most values in long results: equal ones are looked at no further."""

EXACT = (str, bytes, bytearray, range, bool, int)
"""Types whose values are equal or not, with nothing in between."""

UNCHANGING = (type(None), type, FunctionType, BuiltinFunctionType, ModuleType)
"""Types whose values are hashed by identity, and stay what they are."""

TESTING = {"pandas": "pandas.testing", "polars": "polars.testing"}
"""Where libraries of frames compare theirs with a tolerance, by the library."""

ASSERTIONS = {
    "DataFrame": "assert_frame_equal",
    "Series": "assert_series_equal",
    "ExtensionArray": "assert_extension_array_equal",
}
"""What compares them there, by the name of the class."""

INDEX = "Index"
"""Of pandas, an array of labels."""

PLAIN = ("to_pydict", "to_pylist", "as_py")
"""Methods of pyarrow's values that return Python's."""

LAZY_PART = "results of type {kind} have yet to run, and are not timed: return list(...) of them"
PENDING = "results of type {kind} cannot be compared: return what each future.result() is"
UNEQUAL = (
    "results of type {kind} have no __eq__, so that no two are equal: give it one, return its "
    "parts, or say how with compare="
)
INCOMPARABLE = (
    "results of type {kind} cannot be compared ({error}): return numbers, text, arrays or "
    "containers of them, or say how with compare="
)
SHARED = (
    "the result is the very {kind} that serial code returned, so that nothing tells them apart: "
    "return a new one, with setup= to make it anew before each turn"
)
COMPARES_NOTHING = (
    "compare= returned None, also for what no workload returns: have it return True or False, or "
    "raise AssertionError"
)
COMPARES_LATER = "compare= returned a {kind}, which nobody awaits: give it a plain function"
IN_TASKS = (
    "{count} of the tasks that it submitted raised an error that serial code does not: {error}"
)


def uncompared(_result: object, _expected: object) -> bool:
    """Have results not looked at, as the comparison of code whose results differ by nature."""
    return True


def same(one: object, other: object) -> bool:
    """Tell whether a result is what serial code returned.

    Floats may differ by the order of a sum, NaN equals NaN, arrays and frames are compared by what
    they hold, and containers part by part.

    Raises:
        SpeedupError: the values cannot be compared.
    """
    if type(one) in QUICK and type(one) is type(other) and one == other:
        return True
    _refuse_lazy(one)
    if one is other and not isinstance(one, tuple):
        _refuse_shared_array(one)
        return True
    return _comparison(one, other)(one, other)


def _comparison(one: object, other: object) -> Callable[[Any, Any], bool]:
    """Choose how two values are compared, by what they are."""
    kinds: tuple[tuple[bool, Callable[[Any, Any], bool]], ...] = (
        (isinstance(one, EXACT) and isinstance(other, EXACT), operator.eq),
        (_is_number(one) and _is_number(other), _same_number),
        (_is_frame(one) and _is_frame(other), _same_frame),
        (_is_array(one) or _is_array(other), _same_array),
        (type(one) is not type(other) and not _alike(one, other), _equal),
    )
    return next((compare for fits, compare in kinds if fits), _same_parts)


def _same_parts(one: Any, other: Any) -> bool:  # noqa: ANN401 - whatever workloads return
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, AbstractSet):
        return _same_set(one, other)
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


def _same_set(one: AbstractSet[Any], other: AbstractSet[Any]) -> bool:
    """Compare sets: what only one of them has may differ by the order of a sum."""
    if len(one) != len(other):
        return False
    left, right = (_sorted(mine, theirs) for mine, theirs in ((one, other), (other, one)))
    return len(left) == len(right) and all(map(same, left, right))


def _sorted(mine: AbstractSet[Any], theirs: AbstractSet[Any]) -> list[Any]:
    """Sort what others have not, NaN last."""
    only = [value for value in mine if value not in theirs]
    try:
        return sorted(only, key=lambda value: (value != value, value))  # noqa: PLR0124 - NaN
    except TypeError:
        return sorted(only, key=repr)


def _is_frame(value: object) -> bool:
    """Whether a value is a frame, a series, a table or the like."""
    return callable(getattr(value, "equals", None)) and not isinstance(value, type)


def _same_frame(one: Any, other: Any) -> bool:  # noqa: ANN401 - of whatever library
    try:
        if bool(one.equals(other)):
            return True
    except Exception as error:  # such as of a frame with a series
        raise _incomparable(one, error) from error
    for base in type(one).__mro__:
        library = base.__module__.partition(".")[0]
        if library not in TESTING:
            continue
        if base.__name__ == INDEX:  # whose assertion knows no tolerance
            return _same_array(one, other)
        if base.__name__ in ASSERTIONS:
            assertion = getattr(import_module(TESTING[library]), ASSERTIONS[base.__name__])
            return _passes(assertion, one, other)
    for name in PLAIN:
        if hasattr(one, name) and hasattr(other, name):
            alike = all(_attribute(one, of) == _attribute(other, of) for of in ("schema", "type"))
            return alike and same(getattr(one, name)(), getattr(other, name)())
    return False


def _attribute(value: object, name: str) -> object:
    return getattr(value, name, None)


def _passes(assertion: Callable[..., None], one: object, other: object) -> bool:
    """Tell whether a library's own assertion holds, with our tolerance."""
    named = inspect.signature(assertion).parameters
    tolerances = {"rtol": TOLERANCE, "rel_tol": TOLERANCE, "atol": 0.0, "abs_tol": 0.0}
    options = {name: value for name, value in tolerances.items() if name in named}
    try:
        assertion(one, other, **options)
    except AssertionError:
        return False
    except Exception as error:
        raise _incomparable(one, error) from error
    return True


def _is_array(value: object) -> bool:
    return hasattr(value, "__array__") and hasattr(value, "dtype") and hasattr(value, "shape")


def _same_array(one: Any, other: Any) -> bool:  # noqa: ANN401 - an array, of whatever library
    if not (_is_array(one) and _is_array(other)):
        one, other = (each.tolist() if _is_array(each) else each for each in (one, other))
        return same(one, other)
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    numpy: Any = sys.modules.get("numpy")
    own = (getattr(numpy, "ndarray", ()), getattr(numpy, "generic", ()))
    if numpy is not None and isinstance(one, own) and isinstance(other, own):
        return _same_of_numpy(numpy, one, other)
    if getattr(one.dtype, "kind", "O") in "fcO":
        return same(one.tolist(), other.tolist())
    return bool((one == other).all())


def _same_of_numpy(numpy: Any, one: Any, other: Any) -> bool:  # noqa: ANN401 - the module, and arrays
    if numpy.ma.isMaskedArray(one) or numpy.ma.isMaskedArray(other):
        masks = [numpy.ma.getmaskarray(each) for each in (one, other)]
        values = (
            numpy.ma.filled(each, 0 if each.dtype.kind in "fciu" else None) for each in (one, other)
        )
        return bool((masks[0] == masks[1]).all()) and _same_of_numpy(numpy, *values)
    kind = one.dtype.kind
    if kind in "fc":
        tolerance = NARROW_TOLERANCES.get(numpy.finfo(one.dtype).bits, TOLERANCE)
        close = numpy.isclose(one, other, rtol=tolerance, atol=0.0, equal_nan=True)
        return bool(close.all())
    if kind in "mM":  # NaT is not equal to itself either
        return bool(numpy.array_equal(one, other, equal_nan=True))
    if one.dtype.names:
        return all(same(one[name], other[name]) for name in one.dtype.names)
    return same(one.tolist(), other.tolist()) if kind == "O" else bool((one == other).all())


def _equal(one: Any, other: Any) -> bool:  # noqa: ANN401 - whatever workloads return
    try:
        equal = bool(one == other) or bool(one != one and other != other)  # noqa: PLR0124 - NaN
    except Exception as error:
        raise _incomparable(one, error) from error
    if not equal and type(one) is type(other) and _is_by_identity(one):
        raise SpeedupError(UNEQUAL.format(kind=type(one).__name__))
    return equal


def _is_by_identity(value: object) -> bool:
    equality: object = type(value).__eq__
    return equality is object.__eq__


def _incomparable(value: object, error: Exception) -> SpeedupError:
    return SpeedupError(INCOMPARABLE.format(kind=type(value).__name__, error=first_line(error)))


def _refuse_lazy(value: object) -> None:
    if isinstance(value, Iterator):
        raise SpeedupError(LAZY_PART.format(kind=type(value).__name__))
    if isinstance(value, Future):
        raise SpeedupError(PENDING.format(kind=type(value).__name__))


def _refuse_shared_array(value: object) -> None:
    """Refuse an array that is compared with itself: a later turn wrote over an earlier one."""
    if _is_array(value) and _may_change(value):
        raise SpeedupError(SHARED.format(kind=type(value).__name__))


def _may_change(value: Any) -> bool:  # noqa: ANN401 - whatever workloads return
    """Whether a later turn may have changed a value that an earlier one returned, too."""
    if isinstance(value, tuple):
        return any(map(_may_change, value))
    if _is_array(value):
        flags = getattr(value, "flags", None)
        return bool(value.shape) and bool(getattr(flags, "writeable", True))
    hashed: object = type(value).__hash__
    changes = hashed is None or hashed is object.__hash__
    return changes and not isinstance(value, UNCHANGING)


@dataclass(frozen=True, slots=True)
class Expected:
    """What serial code returned, and how results are compared with it.

    Attributes:
        result: what it returned.
        errors: how many tasks that it submitted raised one.
        compare: the user's own comparison; None for ours.
    """

    result: object
    errors: int = 0
    compare: Compare | None = None

    def refuse_wrong(self, name: str, result: object, errors: Sequence[BaseException] = ()) -> None:
        """Refuse what a workload returned if serial code returns something else.

        Args:
            name: workload and cell.
            result: what it returned on an executor.
            errors: what tasks raised that it submitted.

        Raises:
            WrongResultError: it does, or nobody can say.
        """
        try:
            self._refuse_failed(errors)
            differs = self._difference(result)
        except SpeedupError as error:
            message = f"{name}: {error}"
            raise WrongResultError(message) from error
        if differs is None:
            return
        message = (
            f"{name} returned a wrong result{differs}.\n"
            f"expected, as from serial code: {_short(self.result)}\n"
            f"got: {_short(result)}"
        )
        raise WrongResultError(message)

    def _refuse_failed(self, errors: Sequence[BaseException]) -> None:
        if len(errors) > self.errors:
            error = first_line(errors[-1])
            raise SpeedupError(IN_TASKS.format(count=len(errors), error=error))

    def _difference(self, result: object) -> str | None:
        """Say in words how a result differs, if there are any; None where it is the same."""
        if self.compare is uncompared:
            return None
        if result is self.result and _may_change(result):
            raise SpeedupError(SHARED.format(kind=type(result).__name__))
        if self.compare is None:
            return None if same(result, self.result) else ""
        return _difference_by(self.compare, result, self.result)


def _difference_by(compare: Compare, result: object, expected: object) -> str | None:
    """Ask the user's own comparison, which returns a truth value or raises AssertionError."""
    try:
        answer = compare(result, expected)
        is_right = answer is None or bool(answer)
    except AssertionError as error:
        said = " ".join(str(error).split())
        return f", by compare={': ' * bool(said)}{_shortened(said)}"
    except Exception as error:
        message = f"compare= raised {first_line(error)}"
        raise SpeedupError(message) from error
    if isinstance(answer, Awaitable):  # which is true, whatever it would say
        raise SpeedupError(_said_later(answer))
    if answer is not None:
        return None if is_right else ", by compare="
    if _takes_anything(compare, expected):
        raise SpeedupError(COMPARES_NOTHING)
    return None


def _said_later(answer: Awaitable[object]) -> str:
    if isinstance(answer, Coroutine):
        answer.close()  # no warning on top of the error
    return COMPARES_LATER.format(kind=type(answer).__name__)


def _takes_anything(compare: Compare, expected: object) -> bool:
    """Whether a comparison that says nothing raises nothing either, whatever it is given."""
    try:
        return compare(object(), expected) is None
    except Exception:  # noqa: BLE001 - as it should
        return False


def _short(value: object) -> str:
    return _shortened(repr(value))


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[:limit]}..."
