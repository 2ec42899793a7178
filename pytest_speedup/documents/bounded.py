"""JSON from outside, within bounds: the one place that parses any.

A pull request can change what is read, so that no text may take more memory, stack or time than
what is bounded here. Beyond the bounds is an error, as is what the format forbids and Python's
parsers let pass.
"""

from __future__ import annotations

import json
import math
import stat
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 64 * 1024 * 1024
"""Of a JSON document: a saved run of a thousand cells has a tenth of that."""

MOST_VALUES = 4_000_000
"""Values of a JSON document; each takes some 70 bytes of memory."""

DEEPEST = 64
"""Arrays and objects within each other: saved runs have eight."""

LONGEST_NUMBER = 400
"""Characters of a number, which are more than any float needs."""

_BRACKETS = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))


def read_file(path: Path, most: int = MOST_BYTES) -> bytes:
    """Read a regular file of no more than so many bytes.

    Raises:
        OSError: it cannot be read.
        ValueError: it has more bytes, or is a device or a pipe, which might have no end.
    """
    kind = path.stat().st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):  # of a folder the system says more
        message = "it is no regular file"
        raise ValueError(message)
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        message = f"it has more than {most} bytes, the most that is read"
        raise ValueError(message)
    return data


def load_json(data: bytes, most: int = MOST_BYTES) -> Any:  # noqa: ANN401 - whatever it holds
    """Parse JSON as RFC 8259 has it: UTF-8, each name once, no NaN, no infinity.

    Args:
        data: the document.
        most: its bytes at most.

    Raises:
        ValueError: it is not JSON, or beyond a bound; the message says which.
    """
    refuse(len(data) > most, f"it has {len(data)} bytes, at most {most} are read")
    values = data.count(b",") + data.count(b"[") + data.count(b"{")
    refuse(values > MOST_VALUES, f"it has more than {MOST_VALUES} values, the most that is read")
    refuse(_is_deep(data), f"it is nested more than {DEEPEST} deep, the most that is read")
    try:
        return json.loads(
            data.decode(),
            parse_constant=_refuse_constant,
            parse_int=_whole,
            parse_float=_real,
            object_pairs_hook=_object,
        )
    except RecursionError as error:  # where the stack is almost used up already
        message = "it is nested too deep"
        raise ValueError(message) from error


def refuse(beyond: bool, message: str) -> None:  # noqa: FBT001 - reads like a sentence
    """Refuse what is beyond a bound.

    Raises:
        ValueError: it is.
    """
    if beyond:
        raise ValueError(message)


def _is_deep(data: bytes) -> bool:
    """Whether brackets outside of strings lie deeper within each other than is read.

    Each pass takes out the innermost pairs, all at once, so that there are as many passes as
    levels, and none of them is a loop in Python. What has no partner stays; the parser refuses it.
    """
    quoted = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside = quoted.translate(None, _NO_BRACKETS).split(b'"')[::2]
    rest = b"".join(outside).translate(_BRACKETS)
    for _ in range(DEEPEST):
        inner = rest.replace(b"[]", b"")
        if len(inner) == len(rest):
            break
        rest = inner
    return b"[]" in rest or rest.count(b"[") > DEEPEST


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _whole(digits: str) -> int:
    return int(_short(digits))


def _real(digits: str) -> float:
    number = float(_short(digits))
    if math.isinf(number):
        message = f"{digits} is too large a number"
        raise ValueError(message)
    return number


def _short(digits: str) -> str:
    if len(digits) > LONGEST_NUMBER:
        message = f"a number has {len(digits)} characters, at most {LONGEST_NUMBER} are read"
        raise ValueError(message)
    return digits


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        message = f"the name {twice[:40]!r} stands twice in an object"
        raise ValueError(message)
    return found
