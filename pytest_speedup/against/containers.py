"""Values of the standard library and of a few others, taken apart each in its own way."""

from __future__ import annotations

import array
import collections
import datetime as dt
import decimal
import functools
import io
import mmap
import random
import re
import types
from enum import Enum
from typing import TYPE_CHECKING, Any

from pytest_speedup.against.anatomy import (
    Anatomy,
    Label,
    any_object,
    brief,
    dict_of,
    enum_member,
    located,
    machinery,
    mro,
    named,
    package_of,
    scalar,
    scalar_type,
    stored_attributes,
    type_name,
)
from pytest_speedup.against.contents import (
    SCALARS,
    array_content,
    arrow_content,
    buffer_content,
    digest,
    pandas_content,
    polars_content,
    tensor_content,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_speedup.against.contents import Fold

ORDERED = (int, str, bytes)
"""Types whose values can be put in order."""


def take_apart(value: Any, fold: Fold) -> Anatomy:  # noqa: ANN401 - any value
    """Find what a value is made of.

    Args:
        value: any value.
        fold: hashes members of a set and keys of a dict.

    Raises:
        Exception: any at all, where code of the value's own type raises it.
    """
    kind = type(value)
    if kind in SCALARS:
        return scalar(value, kind)
    family = mro(kind)
    if Enum in family:
        return enum_member(value)
    if (place := located(kind)) is not None:
        return place
    for one in family:
        own = OF_TYPES.get(one) or OF_LIBRARIES.get((package_of(one), one.__name__))
        if own is not None:
            return own(value, fold)
    return machinery(kind) or _basic(value) or named(value) or _any(value, family)


def _basic(value: Any) -> Anatomy | None:  # noqa: ANN401
    """Take a subclass of a number or a text, with what it holds beside."""
    basic = scalar_type(type(value))
    if basic is None:
        return None
    found = scalar(value, basic)
    kept = stored_attributes(value) if dict_of(value) else {}
    return Anatomy(found.kind, found.content, found.shown, attributes=kept)


def _any(value: Any, family: Sequence[type]) -> Anatomy:  # noqa: ANN401
    """Take an object; one in C may lay open its memory."""
    if not any(isinstance(vars(one).get("__buffer__"), types.FunctionType) for one in family):
        try:
            return _buffer(value, None)
        except (TypeError, ValueError, BufferError):
            pass
    return any_object(value)


def _buffer(value: Any, _: Fold | None) -> Anatomy:  # noqa: ANN401
    name = type_name(type(value))
    return Anatomy(name, buffer_content(value), name)


def _row(value: Any, _: Fold) -> Anatomy:  # noqa: ANN401
    """Take a list, a tuple or a deque; iterated as its basic type does."""
    basic = next(one for one in mro(type(value)) if one in (list, tuple, collections.deque))
    items = list(basic.__iter__(value))
    name = type_name(type(value))
    names = getattr(type(value), "_fields", None) if basic is tuple else None
    shown = f"{name} of {len(items)}"
    content = str(getattr(value, "maxlen", "")).encode() if basic is collections.deque else b""
    if isinstance(names, tuple) and len(names) == len(items):
        return Anatomy(name, content, shown, parts=items, labels=names, form=".{}")
    return Anatomy(name, content, shown, attributes=_beside(value), parts=items)


def _mapping(value: Any, fold: Fold) -> Anatomy:  # noqa: ANN401
    """Take a dict, in the order of its keys."""
    name = type_name(type(value))
    pairs = dict(dict.items(value) if dict in mro(type(value)) else value.items())
    shown = f"{name} of {len(pairs)}"
    beside = _beside(value)
    if collections.defaultdict in mro(type(value)):
        beside["default_factory"] = value.default_factory
    kinds = set(map(type, pairs))
    if len(kinds) <= 1 and kinds <= set(ORDERED):
        keys: list[Any] = sorted(pairs)
        return Anatomy(name, b"", shown, beside, [pairs[key] for key in keys], keys)
    labelled = [(_label(key, fold), one) for key, one in pairs.items()]
    labelled.sort(key=lambda pair: pair[0])
    labels = [label for label, _ in labelled]
    return Anatomy(name, b"", shown, beside, [one for _, one in labelled], labels)


def _label(key: object, fold: Fold) -> Label:
    if type(key) in SCALARS and type(key) is not bytes:
        return Label(ascii(key))
    content = fold(key)
    return Label(f"{type_name(type(key))} #{'' if content is None else content.hex()}")


def _set(value: Any, fold: Fold) -> Anatomy:  # noqa: ANN401
    """Take a set by its members, in whatever order they come."""
    basic = next(one for one in mro(type(value)) if one in (set, frozenset))
    members = list(basic.__iter__(value))
    name = type_name(type(value))
    shown = f"{name} of {len(members)}"
    kinds = set(map(type, members))
    if len(kinds) == 1 and kinds <= set(ORDERED):
        content = fold(sorted(members))
    else:
        folded = [fold(one) for one in members]
        known = sorted(one for one in folded if one is not None)
        content = digest(*known) if len(known) == len(folded) else None  # which are, is chance
    return Anatomy(name, _known(content), shown, attributes=_beside(value))


def _beside(value: object) -> dict[str, object]:
    """Read what a subclass of a container holds beside its items."""
    return stored_attributes(value) if dict_of(value) else {}


def _array(value: Any, fold: Fold) -> Anatomy:  # noqa: ANN401
    name = type_name(type(value))
    shown = f"{name} of {value.dtype} {value.shape}"
    own = {} if package_of(type(value)) == "numpy" else _beside(value)
    content = array_content(value, fold)
    return Anatomy(name, _known(content), brief(shown, 80), attributes=own)


def _number(value: Any, _: Fold) -> Anatomy:  # noqa: ANN401 - a scalar of numpy
    name = type_name(type(value))
    text = (
        f"{value.dtype!r} {value.item()!r}" if value.dtype.names is None else value.tobytes().hex()
    )
    return Anatomy(name, text.encode(), brief(str(value.item())))


def _library(content: Callable[[Any, Fold], bytes | None]) -> Callable[[Any, Fold], Anatomy]:
    """Take a frame, a series or a tensor by what a function finds in it."""

    def take(value: Any, fold: Fold) -> Anatomy:  # noqa: ANN401
        name = type_name(type(value))
        shown = f"{name} of {getattr(value, 'shape', None) or len(value)}"
        return Anatomy(name, _known(content(value, fold)), brief(shown, 80))

    return take


def _known(content: bytes | None) -> bytes:
    return b"too much" if content is None else content


def _text(written: Callable[[Any], str]) -> Callable[[Any, Fold], Anatomy]:
    """Take a value by what its basic type writes of it."""

    def take(value: Any, _: Fold) -> Anatomy:  # noqa: ANN401
        text = written(value)
        return Anatomy(type_name(type(value)), text.encode("utf-8", "surrogatepass"), brief(text))

    return take


def _parts(*labels: str) -> Callable[[Any, Fold], Anatomy]:
    """Take a value by some of its members."""

    def take(value: Any, _: Fold) -> Anatomy:  # noqa: ANN401
        name = type_name(type(value))
        parts = [getattr(value, label) for label in labels]
        return Anatomy(name, b"", name, _beside(value), parts, labels, ".{}")

    return take


def _moment(value: Any) -> str:  # noqa: ANN401
    zone = type(value.tzinfo)
    return f"{dt.datetime.isoformat(value)} {value.fold} {type_name(zone)}"


def _generator(value: Any, _: Fold) -> Anatomy:  # noqa: ANN401 - of random
    """Take a generator of random numbers by its state; the one that all share is none."""
    name = type_name(type(value))
    if value is getattr(random, "_inst", None):
        return Anatomy(name, b"shared", f"the shared {name}")
    return Anatomy(
        name, b"", name, parts=[random.Random.getstate(value)], labels=["state"], form=".{}"
    )


def _memory(value: Any, _: Fold) -> Anatomy:  # noqa: ANN401 - a file in memory
    name = type_name(type(value))
    content = value.getbuffer() if isinstance(value, io.BytesIO) else value.getvalue()
    return Anatomy(
        name, b"", name, parts=[value.tell(), content], labels=["position", "content"], form=".{}"
    )


OF_TYPES: dict[type, Callable[[Any, Fold], Anatomy]] = {
    list: _row,
    tuple: _row,
    collections.deque: _row,
    dict: _mapping,
    types.MappingProxyType: _mapping,
    set: _set,
    frozenset: _set,
    bytearray: _buffer,
    memoryview: _buffer,
    array.array: _buffer,
    mmap.mmap: _buffer,
    range: _parts("start", "stop", "step"),
    slice: _parts("start", "stop", "step"),
    functools.partial: _parts("func", "args", "keywords"),
    re.Pattern: _parts("pattern", "flags"),
    BaseException: _parts("args"),
    decimal.Decimal: _text(decimal.Decimal.__str__),
    dt.datetime: _text(_moment),
    dt.date: _text(dt.date.isoformat),
    dt.time: _text(dt.time.__repr__),
    dt.timedelta: _text(dt.timedelta.__repr__),
    dt.timezone: _text(dt.timezone.__repr__),
    random.Random: _generator,
    io.BytesIO: _memory,
    io.StringIO: _memory,
}
"""How each type of the standard library is taken, and those made from it."""

OF_LIBRARIES: dict[tuple[str, str], Callable[[Any, Fold], Anatomy]] = {
    ("numpy", "ndarray"): _array,
    ("numpy", "generic"): _number,
    ("pandas", "DataFrame"): _library(pandas_content),
    ("pandas", "Series"): _library(pandas_content),
    ("pandas", "Index"): _library(pandas_content),
    ("pandas", "ExtensionArray"): _library(pandas_content),
    ("pandas", "Timestamp"): _text(str),
    ("pandas", "Timedelta"): _text(str),
    ("polars", "DataFrame"): _library(polars_content),
    ("polars", "Series"): _library(polars_content),
    ("pyarrow", "Table"): _library(arrow_content),
    ("pyarrow", "RecordBatch"): _library(arrow_content),
    ("pyarrow", "Array"): _library(arrow_content),
    ("pyarrow", "ChunkedArray"): _library(arrow_content),
    ("torch", "Tensor"): _library(tensor_content),
}
"""How types of libraries are taken, by package and name."""
