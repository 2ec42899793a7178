"""Head's tests on the base's code: a test harness laid over the base's temporary tree.

What is laid over: the files of the selected cells, each conftest.py on the way to them, the
configuration of pytest, and the folders of tests that they lie in, whole, as git has them. Code
under test never is: a folder counts as one of tests by its name alone, and not if it is a project
or installed. Where a helper lies elsewhere the base goes without, and what cannot run there is not
compared.
"""

from __future__ import annotations

import ast
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.against.side import SideError
from pytest_speedup.documents import read_file
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import shown
from pytest_speedup.model.text import word_cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_speedup.against.base import Base

FOLDERS = ("test", "tests", "bench", "benches", "benchmark", "benchmarks")
"""Names of folders that hold tests and what helps them, and nothing that is tested."""

PACKAGING = ("pyproject.toml", "setup.cfg", "setup.py")
"""Files that say how a project is built; a folder that has one is a project."""

CONFTEST = "conftest.py"

FIXTURE = "speedup"

MAX_NAMED_FILES = 20
"""Files that a remark names."""


@dataclass(frozen=True, slots=True)
class LaidOver:
    """What of head's tests went over the base's tree; paths are relative to its top.

    Attributes:
        new: files that the base has not.
        changed: files that it has otherwise.
        removed: files named conftest.py that it has and head has not.
        kept: the base's own configuration, which stays since it also says how the base is built.
        refused: files that would lie, or lead, outside of the tree.
        gone: node ids of tests with the fixture that are in the base's files and not in head's.
    """

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def remarks(self) -> list[str]:
        """Say what was done, in lines."""
        told = (
            ("laid over the base, which has not got it", self.new),
            ("laid over the base, where it differs", self.changed),
            ("taken away from the base, since head has none", self.removed),
            ("left as the base has it, since it says how that is built", self.kept),
            ("not laid over, since it leads out of the tree", self.refused),
        )
        lines = [f"head's tests, {what}: {_names(files)}" for what, files in told if files]
        if not (self.new or self.changed or self.removed):
            lines.insert(0, "head's tests are the base's own: nothing was laid over it")
        return lines


def lay_over(root: Path, base: Base, files: Iterable[str], ini: Path | None) -> LaidOver:
    """Lay head's tests over the base's temporary tree; head's own is only read.

    Args:
        root: head's root directory.
        base: the base, checked out.
        files: files with selected cells, relative to the root directory.
        ini: the file that head's pytest is configured by, if any.

    Raises:
        SideError: a file cannot be read or written.
        SpeedupError: head marks a test of the base otherwise.
    """
    inside = base.root.relative_to(base.top)
    top = root.parents[len(inside.parts) - 1] if inside.parts else root
    tests = [_normal(inside / file) for file in dict.fromkeys(files)]
    layer = _Layer(top, base.top)
    try:
        gone = [one for test in tests for one in _gone(layer, test, inside)]
        for file in dict.fromkeys([*tests, *_helpers(top, tests)]):
            layer.put(file)
        for file in _conftests(tests, inside):
            layer.mirror(file)
        if ini is not None:
            _configure(layer, ini)
    except (OSError, ValueError) as error:
        why = word_cause(error) if isinstance(error, OSError) else shown(str(error))
        message = f"head's tests cannot be laid over the base: {why}"
        raise SideError(message) from error
    return layer.done(gone)


def folder_of_tests(top: Path, test: PurePosixPath) -> PurePosixPath | None:
    """Find the folder of tests that a test file lies in; None where code may lie there, too.

    Args:
        top: the top of head's tree.
        test: the file, relative to it.
    """
    for folder in test.parents:
        if any((top / folder / name).is_file() for name in PACKAGING):
            return None
        if folder.name in FOLDERS:
            return None if _is_installed(top, folder) else folder
    return None


def _is_installed(top: Path, folder: PurePosixPath) -> bool:
    """Whether a package of that name is installed from this tree: it is what is tested."""
    for name in metadata.packages_distributions().get(folder.name, ()):
        with suppress(metadata.PackageNotFoundError):
            origin = metadata.distribution(name).read_text("direct_url.json") or ""
            if top.resolve().as_uri() in origin:
                return True
    return False


