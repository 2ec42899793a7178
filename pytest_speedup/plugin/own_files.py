"""What the files of a side say to its pytest, read as data."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from _pytest.config import findpaths

from pytest_speedup.errors import SpeedupError
from pytest_speedup.plugin.asked import text_of
from pytest_speedup.plugin.given import said_names
from pytest_speedup.plugin.trees import Trees, below

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def ini_of(config: pytest.Config, side_root: Path) -> Path | None:
    """Find the file that configures a side's pytest, as this run found its own.

    Args:
        config: pytest's, of head.
        side_root: the side's root directory.

    Raises:
        pytest.UsageError: the command line cannot be read.
    """
    trees = Trees.of(config, side_root)
    own = config.inipath
    if own is not None and below(own, trees.top) is None:
        return own
    if own is not None and "-c" in said_names(config):
        there = trees.moved(own)
        return there if there.is_file() else None
    folder = side_root if own is None else trees.moved(own.parent)
    found = findpaths.locate_config(folder, [folder])[1]
    return None if found is None or below(found, trees.side_top) is None else found


def setting_of(ini: Path | None, name: str) -> str | list[str] | None:
    """Read a setting as it is written in a file; None where that says nothing, or is none."""
    try:
        found = {} if ini is None else findpaths.load_config_dict_from_file(ini) or {}
    except Exception:  # noqa: BLE001 - pytest's own errors, of a file that may be anybody's
        return None
    value = found.get(name)
    value = getattr(value, "value", value)  # since pytest 9 with where it came from
    try:
        return [str(one) for one in value] if isinstance(value, list | tuple) else text_of(value)
    except SpeedupError:  # a table, or a date
        return None


def words_of(ini: Path | None, name: str) -> list[str]:
    """Read a setting that is made of words, such as ``addopts``."""
    value = setting_of(ini, name) or ""
    if isinstance(value, list):
        return value
    try:
        return shlex.split(value)
    except ValueError:  # a quote that does not end
        return value.split()


def own_testpaths(config: pytest.Config, side_root: Path) -> list[str]:
    """Find where a side looks for tests by itself, where nobody named any and head looks elsewhere.

    Args:
        config: pytest's, of head.
        side_root: the side's root directory.

    Returns:
        absolute paths.
    """
    sources = type(config).ArgsSource
    if config.args_source is sources.ARGS:
        return []
    own, heads = (words_of(one, "testpaths") for one in (ini_of(config, side_root), config.inipath))
    if own == heads:
        return []
    folder = Trees.of(config, side_root).folder
    return [str(path) for one in own for path in sorted(folder.glob(one))] or [str(folder)]
