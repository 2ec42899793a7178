"""Where a path of the head's tree lies in the tree of a side."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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
        top = _top_of(root)
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


def _top_of(root: Path) -> Path:
    return next((each for each in (root, *root.parents) if (each / ".git").exists()), root)


def _has_separator(text: str) -> bool:
    return os.sep in text or bool(os.altsep and os.altsep in text)


def _normal(path: Path) -> Path:
    return Path(os.path.normpath(path))