class _Layer:
    """Files on their way from one tree into another, and what became of them."""

    def __init__(self, top: Path, base_top: Path) -> None:
        self.top = top
        self.base_top = base_top
        self._new: list[str] = []
        self._changed: list[str] = []
        self._removed: list[str] = []
        self._kept: list[str] = []
        self._refused: list[str] = []

    def put(self, file: PurePosixPath) -> None:
        """Lay a file over, unless it is there already or is none."""
        source, target = self.top / file, self.base_top / file
        if not os.path.lexists(source) or (source.is_dir() and not source.is_symlink()):
            return
        if not self._stays_inside(source, target):
            self._refused.append(str(file))
            return
        if _is_same(source, target):
            return
        (self._changed if os.path.lexists(target) else self._new).append(str(file))
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        target.unlink(missing_ok=True)  # a link is replaced, and not what it leads to
        shutil.copy2(source, target, follow_symlinks=False)

    def mirror(self, file: PurePosixPath) -> None:
        """Have the base have a file exactly where head has it."""
        target = self.base_top / file
        if os.path.lexists(self.top / file):
            self.put(file)
        elif os.path.lexists(target) and self._stays_inside(target, target):
            target.unlink()
            self._removed.append(str(file))

    def keep(self, file: PurePosixPath) -> None:
        """Leave a file as the base has it, and say so where head has another."""
        if not _is_same(self.top / file, self.base_top / file):
            self._kept.append(str(file))

    def done(self, gone: Iterable[str]) -> LaidOver:
        """Say what became of the files."""
        lists = (self._new, self._changed, self._removed, self._kept, self._refused)
        new, changed, removed, kept, refused = (tuple(sorted({*files})) for files in lists)
        return LaidOver(new, changed, removed, kept, refused, tuple(gone))

    def _stays_inside(self, source: Path, target: Path) -> bool:
        """Whether a file is written into the base's tree, and leads nowhere else if it is a link.

        A folder of the base may be a link out of it, into the user's tree.
        """
        base_top = self.base_top.resolve()
        if not target.parent.resolve().is_relative_to(base_top):
            return False
        if not source.is_symlink():
            return True
        leads = source.readlink()
        end = (target.parent.resolve() / leads).resolve()
        return not leads.is_absolute() and end.is_relative_to(base_top)


def _helpers(top: Path, tests: Iterable[PurePosixPath]) -> Iterator[PurePosixPath]:
    """List the files of the folders of tests: what git knows, and what it would not ignore."""
    folders = [folder_of_tests(top, test) for test in tests]
    for folder in dict.fromkeys(one for one in folders if one is not None):
        words = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        try:
            listed = run_git(top, "--literal-pathspecs", *words, "--", str(folder))
        except GitError as error:
            message = f"head's tests cannot be listed: {error}"
            raise SideError(message) from error
        files = [PurePosixPath(name) for name in listed.split("\0") if name]
        yield from (file for file in files if "__pycache__" not in file.parts)


def _conftests(tests: Iterable[PurePosixPath], inside: Path) -> list[PurePosixPath]:
    """Name each conftest.py that pytest might read on its way to a test."""
    root = PurePosixPath(inside.as_posix())
    folders = [folder for test in tests for folder in test.parents if folder.is_relative_to(root)]
    return [folder / CONFTEST for folder in dict.fromkeys(folders)]


def _configure(layer: _Layer, ini: Path) -> None:
    """Lay pytest's configuration over, unless it stands in a file that says more than that."""
    top = layer.top.resolve()
    if not ini.resolve().is_relative_to(top):
        return
    file = PurePosixPath(ini.resolve().relative_to(top).as_posix())
    if file.name in PACKAGING and os.path.lexists(layer.base_top / file):
        layer.keep(file)
    else:
        layer.put(file)


def _gone(layer: _Layer, test: PurePosixPath, inside: Path) -> list[str]:
    """Name the tests of the base's file that head's no longer has: they would be lost quietly.

    Raises:
        SpeedupError: head marks a test otherwise; the base's margin is to hold, and would not.
    """
    before, after = (_tests_in(top / test) for top in (layer.base_top, layer.top))
    moved = [one for one in before if one in after and before[one] != after[one]]
    if moved:
        message = (
            f"--speedup-harness=head would judge {test}::{moved[0]} by the marker that head "
            "changes: change it in a commit of its own, or compare with --speedup-harness=base"
        )
        raise SpeedupError(message)
    name = test.relative_to(PurePosixPath(inside.as_posix()))
    return [f"{name}::{one}" for one in before if one not in after]


def _tests_in(file: Path) -> dict[str, list[str]]:
    """Find the tests of a file that take the fixture, with their markers; none if it is no code."""
    try:
        body = ast.parse(read_file(file)).body
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return {}
    assigned = [node.value for node in body if isinstance(node, ast.Assign)]
    return dict(_taking_fixture(body, "", _marks(assigned)))


def _taking_fixture(
    body: Iterable[ast.stmt], prefix: str, marks: list[str]
) -> Iterator[tuple[str, list[str]]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            own = [*marks, *_marks(node.decorator_list)]
            yield from _taking_fixture(node.body, f"{prefix}{node.name}::", own)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            if node.name.startswith("test") and FIXTURE in {one.arg for one in arguments}:
                yield f"{prefix}{node.name}", [*marks, *_marks(node.decorator_list)]


def _marks(nodes: Iterable[ast.expr]) -> list[str]:
    """Write down the calls of the marker that are in some expressions."""
    return [
        ast.unparse(node)
        for expression in nodes
        for node in ast.walk(expression)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == FIXTURE
    ]


def _is_same(one: Path, other: Path) -> bool:
    if one.is_symlink() or other.is_symlink():
        links = one.is_symlink() and other.is_symlink()
        return links and one.readlink() == other.readlink()
    if not one.is_file() or not other.is_file():
        return False
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


def _normal(path: Path) -> PurePosixPath:
    return PurePosixPath(os.path.normpath(path).replace(os.sep, "/"))


def _names(files: Iterable[str]) -> str:
    every = list(files)
    more = len(every) - MAX_NAMED_FILES
    named = ", ".join(map(shown, every[:MAX_NAMED_FILES]))
    return f"{named} and {more} more" if more > 0 else named
