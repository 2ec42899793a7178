"""What is in texts, buffers and long lists, streamed into a hash: no whole copy is made of any."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

CHUNK = 65_536
"""Elements, or characters, that are copied at once."""

CHUNK_TEXT = 4_096
"""Elements of a list that are written out at once."""

MOST_CHUNK_VALUES = 65_536
"""Numbers and texts, at any depth, that are written out at once."""

MOST_CHUNK_CHARACTERS = 1_000_000
"""Of texts that are written out at once."""

DEEPEST_CHUNK = 4
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
    allowance = _Allowance(MOST_CHUNK_VALUES, MOST_CHUNK_CHARACTERS)
    try:
        plain = allowance.ordered(list(values), DEEPEST_CHUNK)
        text = repr(plain).encode("utf-8", "surrogatepass")
    except Exception:  # noqa: BLE001 - too much, an endless int, or a type that hides what it is
        return None, MOST_CHUNK_VALUES - allowance.values
    return text, MOST_CHUNK_VALUES - allowance.values


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
