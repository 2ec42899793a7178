"""Results as users compare theirs, and what is refused because nobody can compare it."""

from __future__ import annotations

import math
import pathlib
from collections import OrderedDict, defaultdict, deque, namedtuple
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import WrongResultError
from pytest_speedup.measurement import Expected, same

if TYPE_CHECKING:
    from collections.abc import Callable

NAN = float("nan")
SUM, OTHER_SUM = 0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1
assert SUM != OTHER_SUM


@dataclass
class Point:
    x: float
    tags: list[float]


Pair = namedtuple("Pair", "left right")  # noqa: PYI024 - as users have it

ALIKE: list[tuple[object, object]] = [
    (SUM, OTHER_SUM),
    (NAN, float("nan")),
    (complex(SUM, 1), complex(OTHER_SUM, 1)),
    ([1, SUM, "a"], [1, OTHER_SUM, "a"]),
    ((1, NAN), (1, float("nan"))),
    ({"a": [SUM]}, OrderedDict(a=[OTHER_SUM])),
    (defaultdict(list, {"a": [NAN]}), {"a": [float("nan")]}),
    ({1, 2, SUM}, {2, 1, OTHER_SUM}),
    ({NAN, 1.0}, {1.0, float("nan")}),
    (frozenset({("a", SUM)}), {("a", OTHER_SUM)}),
    (deque([SUM]), deque([OTHER_SUM])),
    (Point(SUM, [NAN]), Point(OTHER_SUM, [float("nan")])),
    (Pair(SUM, None), Pair(OTHER_SUM, None)),
    (b"ab", bytearray(b"ab")),
    (pathlib.Path("a"), pathlib.Path("a")),
    (ValueError, ValueError),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_what_differs_by_the_order_of_a_sum_is_the_same(one: object, other: object) -> None:
    """Wherever it is in a result, and whichever of both comes first."""
    assert same(one, other)
    assert same(other, one)


UNLIKE: list[tuple[object, object]] = [
    (1.0, 1.0 + 1e-8),
    (1, 2),
    (10**17, 10**17 + 1),
    (NAN, 1.0),
    (0.0, 1e-300),
    (math.inf, -math.inf),
    (1, "1"),
    ([1, 2], [1, 2, 3]),
    ([1, 2], [2, 1]),
    ((1, 2), [1, 2]),
    ({"a": 1}, {"b": 1}),
    ({"a": 1}, {"a": 2}),
    ({1, 2}, {1, 3}),
    ({1.0, 2.0}, {1.0, 2.1}),
    ({1, "a"}, {1, "b"}),
    (Point(1.0, [1.0]), Point(1.0, [2.0])),
    (Point(1.0, []), Pair(1.0, [])),
    ("a", None),
    (pathlib.Path("a"), pathlib.Path("b")),
]


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_what_differs_by_more_is_another_result(one: object, other: object) -> None:
    """A result of another type, length or order, too."""
    assert not same(one, other)
    assert not same(other, one)


def arrays() -> list[tuple[Any, Any, bool]]:
    numpy = pytest.importorskip("numpy")
    ones = numpy.ones(3)
    nearly = ones + 1e-12
    narrow = numpy.float32(1) + numpy.arange(3, dtype="f4")
    dates = numpy.array(["2026-01-01", "NaT"], dtype="M8[D]")
    records = numpy.array([(1, SUM)], dtype=[("n", "i8"), ("x", "f8")])
    others = numpy.array([(1, OTHER_SUM)], dtype=records.dtype)
    masked = numpy.ma.array([1.0, 2.0], mask=[False, True])
    return [
        (ones, nearly, True),
        (ones, ones + 1e-8, False),
        (numpy.array([1.0, NAN]), numpy.array([1.0, NAN]), True),
        (numpy.array([1.0, NAN]), numpy.array([NAN, 1.0]), False),
        (numpy.arange(3), numpy.arange(3), True),
        (numpy.arange(3), numpy.arange(1, 4), False),
        (ones, numpy.ones((3, 1)), False),
        (ones, numpy.ones(3, dtype="f4"), False),
        (narrow, narrow * numpy.float32(1 + 1e-6), True),
        (narrow, narrow * numpy.float32(1 + 1e-4), False),
        (ones, [1.0, 1.0, 1.0], True),
        (dates, dates.copy(), True),
        (dates, dates[::-1], False),
        (records, others, True),
        (numpy.array(["a", None], dtype=object), numpy.array(["a", None], dtype=object), True),
        (masked, numpy.ma.array([1.0, 3.0], mask=[False, True]), True),
        (masked, numpy.ma.array([3.0, 2.0], mask=[False, True]), False),
        (masked, numpy.ma.array([1.0, 2.0], mask=[True, True]), False),
        (masked, masked.copy(), True),
        ({"a": [ones]}, {"a": [nearly]}, True),
        ([ones, 1], [ones + 1, 1], False),
        (numpy.float64(SUM), OTHER_SUM, True),
        (numpy.zeros(0), numpy.zeros(0), True),
    ]


def test_arrays_are_compared_by_what_they_hold() -> None:
    """Shape and type first, then each number within the tolerance of its width."""
    for one, other, alike in arrays():
        assert same(one, other) is alike, (one, other)


def frames() -> list[tuple[Any, Any, bool]]:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": [SUM, NAN], "name": ["a", "b"]})
    other = pandas.DataFrame({"x": [OTHER_SUM, NAN], "name": ["a", "b"]})
    return [
        (frame, other, True),
        ({"of": [frame]}, {"of": [other]}, True),
        (frame, other.assign(x=[OTHER_SUM + 1e-6, NAN]), False),
        (frame, other.rename(columns={"x": "y"}), False),
        (frame, other.set_index("name"), False),
        (frame, other.iloc[::-1], False),
        (frame["x"], other["x"], True),
        (frame["x"], other["x"].set_axis([1, 2]), False),
        (frame["x"], other, False),
        (frame["x"], [OTHER_SUM, NAN], True),
        (frame.index, other.index, True),
        (pandas.Index([SUM]), pandas.Index([OTHER_SUM]), True),
        (pandas.Index([SUM]), pandas.Index([1.0]), False),
        (pandas.Categorical(["a", "b"]), pandas.Categorical(["a", "b"]), True),
        (pandas.Categorical(["a", "b"]), pandas.Categorical(["b", "a"]), False),
        (pandas.NaT, pandas.NaT, True),
    ]


def polars_frames() -> list[tuple[Any, Any, bool]]:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"x": [SUM, NAN], "n": [1, None]})
    other = polars.DataFrame({"x": [OTHER_SUM, NAN], "n": [1, None]})
    return [
        (frame, other, True),
        ((frame, 1), (other, 1), True),
        (frame, other.with_columns(n=polars.Series([1, 2])), False),
        (frame, other.with_columns(x=polars.Series([1.0, NAN])), False),
        (frame, other.rename({"x": "y"}), False),
        (frame["x"], other["x"], True),
        (frame["x"], other["n"], False),
    ]


