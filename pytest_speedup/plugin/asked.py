"""Where a setting comes from: the command line asks for something, files say how it is done."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.documents.fields import brief
from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


ADDOPTS = pytest.StashKey[str]()
"""What ``PYTEST_ADDOPTS`` was before any conftest.py ran."""


def keep_addopts(config: pytest.Config) -> None:
    """Read what who calls pytest always asks for, before a change can say that it was asked."""
    config.stash[ADDOPTS] = os.environ.get("PYTEST_ADDOPTS", "")


def addopts_of(config: pytest.Config) -> str:
    """Return what ``PYTEST_ADDOPTS`` said at the start."""
    return config.stash.get(ADDOPTS, os.environ.get("PYTEST_ADDOPTS", ""))


def is_asked(config: pytest.Config, flag: str) -> bool:
    """Whether an option that is set was given for this run alone.

    One that is nowhere to be seen came by another way, such as a file of arguments, and counts as
    asked for.

    Args:
        config: pytest's.
        flag: the option, such as ``--speedup-fail``.
    """
    if _has(config.invocation_params.args, flag):
        return True
    always = [*config.getini("addopts"), *_words(addopts_of(config))]
    return not _has(always, flag)


def ini_text(config: pytest.Config, name: str) -> str | None:
    """Read a setting of the ini file as on the command line; None where it says nothing.

    pytest's native TOML has numbers, booleans and arrays, of which its own reading of a setting
    takes one kind each.

    Raises:
        SpeedupError: it is a table or a date, or in an array that nests.
    """
    value = _ini_value(config, name)
    return text_of(value)


def text_of(value: object) -> str | None:
    """Write the value of a setting as on the command line; None where it says nothing.

    Raises:
        SpeedupError: it is a table or a date, or in an array that nests.
    """
    if value is None or value == "":
        return None
    if isinstance(value, list | tuple):
        return ",".join(_word(one) for one in value)
    return _word(value)


def _ini_value(config: pytest.Config, name: str) -> Any:  # noqa: ANN401 - TOML has many types
    known: Mapping[str, Any]
    known = config._inicfg if hasattr(config, "_inicfg") else config.inicfg  # noqa: SLF001
    if name not in known:
        return config.getini(name)
    value = known[name]
    return getattr(value, "value", value)  # since pytest 9 with where it came from


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    message = f"it is text, a number, true or false, or an array of these; got {brief(value)}"
    raise SpeedupError(message)


def _has(words: Iterable[object], flag: str) -> bool:
    return any(str(word).partition("=")[0] == flag for word in words)


def _words(text: str) -> list[str]:
    with suppress(ValueError):
        return shlex.split(text)
    return text.split()
