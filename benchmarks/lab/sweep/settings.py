"""Settings of pytest, in each file that it reads."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES = {
    "pytest.ini": "pytest",
    "other.ini": "pytest",
    "tox.ini": "pytest",
    "setup.cfg": "tool:pytest",
    "pyproject.toml": "tool.pytest.ini_options",
    "pyproject.toml, native": "tool.pytest",
    "pytest.toml": "pytest",
}
"""The table of each kind of file."""

NATIVE = ("pyproject.toml, native", "pytest.toml")
"""Files whose values have types."""

WORDS = ("addopts",)
LINES = ("markers", "filterwarnings", "testpaths", "pythonpath", "required_plugins")
SWITCHES = ("xfail_strict",)


def file_name(kind: str) -> str:
    """Name the file of a kind."""
    return kind.partition(",")[0]


def written(kind: str, settings: Mapping[str, str]) -> str:
    """Write settings as the file has them.

    Args:
        kind: one of :data:`TABLES`.
        settings: values, with a line for each part.
    """
    write = _native if kind in NATIVE else _toml if kind == "pyproject.toml" else _ini
    lines = [write(name, value) for name, value in settings.items()]
    return "\n".join([f"[{TABLES[kind]}]", *lines, ""])


def _ini(name: str, value: str) -> str:
    return f"{name} = " + value.replace("\n", "\n    ")


def _toml(name: str, value: str) -> str:
    return f"{name} = '''{value}'''"


def _native(name: str, value: str) -> str:
    if name in SWITCHES:
        return f"{name} = {value}"
    if name in WORDS:
        return f"{name} = {shlex.split(value)!r}"
    if name in LINES:
        return f"{name} = {value.splitlines()!r}"
    return f"{name} = '{value}'"