def tables() -> list[tuple[Any, Any, bool]]:
    pyarrow = pytest.importorskip("pyarrow")
    table, other = (pyarrow.table({"x": [one, NAN]}) for one in (SUM, OTHER_SUM))
    return [
        (table, other, True),
        (table, pyarrow.table({"x": [1.0, NAN]}), False),
        (table["x"], other["x"], True),
        (pyarrow.array([1, 2]), pyarrow.array([1, 2], type=pyarrow.int8()), False),
    ]


@pytest.mark.parametrize("make", [frames, polars_frames, tables])
def test_frames_are_compared_by_what_they_hold(
    make: Callable[[], list[tuple[Any, Any, bool]]],
) -> None:
    """Names, types and index too, by the library that they are of."""
    for one, other, alike in make():
        assert same(one, other) is alike, (one, other)


def test_frames_of_two_kinds_are_no_accident() -> None:
    """Whatever the library makes of them, none of it is the same."""
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    frame = polars.DataFrame({"x": [1.0]})
    for one, other in ((frame, frame["x"]), (frame, pandas.DataFrame({"x": [1.0]}))):
        with pytest.raises(WrongResultError):
            Expected(one).refuse_wrong("work", other)
        with pytest.raises(WrongResultError):
            Expected(other).refuse_wrong("work", one)


class Opaque:
    """Has no __eq__."""


