"""The environment of a side: its builds and commands, the user's packages, a watch on both."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.against import watch
from pytest_speedup.against.building import install_wheels
from pytest_speedup.against.projects import normal, projects_in, read_toml
from pytest_speedup.against.side import SideError
from pytest_speedup.against.watch import STARTED
from pytest_speedup.model import shown
from pytest_speedup.model.text import word_cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_speedup.against.making import SidePlan
    from pytest_speedup.against.projects import Line

SCRIPT = """\
#!/bin/sh
'''exec' {python} "$0" "$@"
' '''
import sys

from {module} import {first}

sys.exit({call}())
"""
"""Runs with an interpreter whose path may be long or have spaces, which no first line can name."""

ABSENT = """\
#!/bin/sh
echo {message} >&2
exit 127
"""

TARGET = re.compile(r"([\w.]+)\s*:\s*([\w.]+)(?:\s*\[.*\])?")
"""Where a command begins: a function of a module."""

KINDS = ("console_scripts", "gui_scripts")


def write_commands(overlay: Overlay, plan: SidePlan, side: str) -> None:
    """Write the commands of projects that are not built, which would be found elsewhere otherwise.

    One that the side's project has not is there, too, and says so: the environment where pytest
    runs may have it, and that would be the code of another tree.

    Raises:
        SideError: one cannot be written.
    """
    if os.name == "nt":  # there they are programs: the run ends if one of another tree starts
        return
    for name, target in _commands(plan).items():
        file = overlay.commands / name
        if not file.exists():
            _write_command(file, _script(overlay, target) or _absent(name, side))


def _commands(plan: SidePlan) -> dict[str, str]:
    """Find the commands of all projects, with where they begin; empty where they have none."""
    found: dict[str, str] = {}
    named = projects_in(plan.start.tree.top, plan.start.tree.blobs)
    here = {one.name: one for one in plan.projects}
    for one in metadata.distributions(path=[str(folder) for folder in _path(plan)]):
        name = normal(one.metadata["Name"] or "")
        if name not in here:
            continue
        installed = {each.name: each.value for each in one.entry_points if each.group in KINDS}
        written = _written(plan.start.tree.top / named.get(name, here[name].folder))
        as_is = {} if here[name].name in _built(plan) else installed
        targets = as_is if written is None or here[name] in plan.taken else written
        for command in {**installed, **targets}:
            found.setdefault(command, targets.get(command, ""))
    return {name: target for name, target in found.items() if os.sep not in name}


def _path(plan: SidePlan) -> list[Path]:
    lines = [line.folder for line in plan.sites.lines() if not line.is_import]
    return [*plan.sites.folders, *lines]


def _built(plan: SidePlan) -> set[str]:
    return {one.name for one in plan.projects if one.folder in plan.built}


def _written(folder: Path) -> Mapping[str, str] | None:
    """Read the commands that a ``pyproject.toml`` names; None where they are computed."""
    document = read_toml(folder / "pyproject.toml")
    project, tool = document.get("project"), document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    if isinstance(project, dict):
        computed = project.get("dynamic")
        if isinstance(computed, list) and {"scripts", "entry-points"}.intersection(computed):
            return None
        tables = [project.get("scripts"), project.get("gui-scripts")]
    elif isinstance(poetry, dict):
        tables = [poetry.get("scripts")]
    else:
        return None
    listed = (item for table in tables if isinstance(table, dict) for item in table.items())
    return {name: target for name, target in listed if isinstance(target, str)}


def _script(overlay: Overlay, target: str) -> str:
    match = TARGET.fullmatch(target)
    if match is None:
        return ""
    first = match[2].partition(".")[0]
    python = shlex.quote(str(overlay.python))
    return SCRIPT.format(python=python, module=match[1], first=first, call=match[2])


def _absent(name: str, side: str) -> str:
    message = f"{shown(name)}: the project of {side} has no such command"
    return ABSENT.format(message=shlex.quote(message))


def _write_command(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
        file.chmod(0o700)
    except OSError as error:
        message = f"the command {shown(file.name)} cannot be written: {word_cause(error)}"
        raise SideError(message) from error


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
