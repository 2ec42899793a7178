"""Wheels of a side's tree: built once for what git would commit of it, and kept; with uv or pip."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet

from pytest_speedup.against.base import copy_worktree
from pytest_speedup.against.channel import quote
from pytest_speedup.against.projects import read_toml
from pytest_speedup.against.scratch import clear, forget_oldest, made
from pytest_speedup.against.side import SideError
from pytest_speedup.platforms import apart, end_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_speedup.against.worktree import WorkTree

LAST_LINES = 5
"""How much of what an installer said is shown when it fails."""

BUILDING, INSTALLING = "it cannot be built:", "what was built cannot be installed:"

FETCHING = "the installer said:"

QUIET = ("--quiet", "--disable-pip-version-check")


def build_wheel(source: Path, target: Path, python: str, *, isolated: bool) -> None:
    """Build a wheel of a tree, without its dependencies.

    Args:
        source: the folder of the project.
        target: the folder for the wheel.
        python: the interpreter to build for, and with whose packages where nothing is isolated.
        isolated: whether what it takes to build is fetched, or is there in the environment.

    Raises:
        SideError: it failed, or there is neither uv nor pip.
    """
    alone = [] if isolated else ["--no-build-isolation"]
    if shutil.which("uv"):
        words = ["uv", "build", "--quiet", "--wheel", "--no-config", "--python", python, *alone]
        run_installer(BUILDING, *words, "--out-dir", target, source)
        return
    words = [*_pip(), "wheel", *QUIET, "--no-deps", *alone, "--wheel-dir", str(target)]
    run_installer(BUILDING, *words, source)


def fetch(requirements: Sequence[str], target: Path, python: str) -> None:
    """Install what it takes to build into a folder, to see whether that can be had.

    Args:
        requirements: what is asked for.
        target: the folder.
        python: the interpreter to build for.

    Raises:
        SideError: it cannot be had, or there is neither uv nor pip.
    """
    if shutil.which("uv"):
        words = ["uv", "pip", "install", "--quiet", "--no-config", "--python", python]
    else:
        words = [*_pip("--python", python), "install", *QUIET, "--no-compile"]
    run_installer(FETCHING, *words, "--target", target, *requirements)


def install_wheels(python: Path, wheels: Sequence[Path]) -> None:
    """Install wheels into an environment of our own that has nothing yet.

    Raises:
        SideError: it failed, or there is neither uv nor pip.
    """
    if shutil.which("uv"):
        words = ["uv", "pip", "install", "--quiet", "--offline", "--python", str(python)]
    else:
        words = [*_pip("--python", str(python)), "install", *QUIET, "--no-index", "--no-compile"]
    run_installer(INSTALLING, *words, "--no-deps", *wheels)


def install_into(target: Path, requirements: Sequence[str], constraints: Path, root: Path) -> None:
    """Install requirements, and what they require, into a folder for this interpreter.

    Args:
        target: the folder.
        requirements: what is installed.
        constraints: a file that restricts the versions of these and of what they require.
        root: the folder of the project whose settings for uv hold.

    Raises:
        SideError: it failed, or there is neither uv nor pip.
    """
    if shutil.which("uv"):
        words = ["uv", "pip", "install", "--quiet", "--python", sys.executable]
        words += ["--project", str(root)]
    else:
        words = [*_pip(), "install", *QUIET, "--no-compile"]
    places = ("--target", target, "--constraint", constraints)
    run_installer(FETCHING, *words, *places, *requirements)


@dataclass(slots=True)
class Installers:
    """Installers that run, so that whoever is interrupted need not wait for them.

    Attributes:
        running: those that do.
        ended: whether no other one is to start.
        lock: for both.
    """

    running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, command: Sequence[str], temporary: Path) -> subprocess.Popen[bytes]:
        """Start one, in a group of its own.

        Args:
            command: its words.
            temporary: the folder for its temporary files, some of which stay when it is ended.

        Raises:
            SideError: all were ended.
        """
        with self.lock:
            if self.ended:
                message = "it was not begun, as all was to end"
                raise SideError(message)
            process = subprocess.Popen(  # noqa: S603 - a list of words, no shell
                command,
                env=_environment(temporary),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                **apart(),
            )
            self.running.add(process)
            return process

    def end(self) -> None:
        """End all, with what they started, and let no other one start."""
        with self.lock:
            self.ended = True
            running = [*self.running]
        for process in running:
            end_tree(process)


_INSTALLERS = Installers()


@contextmanager
def ending_installers() -> Iterator[None]:
    """End what other threads install and build when this one is interrupted, or fails."""
    _INSTALLERS.ended = False
    try:
        yield
    except BaseException:
        _INSTALLERS.end()
        raise


def run_installer(what: str, *command: str | Path) -> None:
    """Run an installer.

    Args:
        what: what is said first if it fails.
        command: its words.

    Raises:
        SideError: it failed; with the last lines of what it said.
        KeyboardInterrupt: this process is to end; it has ended before.
    """
    words = [str(word) for word in command]
    with made("building") as temporary, _INSTALLERS.start(words, temporary) as process:
        try:
            told, complained = process.communicate()
        except BaseException:
            end_tree(process)
            raise
        finally:
            _INSTALLERS.running.discard(process)
    if process.returncode:
        said = _reason((complained.strip() or told.strip()).decode(errors="replace"))
        raise SideError("\n".join([what, *quote(said)]))


def _pip(*options: str) -> list[str]:
    if find_spec("pip") is None:
        message = "neither uv nor pip is there to build with: install one where pytest runs"
        raise SideError(message)
    return [sys.executable, "-m", "pip", *options]


def _environment(temporary: Path) -> dict[str, str]:
    """Let builds find the commands of this environment, such as ninja, and none of its code."""
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    rest = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    commands = [str(Path(sys.executable).parent), *filter(None, [os.environ.get("PATH")])]
    # For pip: it would take the console's on Windows.
    return {**rest, **places, "PATH": os.pathsep.join(commands), "PYTHONIOENCODING": "utf-8"}


def _reason(said: str) -> list[str]:
    """Find what went wrong: pip adds general advice to what a build said."""
    built = said.partition("[end of output]")[0]
    return [line.strip() for line in built.splitlines() if line.strip()][-LAST_LINES:]


MAX_KEPT_BUILDS = 40
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
    forget_oldest(cache, "wheel-*", MAX_KEPT_BUILDS)
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
