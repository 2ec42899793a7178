"""JSON and TOML from outside: read within bounds, and each field of its kind.

A pull request can change what is read, so that no text may take more memory, stack or time than
what is bounded here. Beyond the bounds is an error, as is what the format forbids and Python's
parsers let pass.

JSON says nothing of what a value means: each is checked where it is read, so that nothing behind
meets a text where a number belongs, or a number that overflows.
"""

from __future__ import annotations

import json
import math
import stat
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard

if TYPE_CHECKING:
    from pathlib import Path

MAX_DOCUMENT_BYTES = 64 * 1024 * 1024
"""Of a JSON document: a saved run of a thousand cells has a tenth of that."""

MAX_DOCUMENT_VALUES = 4_000_000
"""Values of a JSON document; each takes some 70 bytes of memory."""

MAX_DOCUMENT_DEPTH = 64
"""Arrays and objects within each other: saved runs have eight."""

MAX_NUMBER_CHARACTERS = 400
"""Characters of a number, which are more than any float needs."""

_OUTLINE = bytes.maketrans(b"{}123456789E", b"[]000000000e")
_NO_OUTLINE = bytes(set(range(256)) - set(b'[]{}"0123456789eE+.,'))
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]"))

_DIGITS_IN_A_ROW = b"0" * 150
_LARGE_EXPONENTS = (b"0e000", b"0e+000")


def read_file(path: Path, most: int = MAX_DOCUMENT_BYTES) -> bytes:
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


def load_json(data: bytes, most: int = MAX_DOCUMENT_BYTES) -> Any:  # noqa: ANN401 - whatever it holds
    """Parse JSON as RFC 8259 has it: UTF-8, each name once, no NaN, no infinity.

    Args:
        data: the document.
        most: its bytes at most.

    Raises:
        ValueError: it is not JSON, or beyond a bound; the message says which.
    """
    refuse(len(data) > most, f"it has {len(data)} bytes, at most {most} are read")
    refuse(
        len(data) > MAX_DOCUMENT_VALUES and _count_values(data) > MAX_DOCUMENT_VALUES,
        f"it has more than {MAX_DOCUMENT_VALUES} values, the most that is read",
    )
    outline = _outline(data)
    refuse(
        _is_deep(outline),
        f"it is nested more than {MAX_DOCUMENT_DEPTH} deep, the most that is read",
    )
    numbers: Any = {} if _are_plain(outline) else {"parse_int": _whole, "parse_float": _real}
    try:
        return json.loads(
            data.decode(),
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
            **numbers,
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


def _count_values(data: bytes) -> int:
    """Count values of a document, or some more."""
    return data.count(b",") + data.count(b"[") + data.count(b"{")


def _outline(data: bytes) -> bytes:
    """Keep of a document brackets, commas and numbers that stand outside of strings.

    Braces become brackets and all digits zeros, without a loop in Python.
    """
    quoted = data
    if b"\\" in data:
        quoted = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(quoted.translate(_OUTLINE, _NO_OUTLINE).split(b'"')[::2])


def _is_deep(outline: bytes) -> bool:
    """Whether brackets lie deeper within each other than is read.

    Each pass takes out the innermost pairs, all at once, so that there are as many passes as
    levels. What has no partner stays; the parser refuses it.
    """
    rest = outline.translate(None, _NO_BRACKETS)
    for _ in range(MAX_DOCUMENT_DEPTH):
        inner = rest.replace(b"[]", b"")
        if len(inner) == len(rest):
            break
        rest = inner
    return b"[]" in rest or rest.count(b"[") > MAX_DOCUMENT_DEPTH


def _are_plain(outline: bytes) -> bool:
    """Whether all numbers are surely short and finite, so that none need be looked at by itself.

    Without 150 digits in a row and an exponent of three, a number has at most 306 characters and
    is less than 1e250.
    """
    return not any(one in outline for one in (_DIGITS_IN_A_ROW, *_LARGE_EXPONENTS))


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
    if len(digits) > MAX_NUMBER_CHARACTERS:
        message = f"a number has {len(digits)} characters, at most {MAX_NUMBER_CHARACTERS} are read"
        raise ValueError(message)
    return digits


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        message = f"the name {twice[:40]!r} stands twice in an object"
        raise ValueError(message)
    return found


MAX_TEXT_CHARACTERS = 1_000_000
"""Characters of a name or a reason; the arguments of a parametrized test stand in names."""

MAX_WORKERS = 65_536

SHOWN = 80
"""Characters of something unsuitable that a message shows."""

MIN_SECONDS, MAX_SECONDS = 1e-9, 1e9
"""A nanosecond, and thirty years."""

LEAST_FLOOR, MAX_FLOOR = 5e-324, 1e12
"""Of what a test demands: a speedup, a share, tasks a second or seconds."""

MAX_PEAK = 1e6
"""Tasks at once that it may demand."""

MAX_LOG = 100.0
"""Of the logarithm of a speedup or of seconds."""


def text(value: object) -> str:
    """Take a text that every encoding of Unicode can hold.

    Raises:
        ValueError: it is something else, too long, or has half a character in it.
    """
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARACTERS or not _is_whole(value):
        message = f"{brief(value)} is no text of at most {MAX_TEXT_CHARACTERS} characters"
        raise ValueError(message)
    return value


def workers(value: object) -> int:
    """Take a number of workers.

    Raises:
        ValueError: it is something else.
    """
    if type(value) is not int or not 1 <= value <= MAX_WORKERS:
        message = f"{brief(value)} is no number of workers, a whole one from 1 to {MAX_WORKERS}"
        raise ValueError(message)
    return value


def number(value: object, low: float, high: float) -> float:
    """Take a number of a range, with its ends.

    Raises:
        ValueError: it is something else.
    """
    if not is_number(value) or not low <= value <= high:
        message = f"{brief(value)} is no number from {low:g} to {high:g}"
        raise ValueError(message)
    return float(value)


def seconds(value: object) -> float:
    """Take a duration.

    Raises:
        ValueError: it is something else, or none.
    """
    return number(value, MIN_SECONDS, MAX_SECONDS)


def switch(value: object) -> bool:
    """Take a truth value.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(value, bool):
        message = f"{brief(value)} is neither true nor false"
        raise ValueError(message)  # noqa: TRY004 - of all fields
    return value


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a finite number; truth values are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -math.inf < value < math.inf


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def brief(value: object) -> str:
    """Show the beginning of what was found, however much there is of it."""
    shown = repr(value)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}..."


MAX_TOML_BYTES = 128 * 1024
MAX_TOML_LINE = 2_000
"""Of a TOML document: the time for its dotted keys grows with the square of their length."""


def load_toml(data: bytes) -> dict[str, Any]:
    """Parse TOML.

    Raises:
        ValueError: it is not TOML, or beyond a bound; the message says which.
    """
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - pytest starts without
    else:
        import tomli as tomllib  # noqa: PLC0415 - likewise
    most = MAX_TOML_BYTES
    refuse(len(data) > most, f"it has {len(data)} bytes, at most {most} are read")
    longest = max(map(len, data.split(b"\n")))
    refuse(
        longest > MAX_TOML_LINE,
        f"it has a line of {longest} bytes, at most {MAX_TOML_LINE} are read",
    )
    try:
        return tomllib.loads(data.decode())
    except RecursionError as error:
        message = "it is nested too deep"
        raise ValueError(message) from error
