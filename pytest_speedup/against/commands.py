"""Commands of the project, such as ``acme``: in the environment of a side they run its own code."""

from __future__ import annotations

import os
import re
import shlex
from importlib import metadata
from typing import TYPE_CHECKING

from pytest_speedup.against.cause import word_cause
from pytest_speedup.against.projects import normal, projects_in, read_toml
from pytest_speedup.against.side import SideError
from pytest_speedup.model import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_speedup.against.making import SidePlan
    from pytest_speedup.against.overlay import Overlay

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
            _write(file, _script(overlay, target) or _absent(name, side))


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


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
        file.chmod(0o700)
    except OSError as error:
        message = f"the command {shown(file.name)} cannot be written: {word_cause(error)}"
        raise SideError(message) from error
