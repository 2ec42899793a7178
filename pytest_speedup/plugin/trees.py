"""Where a path of head's tree lies in that of a side, and what a side's own files say."""

from __future__ import annotations

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from _pytest.config import findpaths

from pytest_speedup.errors import SpeedupError
from pytest_speedup.plugin.given import said_names
from pytest_speedup.plugin.options import text_of

if TYPE_CHECKING:
    import pytest

BETWEEN_PATHS = re.escape(f"=,{os.pathsep}")
"""What stands between paths, and between a name and a path, in the value of an option."""

INSTALLED = {"site-packages", "dist-packages"}
"""Folders with what was installed, wherever they are."""

ENVIRONMENT = ("pyvenv.cfg", "conda-meta")
"""What lies at the top of a virtual environment."""


@dataclass(frozen=True, slots=True)
class Trees:
    """The head's tree and the tree of a side.

    Attributes:
        root: the head's root directory.
        top: the top of its repository.
        side_root: the root directory of the side.
        side_top: the top of its tree.
        invoked: where the user called pytest.
        folder: the working directory that the side is to have.
    """

    root: Path
    top: Path
    side_root: Path
    side_top: Path
    invoked: Path
    folder: Path

    @classmethod
    def of(cls, config: pytest.Config, side_root: Path) -> Trees:
        """Find both, from the root directories of a run and of a side."""
        root, invoked = config.rootpath, config.invocation_params.dir
        top = top_of(root)
        inside = root.relative_to(top).parts
        side_top = side_root.parents[len(inside) - 1] if inside else side_root
        if inside and side_root.parts[-len(inside) :] != inside:
            top, side_top = root, side_root
        folder = _folder(invoked, top, side_top, side_root)
        return cls(root, top, side_root, side_top, invoked, folder)

    @property
    def is_head(self) -> bool:
        """Whether the side is head itself, in its own place."""
        return self.side_root == self.root

    def moved(self, path: Path) -> Path:
        """Return the path that corresponds in the side; the same outside of the tree."""
        inside = below(path, self.top)
        return path if inside is None else self.side_top / inside

    def place(self, text: str) -> str:
        """Move what is a path, as the user wrote it: absolute, or relative to the user."""
        if self.is_head:
            return text
        there = self.moved(self.invoked / text)
        # Nothing is said anew that says the same in the side's own working directory.
        return text if _normal(self.folder / text) == _normal(there) else str(_normal(there))

    def value(self, text: str) -> str:
        """Move a value that may be a path, or have some in it.

        An absolute path below the top of the tree is one. A relative one has a separator and
        exists: that a folder has the name of an engine makes the engine no path.
        """
        if self.is_head:
            return text
        if _has_separator(text) and os.path.exists(self.invoked / text):  # noqa: PTH110 - any text
            return self.place(text)
        return self._absolute().sub(lambda _: str(self.side_top), text)

    def _absolute(self) -> re.Pattern[str]:
        """Match the top of the tree where a path begins with it."""
        tops = "|".join(re.escape(str(top)) for top in (self.top, self.top.resolve()))
        ends = f"$|[{re.escape(os.sep)}{BETWEEN_PATHS}]"
        return re.compile(f"(?<![^{BETWEEN_PATHS}])(?:{tops})(?={ends})")

    def is_own(self, file: Path) -> bool:
        """Tell whether a file is the repository's, and not of what is installed in its folder."""
        inside = below(file, self.top)
        if inside is None or INSTALLED & {*inside.parts}:
            return False
        folders = [self.top / parent for parent in inside.parents][:-1]
        return not any((each / mark).exists() for each in folders for mark in ENVIRONMENT)


def below(path: Path, root: Path) -> Path | None:
    """Return the rest of a path below a root; None where it is not there.

    By name first: links in a tree stay links.
    """
    for known_path, known_root in (
        (_normal(path), _normal(root)),
        (path.resolve(), root.resolve()),
    ):
        if known_path.is_relative_to(known_root):
            return known_path.relative_to(known_root)
    return None


def _folder(invoked: Path, top: Path, side_top: Path, side_root: Path) -> Path:
    inside = below(invoked, top)
    if inside is None:
        return invoked
    there = side_top / inside
    return there if there.is_dir() else side_root


def top_of(root: Path) -> Path:
    """Find the top of the repository that a folder is in; the folder itself where it is in none."""
    return next((each for each in (root, *root.parents) if (each / ".git").exists()), root)


def _has_separator(text: str) -> bool:
    return os.sep in text or bool(os.altsep and os.altsep in text)


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))


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
