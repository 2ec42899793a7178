"""Wheels of a side's tree: built once for what git would commit of it, and kept."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from pytest_speedup.against.base import copy_worktree
from pytest_speedup.against.installer import build_wheel, fetch
from pytest_speedup.against.projects import read_toml
from pytest_speedup.against.scratch import clear, forget_oldest, made
from pytest_speedup.against.side import SideError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_speedup.against.worktree import WorkTree

MOST_KEPT = 40
"""Builds that are kept; the oldest ones go."""

DECIDING = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "RUSTFLAGS", "ARCHFLAGS", "CMAKE_ARGS")
"""Variables that decide what a compiler makes of the same source."""

BUILDS_WHEELS = ">=70.1"
"""Versions of setuptools that build wheels by themselves.

Source: https://setuptools.pypa.io/en/stable/history.html#v70-1-0.
"""

USUAL = ("setuptools",)
"""What builds a project that does not say what builds it."""


class UnfetchedError(SideError):
    """What builds a project is not here and cannot be fetched: nobody knows whether it builds."""


@dataclass(frozen=True, slots=True)
class Build:
    """A wheel that was built from a tree.

    Attributes:
        wheel: the file.
        kept: whether an earlier run built it.
    """

    wheel: Path
    kept: bool


def build(
    tree: WorkTree, folders: Sequence[PurePosixPath], python: str, cache: Path
) -> list[Build]:
    """Build wheels of projects in a tree; its folder is only read.

    Args:
        tree: the tree.
        folders: of the projects, below its top.
        python: the interpreter that they are for.
        cache: the folder in which builds are kept.

    Raises:
        UnfetchedError: what builds one cannot be had.
        SideError: one cannot be built.
    """
    cache.mkdir(parents=True, exist_ok=True)
    clear(cache)
    names = {folder: _name(tree, folder, python) for folder in folders}
    kept = {folder: wheel for folder in folders if (wheel := _kept(cache / names[folder]))}
    missing = [folder for folder in folders if folder not in kept]
    if missing:
        with made("building", cache) as scratch:
            copy = scratch / "tree"
            copy_worktree(tree, copy)
            for folder in missing:
                _build(copy, folder, scratch / names[folder], python)
                with suppress(OSError):  # somebody else was faster
                    (scratch / names[folder]).rename(cache / names[folder])
    forget_oldest(cache, "wheel-*", MOST_KEPT)
    return [Build(_built(cache / names[folder]), folder in kept) for folder in folders]


def _name(tree: WorkTree, folder: PurePosixPath, python: str) -> str:
    """Name a build by all that decides what is in it."""
    requires = requirements(tree.top / folder)
    versions = [f"{one}={_version(one)}" for one in requires]
    said = [tree.name, str(folder), python, sys.version, sys.platform, *versions]
    said += [f"{name}={os.environ.get(name, '')}" for name in DECIDING]
    return f"wheel-{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:24]}"


def _kept(folder: Path) -> Path | None:
    with suppress(OSError):
        os.utime(folder)
    return next(iter(folder.glob("*.whl")), None)


def _built(folder: Path) -> Path:
    wheel = _kept(folder)
    if wheel is None:
        message = f"what was built for {folder.name} is gone: run it again"
        raise SideError(message)
    return wheel


def _build(top: Path, folder: PurePosixPath, target: Path, python: str) -> None:
    """Build with what the environment has if that is enough, else with what is fetched."""
    source = top / folder
    target.mkdir()
    here = python == sys.executable and all(map(_version, requirements(source)))
    try:
        build_wheel(source, target, python, isolated=not here)
    except SideError as error:
        named = "its tree" if folder == PurePosixPath() else str(folder)
        if not here:
            _refuse_unfetched(named, source, target.parent / "fetched", python)
        message = (
            f"{named}: {error}\n"
            "  install its build requirements where pytest runs, or let this job fetch them"
        )
        raise SideError(message) from error
    if len([*target.glob("*.whl")]) != 1:
        message = f"no wheel came of building {source}"
        raise SideError(message)


def _refuse_unfetched(named: str, source: Path, target: Path, python: str) -> None:
    """Tell a build that failed from one that could not begin, by what it takes alone.

    What a backend asks for only as it runs is not among this, nor is what is written wrongly:
    these are builds that failed.

    Raises:
        UnfetchedError: that cannot be had.
    """
    listed = requirements(source)
    if not listed or not all(map(_is_requirement, listed)):
        return
    try:
        fetch(listed, target, python)
    except SideError as error:
        message = f"what builds {named} cannot be had: {', '.join(listed)}\n{error}"
        raise UnfetchedError(message) from error


def requirements(folder: Path) -> list[str]:
    """List what it takes to build a project."""
    system = read_toml(folder / "pyproject.toml").get("build-system")
    listed = system.get("requires") if isinstance(system, dict) else None
    known = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else None
    found = [*USUAL] if known is None else known
    return [*found, *(["wheel"] if any(map(_needs_wheel, found)) else [])]


def _needs_wheel(requirement: str) -> bool:
    """Whether it is setuptools, of a version that says only as it builds that it needs wheel."""
    version = _version(requirement) if requirement.strip().startswith("setuptools") else ""
    return bool(version) and not SpecifierSet(BUILDS_WHEELS).contains(version, prereleases=True)


def _is_requirement(text: str) -> bool:
    with suppress(InvalidRequirement):
        return bool(Requirement(text))
    return False


def _version(requirement: str) -> str:
    """Return the version that is here of what is required; empty if it is not or does not do."""
    try:
        asked = Requirement(requirement)
        if asked.marker is not None and not asked.marker.evaluate():
            return "not needed"
        version = metadata.version(asked.name)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return ""
    return version if asked.specifier.contains(version, prereleases=True) else ""
