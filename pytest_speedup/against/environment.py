"""An environment of the base's own: its dependencies, which may not be those of head.

What takes long is kept: an environment is found again by what its dependencies were declared as.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from contextlib import suppress
from importlib import metadata
from typing import TYPE_CHECKING

from pytest_speedup.against.building import UnfetchedError
from pytest_speedup.against.installer import run_installer
from pytest_speedup.against.scratch import clear, made
from pytest_speedup.against.side import SideError
from pytest_speedup.documents import read_file
from pytest_speedup.model import BASE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_speedup.against.locked import Locked

DECLARING = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "*requirements*.txt",
    "*.lock",
    "*lock.toml",
)
"""Files that say what a project depends on."""

MEASURING = ("pytest", "pytest-benchmark", "pytest-xdist", "rich", "tomli")
"""What the plugin needs or works with: the base gets the versions that head has."""

SITES = ("lib*/*/site-packages", "Lib/site-packages")
"""Where an environment has its packages."""

HAD_BY = (
    "let this job reach an index that has them, or name an environment of the base with "
    "--speedup-base-env=PATH"
)
"""What to do where versions cannot be had."""


class DependenciesError(SideError):
    """The base needs what is not here and cannot be installed: there is nothing to compare."""


def refusal(side: str, why: str, error: SideError) -> SideError:
    """Say why a side cannot be made, as what it is: without what builds the base nothing is known.

    Args:
        side: base or head.
        why: what goes before the error; empty for nothing.
        error: what went wrong.
    """
    message = f"{side}: {why}{error}"
    if side == BASE and isinstance(error, UnfetchedError):
        return DependenciesError(f"{message}\n  {HAD_BY}")
    return SideError(message)


def installed(root: Path, cache: Path, extras: str, locked: Locked) -> str:
    """Install a tree with its dependencies, or find what was installed before.

    Args:
        root: the folder with its ``pyproject.toml``.
        cache: the folder for environments that are kept.
        extras: extras of the project, such as ``[test]``; empty for none.
        locked: what its lock files pin of what is installed.

    Returns:
        the interpreter of the environment. The project in it is of whatever tree had the same
        dependencies: the base's own code goes into the environment of its side.

    Raises:
        DependenciesError: it cannot be installed, or not in the versions that are locked.
        SideError: there is nothing to install.
    """
    if not any((root / name).is_file() for name in ("pyproject.toml", "setup.py")):
        message = f"base: {root.name} has neither pyproject.toml nor setup.py to install from"
        raise SideError(message)
    clear(cache)  # an environment that is there already makes no folder, which would do so
    environment = cache / environment_name(root, extras, locked)
    if not environment.is_dir():
        _build(root, environment, extras, locked)
    return str(_python_of(environment))


def environment_name(root: Path, extras: str, locked: Locked) -> str:
    """Name an environment by all that decides what is in it.

    Raises:
        SideError: a file that decides is no file, or too large to be one that people wrote.
    """
    pinned = [str(one) for each in locked.pins.values() for one in each]
    said = f"{sys.version} {sys.platform} {extras} {pins()} {pinned}"
    digest = hashlib.sha256(said.encode())
    for pattern in DECLARING:
        for file in sorted(root.glob(pattern)):
            digest.update(os.fsencode(file.name) + b"\0" + _declared(file) + b"\0")
    return f"base-{digest.hexdigest()[:16]}"


def _declared(file: Path) -> bytes:
    try:
        return read_file(file)
    except ValueError as error:
        message = f"base: {file.name} cannot be read: {error}"
        raise SideError(message) from error


def _build(root: Path, environment: Path, extras: str, locked: Locked) -> None:
    """Make an environment aside, and put it in its place whole: two runs may do so at once."""
    environment.parent.mkdir(parents=True, exist_ok=True)
    with made("building", environment.parent) as folder:
        if shutil.which("uv"):
            _run("uv", "venv", "--quiet", "--allow-existing", "--python", sys.executable, folder)
        else:
            _run(sys.executable, "-m", "venv", folder)
        # Else uv takes the settings of the project that it is started in, which is head's.
        settings = ("--project", str(root)) if shutil.which("uv") else ()
        held = ("--constraint", _written(locked, folder)) if locked.constraints else ()
        words = (*_installer(_python_of(folder)), *settings, *held, f"{root}{extras}", *pins())
        try:
            _run(*words)
        except SideError as error:
            of_lock = f"  held to the versions that {', '.join(locked.sources)} pins\n"
            message = f"{error}\n{of_lock if held else ''}  {HAD_BY}"
            raise DependenciesError(message) from error
        _check(locked, folder)
        with suppress(OSError):  # somebody else was faster
            folder.rename(environment)


def _written(locked: Locked, folder: Path) -> Path:
    file = folder / "locked.txt"
    file.write_text("\n".join([*locked.constraints, ""]), encoding="utf-8")
    return file


def _check(locked: Locked, folder: Path) -> None:
    """Hold what was installed against what is locked.

    Raises:
        DependenciesError: something has another version, or nobody can tell.
    """
    if not locked.pins:
        return
    sites = [one for form in SITES for one in folder.glob(form)]
    others = locked.others(sites) if sites else ["nothing was installed"]
    if others:
        files = ", ".join(locked.sources)
        message = f"base: its environment is not what {files} has: {'; '.join(others)}\n  {HAD_BY}"
        raise DependenciesError(message)


def _installer(python: Path) -> Sequence[str]:
    if shutil.which("uv"):
        return ("uv", "pip", "install", "--quiet", "--python", str(python))
    return (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def pins() -> list[str]:
    """List the versions of what measures, which are head's on both sides."""
    pins = []
    for name in MEASURING:
        with suppress(metadata.PackageNotFoundError):
            pins.append(f"{name}=={metadata.version(name)}")
    return pins


def _python_of(environment: Path) -> Path:
    windows = environment / "Scripts" / "python.exe"
    return windows if windows.exists() else environment / "bin" / "python"


def _run(*command: str | Path) -> None:
    run_installer("base: its environment cannot be installed:", *command)
