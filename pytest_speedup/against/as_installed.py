"""A side's project as the user installed it: whether that is the side's commit, file by file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.against.side import SideError
from pytest_speedup.model import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_speedup.against.projects import Installed
    from pytest_speedup.against.worktree import WorkTree

COMPILED = (".so", ".pyd", ".dll", ".dylib")
"""Endings of files that no commit has: what they were compiled from is not in them."""


def taken(
    projects: Iterable[Installed], names: Iterable[str], python: str
) -> tuple[Installed, ...]:
    """Choose the projects that a side has as they are installed where its packages come from.

    Args:
        projects: of the repository, in that environment.
        names: of those that take more than a folder on the path.
        python: the interpreter of the environment.

    Raises:
        SideError: one is not installed there, or by a path into a tree that may be any.
    """
    found = {one.name: one for one in projects}
    chosen = []
    for name in names:
        one = found.get(name)
        if one is None or not one.modules:
            how = "is not installed" if one is None else "is installed as editable"
            message = (
                f"{name} {how} in the environment of {python}: install it there from base's tree, "
                "with pip install --no-deps ."
            )
            raise SideError(message)
        chosen.append(one)
    return tuple(chosen)


def check_installed(
    projects: Iterable[Installed], tree: WorkTree, sites: Sequence[Path], python: str
) -> None:
    """Hold all code of installed projects that is Python against the tree of their side.

    Raises:
        SideError: a file has another content, or the tree has none of its name.
    """
    for one in projects:
        for file in _python_of(one):
            name = name_in(sites, str(file))
            if name is None or source_in(tree, name, file) is not None:
                continue
            if not is_ignored(tree, name):
                raise SideError(word_other(one.name, str(file), tree, python))


def word_other(project: str, file: str, tree: WorkTree, python: str) -> str:
    """Say that an installed file is not the commit's, and what to do."""
    return (
        f"{project} is installed in the environment of {python} from other code: {shown(file)} is "
        f"not what the tree {tree.name[:12]} has\n"
        "  install it there from that commit, with pip install --no-deps ."
    )


def name_in(sites: Iterable[Path], file: str) -> str | None:
    """Name an installed file below the folder of packages that it lies in; None outside."""
    for site in sites:
        for folder in (site, site.resolve()):
            if Path(file).is_relative_to(folder):
                return Path(file).relative_to(folder).as_posix()
    return None


def source_in(tree: WorkTree, name: str, file: Path) -> str | None:
    """Find the file of a tree that an installed one is a copy of, by its name and its content."""
    with suppress(OSError):
        content = file.read_bytes()
        for path in tree.ending_in(name):
            if _content(tree.top / path) == content:
                return path
    return None


def is_ignored(tree: WorkTree, name: str) -> bool:
    """Whether git ignores a file where its package lies in a tree, as one that builds generate."""
    package = PurePosixPath(name).parent
    found = tree.ending_in(f"{package}/__init__.py") if package.parts else ()
    for folder in (PurePosixPath(path).parent for path in found):
        with suppress(GitError):
            run_git(tree.top, "check-ignore", "--no-index", str(folder / PurePosixPath(name).name))
            return True
    return False


def _content(file: Path) -> bytes | None:
    with suppress(OSError):
        return file.read_bytes()
    return None


def _python_of(project: Installed) -> Iterator[Path]:
    for copy in project.copies:
        if copy.is_dir():
            yield from sorted(copy.rglob("*.py"))
        elif copy.suffix == ".py":
            yield copy
