"""What is in texts, buffers, arrays and frames, streamed into a hash: no whole copy is made of any.

None of the libraries is imported here: who passes an array has imported numpy already.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

CHUNK = 65_536
"""Elements, or characters, that are copied at once."""

CHUNK_TEXT = 4_096
"""Elements of a list that are written out at once."""

MAX_CHUNK_VALUES = 65_536
"""Numbers and texts, at any depth, that are written out at once."""

MAX_CHUNK_CHARACTERS = 1_000_000
"""Of texts that are written out at once."""

MAX_CHUNK_DEPTH = 4
"""Lists within each other that are written out at once."""

SCALARS = frozenset({int, float, complex, bool, str, bytes, type(None), type(...)})
"""Types whose ``repr`` says all, whatever the process."""

POINTERS = frozenset("PzZ&XO")
"""Letters in the format of a buffer that has addresses in it."""


class NotPlainError(Exception):
    """A value is not made of numbers, texts, lists and dicts alone, or is too much at once."""


def digest(*parts: bytes) -> bytes:
    """Hash parts, each with its length: no two sequences of parts are taken for one another."""
    hasher = blake2b(digest_size=16)
    for part in parts:
        hasher.update(len(part).to_bytes(8, "little"))
        hasher.update(part)
    return hasher.digest()


def hash_chunks(chunks: Iterable[Any]) -> bytes:
    """Hash buffers one after another, wherever one ends and the next begins."""
    hasher = blake2b(digest_size=16)
    for chunk in chunks:
        hasher.update(chunk)
    return hasher.digest()


def text_content(text: str) -> bytes:
    """Hash a text."""
    return hash_chunks(
        str.__getitem__(text, slice(start, start + CHUNK)).encode("utf-8", "surrogatepass")
        for start in range(0, str.__len__(text), CHUNK)
    )


def buffer_content(value: Any) -> bytes:  # noqa: ANN401 - whatever has a buffer
    """Hash what stands in memory, where it stands.

    Raises:
        TypeError: it has no buffer, or one with addresses in it.
    """
    with memoryview(value) as view:
        if POINTERS & set(re.sub(":[^:]*:", "", view.format)):
            message = f"a buffer of {view.format} holds addresses"
            raise TypeError(message)
        head = f"{view.format} {view.shape}".encode()
        return digest(head, hash_chunks(_views(view)))


def _views(view: memoryview) -> Iterable[memoryview | bytes]:
    if view.nbytes == 0:
        return
    if view.c_contiguous:
        yield view
    elif view.ndim == 1:
        for start in range(0, len(view), CHUNK):
            yield view[start : start + CHUNK].tobytes()
    else:
        yield view.tobytes()


def plain_text(values: Sequence[object]) -> tuple[bytes | None, int]:
    """Write out a few thousand values at once.

    Returns:
        A text that other values do not have, None if they are not numbers, texts, lists, tuples
        and dicts by name alone, or if there is too much in them; and how many were looked at.
    """
    allowance = _Allowance(MAX_CHUNK_VALUES, MAX_CHUNK_CHARACTERS)
    try:
        plain = allowance.ordered(list(values), MAX_CHUNK_DEPTH)
        text = repr(plain).encode("utf-8", "surrogatepass")
    except Exception:  # noqa: BLE001 - too much, an endless int, or a type that hides what it is
        return None, MAX_CHUNK_VALUES - allowance.values
    return text, MAX_CHUNK_VALUES - allowance.values


@dataclass(slots=True)
class _Allowance:
    """How much more may be written out at once.

    Attributes:
        values: how many, at any depth.
        characters: of the texts among them.
    """

    values: int
    characters: int

    def ordered(self, value: object, depth: int) -> object:
        """Put the names of all dicts in order.

        Raises:
            NotPlainError: there is something else, or too much.
        """
        kind = type(value)
        if kind is list or kind is tuple:
            return self._row(value, kind, depth)  # type: ignore[arg-type]
        if kind is dict:
            return self._record(value, depth)  # type: ignore[arg-type]
        if kind not in SCALARS:
            raise NotPlainError
        self._spend([value])
        return value

    def _row(self, row: Collection[object], kind: type, depth: int) -> object:
        kinds = set(map(type, row))
        if kinds <= SCALARS:
            self._spend(row, kinds)
            return row
        if depth == 0 or len(row) > self.values or not kinds <= SCALARS | {list, tuple, dict}:
            raise NotPlainError
        return kind([self.ordered(one, depth - 1) for one in row])

    def _record(self, record: dict[str, object], depth: int) -> object:
        if depth == 0 or set(map(type, record)) - {str}:
            raise NotPlainError
        self._spend(record, {str})
        return {name: self.ordered(record[name], depth - 1) for name in sorted(record)}

    def _spend(self, values: Collection[object], kinds: Collection[type] = (str,)) -> None:
        self.values -= len(values)
        if str in kinds or bytes in kinds:
            texts = (one for one in values if isinstance(one, str | bytes))
            self.characters -= sum(map(len, texts))
        if self.values < 0 or self.characters < 0:
            raise NotPlainError


Fold = Callable[[object], bytes | None]
"""Hashes any value; None once there was too much."""


def array_content(array: Any, fold: Fold) -> bytes | None:  # noqa: ANN401 - of numpy
    """Hash an array of numpy in the order of its elements, however it lies in memory."""
    numpy = sys.modules["numpy"]
    mask = numpy.ma.getmaskarray(array) if isinstance(array, numpy.ma.MaskedArray) else None
    plain = numpy.asarray(array)
    if plain.dtype.hasobject or plain.dtype.kind == "T":
        values = array.reshape(-1).tolist() if mask is not None else plain.reshape(-1).tolist()
        content = fold(values)
    elif plain.dtype.names is not None:  # between the fields there is whatever was there
        content = all_of(array_content(array[name], fold) for name in plain.dtype.names)
    elif mask is not None:
        content = digest(hash_chunks(_unmasked(plain, mask)), array_content(mask, fold) or b"")
    elif plain.flags.c_contiguous:
        content = hash_chunks([plain.reshape(-1).view("u1")] if plain.size else [])
    else:
        content = hash_chunks(_pieces(plain))
    head = f"{plain.dtype!r} {plain.shape}".encode()
    return None if content is None else digest(head, content)


def _pieces(array: Any) -> Iterable[Any]:  # noqa: ANN401
    for start in range(0, array.size, CHUNK):
        yield array.flat[start : start + CHUNK].view("u1")


def _unmasked(array: Any, mask: Any) -> Iterable[Any]:  # noqa: ANN401
    """Copy pieces of an array, with zeros for what its mask hides."""
    for start in range(0, array.size, CHUNK):
        piece = array.flat[start : start + CHUNK]
        piece[mask.flat[start : start + CHUNK]] = 0
        yield piece.view("u1")


def tensor_content(tensor: Any, fold: Fold) -> bytes | None:  # noqa: ANN401 - of torch
    """Hash a tensor of torch; one on a device is copied from it."""
    flat = tensor.detach().cpu().contiguous().reshape(-1)
    head = f"{tensor.dtype} {tuple(tensor.shape)}".encode()
    if not flat.numel():
        return digest(head)
    content = array_content(flat.view(sys.modules["torch"].uint8).numpy(), fold)
    return None if content is None else digest(head, content)


def pandas_content(value: Any, fold: Fold) -> bytes | None:  # noqa: ANN401 - of pandas
    """Hash a frame, a series or an index of pandas, with the names of its rows and columns."""
    if hasattr(value, "columns"):
        columns = (value.iloc[:, number] for number in range(value.shape[1]))
        parts = [_labels(value.columns, fold), _labels(value.index, fold)]
        return all_of([*parts, *(_column(one, fold) for one in columns)])
    if hasattr(value, "index"):
        name = fold(getattr(value, "name", None))
        return all_of([name, _labels(value.index, fold), _column(value, fold)])
    return _labels(value, fold) if hasattr(value, "names") else _column(value, fold)


def _labels(index: Any, fold: Fold) -> bytes | None:  # noqa: ANN401
    """Hash the names of rows or columns; a range of numbers is not written out."""
    if type(index) is sys.modules["pandas"].RangeIndex:
        return fold([list(index.names), index.start, index.stop, index.step])
    levels = [index.get_level_values(number) for number in range(index.nlevels)]
    return all_of([fold(list(index.names)), *(_column(one, fold) for one in levels)])


def _column(column: Any, fold: Fold) -> bytes | None:  # noqa: ANN401
    """Hash values of one type: where numpy has it as it stands, else by the hash of pandas."""
    if isinstance(column.dtype, sys.modules["numpy"].dtype):
        return array_content(column.to_numpy(), fold)
    hashes = sys.modules["pandas"].util.hash_array(getattr(column, "array", column))
    return all_of([str(column.dtype).encode(), array_content(hashes, fold)])


def polars_content(value: Any, fold: Fold) -> bytes | None:  # noqa: ANN401 - of polars
    """Hash a frame or a series of polars."""
    columns = value.get_columns() if hasattr(value, "get_columns") else [value]
    return all_of(_polars_column(column, fold) for column in columns)


def _polars_column(column: Any, fold: Fold) -> bytes | None:  # noqa: ANN401
    head = f"{column.name!a} {column.dtype} {len(column)}".encode()
    pieces = (column.slice(start, CHUNK) for start in range(0, len(column), CHUNK))
    if column.dtype.is_numeric() and not column.null_count():
        return all_of([head, *(buffer_content(piece.to_numpy()) for piece in pieces)])
    return all_of([head, *(fold(piece.to_list()) for piece in pieces)])


def arrow_content(value: Any, fold: Fold) -> bytes | None:  # noqa: ANN401 - of pyarrow
    """Hash a table, a batch or an array of pyarrow, however it is cut into chunks."""
    if hasattr(value, "schema"):
        names = [digest(name.encode()) for name in value.schema.names]
        return all_of([*names, *(arrow_content(column, fold) for column in value.columns)])
    chunks = value.chunks if hasattr(value, "chunks") else [value]
    head = f"{value.type} {len(value)}".encode()
    if not value.null_count and _is_fixed(value.type):
        return digest(head, hash_chunks(_arrow_values(chunk) for chunk in chunks))
    pieces = (value.slice(start, CHUNK) for start in range(0, len(value), CHUNK))
    return all_of([head, *(fold(piece.to_pylist()) for piece in pieces)])


def _is_fixed(kind: Any) -> bool:  # noqa: ANN401
    types = sys.modules["pyarrow"].types
    return bool(types.is_primitive(kind) and kind.bit_width % 8 == 0)


def _arrow_values(chunk: Any) -> memoryview | bytes:  # noqa: ANN401
    values = chunk.buffers()[1]
    width = chunk.type.bit_width // 8
    if values is None:
        return b""
    return memoryview(values)[chunk.offset * width : (chunk.offset + len(chunk)) * width]


def all_of(contents: Iterable[bytes | None]) -> bytes | None:
    """Put digests together; None if one of them is missing."""
    found = list(contents)
    known = [one for one in found if one is not None]
    return digest(*known) if len(known) == len(found) else None
