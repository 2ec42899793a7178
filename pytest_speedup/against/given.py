"""An environment that the user built for the base: whether it is one, and one that can measure."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.documents import load_json
from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Mapping

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
