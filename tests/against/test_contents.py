from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_speedup.against.describing import describe

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABYTE = 1_000_000
GRID = np.arange(12.0).reshape(3, 4)
PADDED: Any = np.zeros(3, dtype=np.dtype([("a", "i1"), ("b", "f8")], align=True))


def dirty(byte: int, number: float) -> object:
    """Records with another byte between their fields."""
    array: Any = np.frombuffer(bytearray([byte]) * PADDED.nbytes, PADDED.dtype).copy()
    array["a"], array["b"] = 1, number
    return array


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (GRID, GRID.T.copy().T),
        (GRID[:, ::2], GRID[:, ::2].copy()),
        (dirty(1, 2.0), dirty(3, 2.0)),
        (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 9], mask=[0, 1])),
        (np.array([1, "a", None], object), np.array([1, "a", None], object)),
        (np.zeros(0), np.zeros(0)),
        (np.sin, np.sin),
        (np.random.default_rng(1), np.random.default_rng(1)),
    ],
)
def test_equal_arrays_are_the_same(one: object, other: object) -> None:
    """However they lie in memory, and whatever a mask hides."""
    assert describe(one) == describe(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (GRID, GRID + 1),
        (GRID, GRID.astype("f4")),
        (GRID, GRID.reshape(4, 3)),
        (GRID.T, GRID.T + 1),
        (np.array(3), np.array(4)),
        (dirty(1, 2.0), dirty(1, 3.0)),
        (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
        (np.array([1, "a"], object), np.array([1, "b"], object)),
        (np.array(["2020"], dtype="M8[D]"), np.array(["2021"], dtype="M8[D]")),
        (np.float64(3), np.float64(4)),
        (np.float64(3), 3.0),
        (np.dtype("f4"), np.dtype("f8")),
        (np.sin, np.cos),
        (np.random.default_rng(1), np.random.default_rng(2)),
    ],
)
def test_other_arrays_differ(one: object, other: object) -> None:
    """In a number, a type, a shape, or a mask."""
    assert describe(one) != describe(other)


@pytest.mark.parametrize("make", [lambda: np.zeros(MEGABYTE), lambda: np.zeros((2, MEGABYTE)).T])
def test_large_arrays_are_streamed(make: Callable[[], object]) -> None:
    """No copy of them is made."""
    value = make()
    tracemalloc.start()
    try:
        describe(value)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * MEGABYTE


def test_frames_of_pandas() -> None:
    """By names, types and content of all columns."""
    pandas = pytest.importorskip("pandas")

    def frame(number: int) -> Any:  # noqa: ANN401 - of pandas
        kinds = {
            "plain": [1, 2, number],
            "text": ["x", None, "y"],
            "objects": [object, 1, [3]],
            "categories": pandas.Categorical(["u", "v", "u"]),
            "times": pandas.date_range("2020", periods=3, tz="UTC"),
            "nullable": pandas.array([1, None, 3], dtype="Int64"),
        }
        return pandas.DataFrame(kinds)

    assert describe(frame(3)) == describe(frame(3))
    others = [frame(4), frame(3).rename(columns={"plain": "x"}), frame(3).set_index("text")]
    for name in frame(3).columns:
        others.append(frame(3).assign(**{name: frame(3)[name].iloc[::-1].to_numpy()}))
        others.append(frame(3)[name])
        if name not in ("plain", "objects"):
            others.append(frame(3).set_index([name, "plain"]).index)
    written = [str(describe(one)) for one in (frame(3), *others)]
    assert len(set(written)) == len(written)
    assert not any("unreadable" in one for one in written)


def test_frames_of_polars_and_tables_of_pyarrow() -> None:
    """However they are cut into chunks."""
    polars = pytest.importorskip("polars")
    pyarrow = pytest.importorskip("pyarrow")
    columns = {"a": [1, 2, 3], "b": [0.5, None, 1.5], "c": ["x", "y", None], "d": [[1], [2], []]}
    changed = {**columns, "d": [[1], [3], []]}
    for make in (polars.DataFrame, pyarrow.table):
        assert describe(make(columns)) == describe(make(columns))
        written = [str(describe(make({**columns, "a": [1, 2, 4]})))]
        written += [str(describe(make(one))) for one in (columns, changed, {"a": [1, 2, 3]})]
        assert len(set(written)) == len(written)
        assert not any("unreadable" in one for one in written)
    whole = pyarrow.chunked_array([[1, 2, 3]])
    assert describe(whole) == describe(pyarrow.chunked_array([[1], [2, 3]]))
    assert describe(pyarrow.array([1, 2, 3])[1:]) == describe(pyarrow.array([2, 3]))
