"""JSON and TOML from outside, within bounds: the one place that parses either.

A pull request can change what is read, so that no text may take more memory, stack or time than
what is bounded here. Beyond the bounds is an error, as is what the format forbids and Python's
parsers let pass.
"""

from __future__ import annotations

import json
import math
import stat
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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

MOST_TOML_BYTES = 128 * 1024
LONGEST_TOML_LINE = 2_000
"""Of a TOML document: the time for its dotted keys grows with the square of their length."""

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
    _refuse(len(data) > most, f"it has {len(data)} bytes, at most {most} are read")
    values = data.count(b",") + data.count(b"[") + data.count(b"{")
    _refuse(values > MOST_VALUES, f"it has more than {MOST_VALUES} values, the most that is read")
    _refuse(_is_deep(data), f"it is nested more than {DEEPEST} deep, the most that is read")
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


def load_toml(data: bytes) -> dict[str, Any]:
    """Parse TOML.

    Raises:
        ValueError: it is not TOML, or beyond a bound; the message says which.
    """
    most = MOST_TOML_BYTES
    _refuse(len(data) > most, f"it has {len(data)} bytes, at most {most} are read")
    longest = max(map(len, data.split(b"\n")))
    _refuse(
        longest > LONGEST_TOML_LINE,
        f"it has a line of {longest} bytes, at most {LONGEST_TOML_LINE} are read",
    )
    try:
        return tomllib.loads(data.decode())
    except RecursionError as error:
        message = "it is nested too deep"
        raise ValueError(message) from error


def _refuse(beyond: bool, message: str) -> None:  # noqa: FBT001 - reads like a sentence
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
