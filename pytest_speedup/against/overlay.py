"""The environment of a side: its own builds, the packages of the user's, and a watch on both."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.against import watch
from pytest_speedup.against.cause import word_cause
from pytest_speedup.against.installer import install_wheels
from pytest_speedup.against.side import SideError
from pytest_speedup.against.watch import STARTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_speedup.against.sites import Line

WATCHING = "_speedup_watch"
"""The module that watches a process, which a module beside it starts."""

UNWATCHED = 86
"""Exit code of a process that cannot be watched: whatever it loaded, nobody would know."""

START = """\
import os
import sys

try:
    from {watching} import start

    WATCH = start({side!r}, {kinds!r}, {owned!r}, {first!r}, {fallback!r})
except BaseException as error:
    print(f"pytest-speedup: this process cannot be watched: {{error!r}}", file=sys.stderr)
    os._exit({unwatched})
"""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A virtual environment of a side.

    Attributes:
        folder: where it lies.
        python: its interpreter.
        site: its folder of installed packages.
    """

    folder: Path
    python: Path
    site: Path

    @property
    def commands(self) -> Path:
        """The folder of its commands."""
        return self.python.parent


def make_overlay(folder: Path, python: str, wheels: Sequence[Path]) -> Overlay:
    """Make an environment with some wheels and nothing else.

    Args:
        folder: where.
        python: the interpreter that it is made with.
        wheels: what is installed, without dependencies.

    Raises:
        SideError: it cannot be made.
    """
    words = [python, "-m", "venv", "--without-pip", str(folder)]
    try:
        subprocess.run(words, capture_output=True, check=True)  # noqa: S603 - an interpreter
        windows = folder / "Scripts" / "python.exe"
        own = windows if windows.exists() else folder / "bin" / "python"
        (site,) = (*folder.glob("lib/*/site-packages"), *folder.glob("Lib/site-packages"))[:1]
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        why = word_cause(error) if isinstance(error, OSError) else _said(error)
        message = f"no environment can be made with {python}: {why}"
        raise SideError(message) from error
    if wheels:
        install_wheels(own, wheels)
    return Overlay(folder, own, site)


def open_overlay(overlay: Overlay, sites: Sequence[Path], lines: Iterable[Line]) -> None:
    """Let an environment have what the user's has, but for what is the repository's.

    Args:
        overlay: the environment.
        sites: the folders of the user's packages, whose own ``.pth`` files are not run again.
        lines: what of these files is not the repository's.

    Raises:
        SideError: it cannot be written to.
    """
    said = [f"import {STARTED}", *map(str, sites)]
    for line in lines:
        if not line.is_import:
            said.append(str(line.folder))
        elif "addsitedir" not in line.text:  # the folders that such a line brings are here already
            said.append(line.text)
    _write(overlay.site / "speedup.pth", "\n".join([*dict.fromkeys(said), ""]))


def watch_overlay(
    overlay: Overlay,
    side: str,
    kinds: Mapping[str, str],
    *,
    owned: Iterable[str],
    first: Iterable[Path],
    fallback: Path,
) -> None:
    """Have each process of an environment tell what it loads.

    Args:
        overlay: the environment.
        side: the name of its side.
        kinds: of places, see :class:`~pytest_speedup.against.watch.Places`.
        owned: names of modules that are the side's own, or nobody's.
        first: folders that these are searched in first, after the environment's own.
        fallback: the folder for the notes of processes that were given no variables.

    Raises:
        SideError: it cannot be written to.
    """
    source = Path(watch.__file__).read_text(encoding="utf-8")
    _write(overlay.site / f"{WATCHING}.py", source)
    started = START.format(
        watching=WATCHING,
        side=side,
        kinds=dict(kinds),
        owned=tuple(sorted(owned)),
        first=[str(overlay.site), *map(str, first)],
        fallback=str(fallback),
        unwatched=UNWATCHED,
    )
    _write(overlay.site / f"{STARTED}.py", started)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        message = f"the environment of a side cannot be written: {word_cause(error)}"
        raise SideError(message) from error


def _said(error: Exception) -> str:
    said = getattr(error, "stderr", None) or b""
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else str(error)
