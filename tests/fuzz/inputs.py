"""Inputs: anything at all, and real documents with something wrong in them."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hypothesis.strategies import DrawFn, SearchStrategy

NASTY: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2.5,
    -0.0,
    1e-320,
    1e308,
    -1e308,
    float("nan"),
    float("inf"),
    2**63,
    10**30,
    10**399,
    "",
    "x" * 3_000,
    "1",
    "nan",
    "thread-2",
    "\ud800",
    "\x1b[2J\n::error::x",
    "<script>",
    [],
    [[]],
    [0, 0],
    [1e308, 1e308],
    {},
    {"": None},
    {"a": [1]},
)
"""What stands where something else belongs."""

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(NASTY),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def nodes(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - any JSON
    """All places in a document, each as what it stands in and its index or name there."""
    children = enumerate(value) if isinstance(value, list) else value.items()
    for key, child in list(children):
        yield value, key
        if isinstance(child, list | dict):
            yield from nodes(child)


@st.composite
def damaged(draw: DrawFn, document: Any) -> Any:  # noqa: ANN401 - any JSON
    """Replace, delete or double nodes of a document at some places."""
    changed = deepcopy(document)
    for _ in range(draw(st.integers(1, 4))):
        places = list(nodes(changed))
        if not places:
            break
        where, key = places[draw(st.integers(0, len(places) - 1))]
        match draw(st.sampled_from(("replace", "replace", "replace", "delete", "swap", "more"))):
            case "replace":
                where[key] = draw(st.sampled_from(NASTY) | SCALARS)
            case "delete":
                del where[key]
            case "swap":
                other, name = places[draw(st.integers(0, len(places) - 1))]
                where[key] = deepcopy(other.get(name) if isinstance(other, dict) else None)
            case _ if isinstance(where, dict):
                where[draw(st.text(max_size=8))] = draw(st.sampled_from(NASTY))
            case _:
                where.append(draw(st.sampled_from(NASTY)))
    return changed


@st.composite
def cut(draw: DrawFn, data: bytes) -> bytes:
    """Take out, put in or change bytes."""
    start, length = draw(st.integers(0, len(data))), draw(st.integers(0, 12))
    return data[:start] + draw(st.binary(max_size=6)) + data[start + length :]


def dumped(value: object) -> bytes:
    """Write a value as Python writes JSON, NaN and halves of characters among it."""
    return json.dumps(value).encode()


def documents(
    valid: Any,  # noqa: ANN401 - any JSON
    dump: Callable[[Any], bytes] = dumped,
) -> SearchStrategy[bytes]:
    """Bytes that are anything, JSON of any kind, or nearly the document."""
    return st.one_of(
        damaged(valid).map(dump),
        damaged(valid).map(dump),
        cut(dump(valid)),
        VALUES.map(dumped),
        st.binary(max_size=60),
    )
