"""Environments of the base: one that the user built, one of its own, or its own versions alone.

What takes long is kept: an environment is found again by what its dependencies were declared as.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from pytest_speedup.against.building import UnfetchedError, install_into, run_installer
from pytest_speedup.against.projects import normal
from pytest_speedup.against.scratch import clear, forget_oldest, made
from pytest_speedup.against.side import SideError
from pytest_speedup.documents import load_json, read_file
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import BASE, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_speedup.against.declared import Locked
    from pytest_speedup.against.dependencies import Needed

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


OPTION = "--speedup-base-env"

INTERPRETERS = ("bin/python", "Scripts/python.exe", "python.exe")
"""Where the interpreter of an environment lies in it."""

NEEDED = ("pytest", "pytest-benchmark", "pytest-speedup")
"""What an environment must have for the base to be measured in it."""

ASKING = """\
import json, sys
from importlib import metadata

def version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""

gil = getattr(sys, "_is_gil_enabled", lambda: True)()
python = [sys.implementation.name, *map(str, sys.version_info[:3]), "" if gil else "without GIL"]
prefixes = [sys.prefix, sys.base_prefix]
has = {name: version(name) for name in sys.argv[1:]}
print(json.dumps({"python": python, "prefixes": prefixes, "has": has}))
"""

SECONDS = 60.0
"""How long an interpreter may take to tell what it is."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an interpreter says of itself.

    Attributes:
        python: its implementation, version, and whether it has no GIL.
        prefixes: the folder that its environment begins at, and the one that it begins at.
        has: versions of distributions, empty where it has none.
    """

    python: tuple[str, ...]
    prefixes: tuple[str, str]
    has: Mapping[str, str]


def given_python(path: Path) -> str:
    """Find the interpreter of an environment, and make sure that the base can run with it.

    Args:
        path: its folder, or its interpreter.

    Returns:
        the interpreter.

    Raises:
        SpeedupError: it is no environment, lacks what is needed, or has another Python.
    """
    python = _interpreter(path)
    told = _ask(python, path)
    own, shared = told.prefixes
    if own == shared and not (Path(own) / "conda-meta").is_dir():
        _refuse(path, f"{python} is in no environment: make one with python -m venv")
    if Path(own).resolve() == Path(sys.prefix).resolve():
        _refuse(path, "pytest runs in it: build another one for the base, or leave the option out")
    here = _ask(Path(sys.executable), path)
    if told.python != here.python:
        theirs, ours = (" ".join(filter(None, one.python)) for one in (told, here))
        _refuse(path, f"it has {theirs}, and head runs on {ours}: build it with the same Python")
    _refuse_without(path, told)
    return str(python)


def _refuse_without(path: Path, told: Told) -> None:
    missing = [name for name in NEEDED if not told.has[name]]
    if missing:
        _refuse(path, f"it has no {' and no '.join(missing)}: install that into it")
    theirs, ours = told.has["pytest-speedup"], metadata.version("pytest-speedup")
    if theirs != ours:
        _refuse(path, f"it has pytest-speedup {theirs}, and head {ours}: install {ours} into it")


def _interpreter(path: Path) -> Path:
    """Find it without following links: an environment's own is one to where it was made from."""
    full = Path(os.path.abspath(path))  # noqa: PTH100 - resolve follows links
    if full.is_dir():
        found = (full / name for name in INTERPRETERS)
        return next((one for one in found if one.is_file()), full / INTERPRETERS[0])
    return full


def read_told(said: bytes) -> Told:
    """Read what an interpreter printed of itself.

    Raises:
        ValueError: it is something else.
    """
    told = load_json(said)
    try:
        first, second = map(str, told["prefixes"])
        has = {name: str(told["has"][name]) for name in NEEDED}
        return Told(tuple(map(str, told["python"])), (first, second), has)
    except (KeyError, TypeError) as error:
        message = "it does not say what it is"
        raise ValueError(message) from error


def _ask(python: Path, path: Path) -> Told:
    if not python.is_file():
        _refuse(path, f"there is no {python}: name an environment's folder, or its python")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    try:
        said = subprocess.run(  # noqa: S603 - the interpreter that the user named
            [str(python), "-I", "-c", ASKING, *NEEDED],
            env=environment,
            capture_output=True,
            check=True,
            timeout=SECONDS,
        ).stdout
        return read_told(said)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        message = f"{OPTION}={path}: {python} does not run as a Python, or does not say what it is"
        raise SpeedupError(message) from error


def _refuse(path: Path, why: str) -> None:
    message = f"{OPTION}={path}: {why}"
    raise SpeedupError(message)


MAX_KEPT_VERSIONS = 10
"""Folders of packages that are kept; the oldest ones go."""


def own_versions(needed: Needed, cache: Path, root: Path) -> Path:
    """Install what the base needs into a folder that goes before the packages that are here.

    Args:
        needed: what it needs.
        cache: the folder for what is kept.
        root: the base's root directory.

    Returns:
        the folder.

    Raises:
        DependenciesError: it cannot be had, or something else was installed in its place.
    """
    clear(cache)
    said = [sys.version, sys.platform, needed.requirements, needed.constraints, needed.here, pins()]
    name = f"packages-{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:24]}"
    if not (cache / name).is_dir():
        with made("building", cache) as folder:
            _install(needed, folder, root)
            with suppress(OSError):  # somebody else was faster
                folder.rename(cache / name)
        forget_oldest(cache, "packages-*", MAX_KEPT_VERSIONS)
    site = cache / name / "site-packages"
    _check_versions(needed, site)
    return site


def word_versions(needed: Needed, site: Path) -> str:
    """Say which versions the base has of its own, in a line."""
    has = _versions(site)
    names = [Requirement(one).name for one in needed.requirements]
    listed = ", ".join(f"{name} {has[normal(name)]}" for name in dict.fromkeys(names))
    return shown(f"base runs with its own versions of what it declares otherwise: {listed}")


def _install(needed: Needed, folder: Path, root: Path) -> None:
    """Install it with all that it requires: like what is here, where that can be."""
    target, file = folder / "site-packages", folder / "constraints.txt"
    held = [*needed.constraints, *pins()]
    for constraints in ([*held, *needed.here], held):
        file.write_text("\n".join([*constraints, ""]), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        try:
            install_into(target, needed.requirements, file, root)
        except SideError as error:
            failed = error
        else:
            return
    raise DependenciesError(_word(needed, str(failed))) from failed


def _check_versions(needed: Needed, site: Path) -> None:
    has = _versions(site)
    for text in needed.requirements:
        one = Requirement(text)
        version = has.get(normal(one.name), "")
        if not version or not one.specifier.contains(version, prereleases=True):
            found = f"{one.name} {version}" if version else f"no {one.name}"
            raise DependenciesError(_word(needed, f"{found} was installed for {text}"))


def _versions(site: Path) -> dict[str, str]:
    listed = metadata.distributions(path=[str(site)])
    return {normal(one.metadata["Name"] or ""): one.version for one in listed}


def _word(needed: Needed, why: str) -> str:
    return (
        f"base declares other dependencies than head, and they cannot be had: "
        f"{', '.join(needed.requirements)} (in {', '.join(needed.sources)})\n{why}\n"
        f"  {HAD_BY}; --speedup-base-env=same runs the base with head's all the same"
    )
