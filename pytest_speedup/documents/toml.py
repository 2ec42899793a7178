"""TOML from outside, within bounds: the one place that parses any.

Apart from the rest, which needs nothing but the standard library on every Python.
"""

from __future__ import annotations

import sys
from typing import Any

from pytest_speedup.documents.bounded import refuse

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MOST_TOML_BYTES = 128 * 1024
LONGEST_TOML_LINE = 2_000
"""Of a TOML document: the time for its dotted keys grows with the square of their length."""


def load_toml(data: bytes) -> dict[str, Any]:
    """Parse TOML.

    Raises:
        ValueError: it is not TOML, or beyond a bound; the message says which.
    """
    most = MOST_TOML_BYTES
    refuse(len(data) > most, f"it has {len(data)} bytes, at most {most} are read")
    longest = max(map(len, data.split(b"\n")))
    refuse(
        longest > LONGEST_TOML_LINE,
        f"it has a line of {longest} bytes, at most {LONGEST_TOML_LINE} are read",
    )
    try:
        return tomllib.loads(data.decode())
    except RecursionError as error:
        message = "it is nested too deep"
        raise ValueError(message) from error