class Touchy:
    """Cannot be compared."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        message = "it is ambiguous\nand more"
        raise ValueError(message)


def future() -> Future[int]:
    done: Future[int] = Future()
    done.set_result(1)
    return done


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: (one for one in [1]), r"type generator have yet to run.*list\(\.\.\.\)"),
    (lambda: [map(abs, [1])], r"type map have yet to run.*list\(\.\.\.\)"),
    (lambda: {"a": iter([1])}, r"type list_iterator have yet to run"),
    (Opaque, r"type Opaque have no __eq__.*compare="),
    (lambda: [Opaque()], r"type Opaque have no __eq__"),
    (lambda: [future()], r"type Future.*future\.result\(\)"),
    (
        Touchy,
        r"type Touchy cannot be compared \(ValueError: it is ambiguous\)",
    ),
]


@pytest.mark.parametrize(("make", "complaint"), REFUSED)
def test_what_cannot_be_compared_says_so(make: Callable[[], object], complaint: str) -> None:
    """In a line, with the way out; it is no result that was found right."""
    with pytest.raises(WrongResultError, match=f"work thread-2: results of {complaint}") as error:
        Expected(make()).refuse_wrong("work thread-2", make())
    assert "\n" not in str(error.value)


SHARED: list[Callable[[], object]] = [list, dict, set, bytearray, Opaque, lambda: (1, [2])]


@pytest.mark.parametrize("make", SHARED)
def test_the_very_object_of_serial_code_tells_nothing(make: Callable[[], object]) -> None:
    """A later turn wrote over what an earlier one returned, and both are equal whatever it did."""
    value = make()
    for compare in (None, lambda *_: True):
        with pytest.raises(WrongResultError, match=r"the very \w+ that serial code.*setup="):
            Expected(value, compare=compare).refuse_wrong("work", value)


def test_the_very_array_tells_nothing_either() -> None:
    """Deep in a result, too, unless nobody can write to it."""
    numpy = pytest.importorskip("numpy")
    array = numpy.zeros(3)
    for one, other in ((array, array), ([array], [array]), ({"a": (array,)}, {"a": (array,)})):
        with pytest.raises(WrongResultError, match="the very ndarray that serial code"):
            Expected(one).refuse_wrong("work", other)
    array.flags.writeable = False
    Expected([array]).refuse_wrong("work", [array])


@pytest.mark.parametrize("value", [None, 1, "a", (1, "a"), pathlib.Path("a"), len, int, math])
def test_what_never_changes_may_be_the_same_object(value: object) -> None:
    """As small numbers and texts are."""
    Expected(value).refuse_wrong("work", value)


def equal(one: object, other: object) -> None:
    assert one == other, "not at all equal"


@pytest.mark.parametrize("compare", [lambda one, other: one[0] == other[0], lambda *_: 1])
def test_the_user_s_own_comparison_decides(compare: Callable[[Any, Any], object]) -> None:
    """Whatever ours would say."""
    Expected([1, 2], compare=compare).refuse_wrong("work", [1, 3])


def test_an_assertion_is_a_comparison() -> None:
    """As those of numpy.testing are, which return nothing and say more where it fails."""
    expected = Expected([1], compare=equal)
    expected.refuse_wrong("work", [1])
    with pytest.raises(WrongResultError, match=r"wrong result, by compare=: not at all equal"):
        expected.refuse_wrong("work", [2])


def test_a_comparison_that_differs_shows_both() -> None:
    """The name of the cell, what was expected and what came."""
    with pytest.raises(WrongResultError) as error:
        Expected([1], compare=lambda *_: False).refuse_wrong("work thread-2", [2])
    assert str(error.value).splitlines() == [
        "work thread-2 returned a wrong result, by compare=.",
        "expected, as from serial code: [1]",
        "got: [2]",
    ]


def forgetful(one: object, other: object) -> None:
    _ = one == other


async def compare_later(one: object, other: object) -> bool:
    return one == other


COMPLAINTS: list[tuple[Callable[[Any, Any], object], str]] = [
    (forgetful, "compare= returned None.*return True or False"),
    (compare_later, "compare= returned a coroutine, which nobody awaits.*plain function"),
    (lambda one, _: one.nonsense, "compare= raised AttributeError: .*nonsense"),
]


@pytest.mark.parametrize(("compare", "complaint"), COMPLAINTS)
def test_a_comparison_that_compares_nothing_is_refused(
    compare: Callable[[Any, Any], object], complaint: str
) -> None:
    """One that returns nothing has to raise something for what is no result of any workload."""
    with pytest.raises(WrongResultError, match=f"work: {complaint}"):
        Expected([1], compare=compare).refuse_wrong("work", [1])


def test_tasks_that_fail_unseen_are_named() -> None:
    """A workload that looks at no future would be as quick as it is wrong."""
    errors = [ZeroDivisionError("nought"), TypeError("cannot pickle")]
    Expected([1], errors=2).refuse_wrong("work", [1], errors)
    complaint = "work: 2 of the tasks that it submitted raised an error that serial code does not: "
    with pytest.raises(WrongResultError, match=f"{complaint}TypeError: cannot pickle"):
        Expected([1], errors=1).refuse_wrong("work", [1], errors)
