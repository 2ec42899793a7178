"""Where a project's code lies, whether a path leads to it, and whose each place is."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_speedup.against.projects import modules_of, read_toml
from pytest_speedup.against.watch import BUILT, FOREIGN, INSTALLED, SPARED, TREE
from pytest_speedup.against.worktree import ignored_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_speedup.against.projects import Installed
    from pytest_speedup.against.worktree import WorkTree

BUILDING = ("setup.py", "meson.build", "CMakeLists.txt", "Cargo.toml", "build.py", "hatch_build.py")
"""Files that say how a project is built, and nothing else."""

COMPILES = re.compile(
    r"ext[_-]modules|Extension\(|cythonize|mypycify|cffi_modules|rust[_-]extensions"
)
"""What a project says that has more than Python, whatever it was installed as."""

COMPILERS = {"mesonpy", "scikit_build_core.build", "maturin", "enscons.api", "sipbuild.api"}
"""Build backends of projects that have more than Python."""

OF_OTHERS = ("ruff", "mypy", "pytest", "coverage", "black", "isort", "tox", "pyright", "pylint")
"""Tables of ``pyproject.toml`` that decide nothing of what is built."""

ASIDE = (
    *(".git", ".pytest_cache", ".benchmarks", ".hypothesis", ".coverage*", ".tox", ".nox"),
    *(".mypy_cache", ".ruff_cache", ".ipynb_checkpoints", ".idea", ".vscode"),
)
"""Files and folders in a tree that hold nobody's code."""

ENVIRONMENT = ("pyvenv.cfg", "conda-meta")
"""What lies at the top of an environment."""

NOT_PACKAGES = {"build", "dist", "node_modules", "__pycache__", "site-packages"}


def is_path_enough(project: Installed, head: WorkTree, trees: Sequence[WorkTree]) -> bool:
    """Whether a project's code is all that is on a path in the tree, so that nothing is built.

    It is installed from the working tree by folders on the path alone, has nothing but Python, no
    file of it was generated, and both trees have these folders and are built alike.
    """
    folders = project.folders
    if folders is None or not project.is_pure:
        return False
    top = head.top.resolve()
    if not all(one.resolve().is_relative_to(top) for one in folders):
        return False
    inside = [PurePosixPath(one.resolve().relative_to(top).as_posix()) for one in folders]
    if not all(_has(tree, folder) for tree in trees for folder in inside):
        return False
    if any(_generated(head, folder) for folder in inside):
        return False
    ways = [_way_to_build(tree, project.folder) for tree in trees]
    return all(way == ways[0] for way in ways) and not _compiles(head, project.folder)


def _has(tree: WorkTree, folder: PurePosixPath) -> bool:
    start = "" if folder == PurePosixPath() else f"{folder}/"
    return any(path.startswith(start) and path.endswith(".py") for path in tree.blobs)


def _generated(tree: WorkTree, folder: PurePosixPath) -> list[str]:
    """Name the code that git ignores in the packages of a folder."""
    files = [PurePosixPath(path).relative_to(folder) for path in ignored_code(tree.top, folder)]
    packages = {module.partition(".")[0] for module in modules_below(tree, [str(folder)])}
    return [
        str(file)
        for file in files
        if NOT_PACKAGES.isdisjoint(file.parts) and file.parts[0].partition(".")[0] in packages
    ]


def _way_to_build(tree: WorkTree, folder: PurePosixPath) -> list[object]:
    """Say what decides how a project is built: other trees may be built otherwise."""
    document = dict(read_toml(tree.top / folder / "pyproject.toml"))
    tool = document.get("tool")
    tools = {key: value for key, value in tool.items() if key not in OF_OTHERS} if tool else {}  # type: ignore[attr-defined]
    files = [tree.blobs.get(str(folder / name)) for name in BUILDING]
    return [document.get("build-system"), tools, *files]


def _compiles(tree: WorkTree, folder: PurePosixPath) -> bool:
    system = read_toml(tree.top / folder / "pyproject.toml").get("build-system")
    backend = system.get("build-backend") if isinstance(system, dict) else None
    if backend in COMPILERS:
        return True
    said = [_text(tree.top / folder / name) for name in ("setup.py", "pyproject.toml")]
    return any(COMPILES.search(text) for text in said)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def modules_below(tree: WorkTree, folders: Iterable[str]) -> set[str]:
    """Name the modules that folders of a tree have, of packages the outermost."""
    named: set[str] = set()
    for folder in folders:
        start = "" if folder in {"", "."} else f"{folder}/"
        named |= modules_of(path[len(start) :] for path in tree.blobs if path.startswith(start))
    return named


def places_of(
    *,
    top: Path,
    environment: Path,
    others: Sequence[Path],
    projects: Iterable[Installed],
    sites: Iterable[Path],
    prefixes: Iterable[Path],
    taken: Iterable[Installed] = (),
) -> Mapping[str, str]:
    """Say whose each place is, for the processes of a side; a longer name holds.

    Args:
        top: of its tree.
        environment: its own.
        others: the tree and the environment of the other side.
        projects: the distributions of the repository, as they are installed.
        sites: folders of installed packages.
        prefixes: folders that interpreters and their environments begin at.
        taken: of the projects those that this side has as they are installed.
    """
    kinds: dict[str, str] = {}
    for one in (Path(tempfile.gettempdir()), *prefixes):
        _put(kinds, one, SPARED)
    for one in others:
        _put(kinds, one, FOREIGN)
    for one in (top, others[0]):
        for aside in _aside(one):
            _put(kinds, aside, SPARED)
    _put(kinds, top, TREE)
    for one in sites:
        _put(kinds, one, SPARED)
    _put(kinds, environment, BUILT)
    for project in projects:
        for copy in project.copies:
            _put(kinds, copy, FOREIGN)
    for project in taken:
        for copy in project.copies:
            _put(kinds, copy, INSTALLED)
    return kinds


def _put(kinds: dict[str, str], place: Path, kind: str) -> None:
    for name in {str(place), str(place.resolve())}:
        kinds[f"{name.rstrip(os.sep)}{os.sep}" if place.is_dir() else name] = kind


def _aside(top: Path) -> list[Path]:
    """Name what lies in a tree and is none of it: caches and environments."""
    found = [file for name in ASIDE for file in top.glob(name)]
    for pattern in ("*", "*/*"):
        marked = (file for mark in ENVIRONMENT for file in top.glob(f"{pattern}/{mark}"))
        found += [file.parent for file in marked]
    return found
