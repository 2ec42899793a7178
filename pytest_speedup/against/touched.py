"""Which cells a change touches, from what both sides loaded; pure.

All tests of a side run in one process, so that what it loaded says nothing of one of them. A cell
is touched where a file differs that its test reaches: by imports that stand in files, from its own
file, the conftest.py files and packages of its folders, and from what was loaded while its workload
took turns. What is reached by other ways counts for all cells: what no import names, plugins, data,
and what changes others as it is imported. In doubt a cell is touched.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pytest_speedup.model import Touch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pytest_speedup.against.imports import Imports

INIT, CONFTEST = "__init__", "conftest"

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneFile:
    """A file that a side loaded.

    Attributes:
        content: the name of its content; of what was compiled that of all its sources.
        is_code: whether it is one of modules: of Python, or compiled.
        module: the name that it was imported by; empty where that is not known.
        imports: what it may bring in; None where nobody can tell, as of what was compiled.
    """

    content: str
    is_code: bool = True
    module: str = ""
    imports: Imports | None = None

    @property
    def opens(self) -> bool:
        """Whether it may reach whatever is there."""
        return self.imports is None or self.imports.opens


@dataclass(frozen=True, slots=True)
class Window:
    """What a side loaded while one workload was set up and took turns.

    Attributes:
        names: files, whichever process loaded them.
        unasked: whether a program was started that does not tell what it loads.
    """

    names: frozenset[str]
    unasked: bool


@dataclass(frozen=True, slots=True)
class OneSide:
    """What a side loaded; files are named by their path in its tree, or as they are installed.

    Attributes:
        files: by name.
        tests: those that were collected as files of tests.
        plugins: those that pytest has as plugins, with the conftest.py of any folder.
        windows: by workload.
    """

    files: Mapping[str, OneFile]
    tests: Collection[str] = ()
    plugins: Collection[str] = ()
    windows: Mapping[str, Window] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A cell that is asked for.

    Attributes:
        id: its id.
        workload: what it shares with other cells of the same test.
        test: the path of its test's file in the tree.
        unasked: whether its workers stand elsewhere, and tell nothing.
    """

    id: str
    workload: str
    test: str
    unasked: bool = False


def touch_cells(
    cells: Iterable[Asked], base: OneSide, head: OneSide, *, everything: bool, unknown: bool
) -> dict[str, Touch]:
    """Say of each cell whether the change between base and head touches it.

    Args:
        cells: the cells.
        base: what the base loaded.
        head: what head loaded.
        everything: whether something differs that all of them have, as the version of a dependency.
        unknown: whether something may differ that all of them have, and nobody can tell.

    Returns:
        Whether it does, by the id of the cell.
    """
    names = {*base.files, *head.files}
    differing = frozenset(one for one in names if _content(base, one) != _content(head, one))
    if everything or _has_data(differing, base, head):
        return {one.id: Touch.TOUCHED for one in cells}
    reaches = [Reach(one) for one in (base, head)] if differing else []
    found: dict[tuple[str, str], bool] = {}
    touches = {}
    for one in cells:
        key = one.workload, one.test
        if key not in found:
            found[key] = any(not differing.isdisjoint(side.of(*key)) for side in reaches)
        known = not one.unasked and _is_known(one.workload, base, head)
        untouched = Touch.UNTOUCHED if known and not unknown else Touch.UNKNOWN
        touches[one.id] = Touch.TOUCHED if found[key] else untouched
    return touches


def _content(side: OneSide, name: str) -> str | None:
    return side.files[name].content if name in side.files else None


def _has_data(names: Collection[str], *sides: OneSide) -> bool:
    return any(not one.files[name].is_code for one in sides for name in names if name in one.files)


def _is_known(workload: str, *sides: OneSide) -> bool:
    """Whether each side was asked after its turns, and whatever these started could be."""
    windows = [one.windows.get(workload) for one in sides]
    return all(one is not None and not one.unasked for one in windows)


@dataclass(slots=True)
class Reach:
    """Which files of a side reach which.

    Attributes:
        side: what it loaded.
    """

    side: OneSide
    _code: dict[str, OneFile] = field(init=False)
    _parts: dict[str, Parts] = field(init=False)
    _ending: dict[str, list[tuple[str, int]]] = field(init=False)
    _next: dict[str, frozenset[str]] = field(default_factory=dict)
    _common: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Sort the files by the parts of their names, and find those that count for all."""
        self._code = {name: one for name, one in self.side.files.items() if one.is_code}
        self._parts = {name: parts_of(name) for name in self._code}
        self._ending = defaultdict(list)
        for name, parts in self._parts.items():
            for end, part in enumerate(parts, 1):
                self._ending[part].append((name, end))
        self._common = frozenset(self._for_all())

    def of(self, workload: str, test: str) -> frozenset[str]:
        """Name the files that a workload, and the test that calls it, may reach."""
        own = set(self._named_like(test))
        if not own:  # its file was not seen to be loaded
            return frozenset(self._code)
        window = self.side.windows.get(workload)
        during = window.names & self._code.keys() if window is not None else frozenset()
        around = {one for file in (*own, test) for one in self._around(file)}
        return self._closed({*own, *around, *during, *self._common})

    def _for_all(self) -> Iterator[str]:
        """Name the files that count for every cell, whatever its test imports."""
        tests = {one for test in self.side.tests for one in self._named_like(test)}
        around = {one for file in (*tests, *self.side.tests) for one in self._around(file)}
        explained = tests | around | self._imported()
        plugins = {one for each in self.side.plugins for one in self._named_like(each)}
        for name, one in self._code.items():
            if _is_conftest(name):
                counts = one.imports is None or one.imports.hooks
            else:
                counts = name in plugins or name not in explained
            if counts or (one.imports is not None and one.imports.loud):
                yield name

    def _named_like(self, path: str) -> Iterator[str]:
        """Find a file of the tree as it was loaded: from there, or as it was built of it."""
        if path in self._code:
            yield path
            return
        parts = parts_of(path)
        for name, end in self._ending.get(parts[-1] if parts else "", ()):
            own = self._parts[name]
            if end == len(own) and own == parts[-end:] and _is_init(name) == _is_init(path):
                yield name

    def _around(self, file: str) -> Iterator[str]:
        """Name the packages that a file lies in, and each conftest.py on the way to it."""
        for folder in PurePosixPath(file).parents:
            for name in (str(folder / f"{INIT}.py"), str(folder / f"{CONFTEST}.py")):
                if name in self._code:
                    yield name

    def _imported(self) -> set[str]:
        """Name the files that an import in another file names, and that it would find so."""
        absolute: set[str] = set()
        relative: set[Parts] = set()
        for name, one in self._code.items():
            if one.imports is None:
                continue
            for imported in one.imports.absolute:
                absolute.update(_with_parents(imported))
            folder = self._folder(name)
            for dots, imported in one.imports.relative:
                parts = (*folder[: len(folder) - dots + 1], *filter(None, imported.split(".")))
                relative.update(
                    parts[:end] for end in range(len(folder) - dots + 1, len(parts) + 1)
                )
        return {
            name
            for name, one in self._code.items()
            if self._parts[name] in relative
            or (one.module in absolute and _is_named(self._parts[name], one.module))
        }

    def _folder(self, name: str) -> Parts:
        return PurePosixPath(name).parts[:-1]

    def _closed(self, names: set[str]) -> frozenset[str]:
        """Add what these reach, and what that reaches in turn."""
        reached, waiting = set(names), [*names]
        while waiting:
            name = waiting.pop()
            if self._code[name].opens:
                return frozenset(self._code)
            for one in self._after(name):
                if one not in reached:
                    reached.add(one)
                    waiting.append(one)
        return frozenset(reached)

    def _after(self, name: str) -> frozenset[str]:
        if name not in self._next:
            imports = self._code[name].imports
            found = frozenset() if imports is None else frozenset(self._found(name, imports))
            self._next[name] = found
        return self._next[name]

    def _found(self, name: str, imports: Imports) -> Iterator[str]:
        """Name the files that imports may mean: what they name, and what is an attribute of it."""
        for imported in {one for each in imports.absolute for one in _with_parents(each)}:
            yield from self._below(tuple(imported.split(".")), imports.words)
        folder = self._folder(name)
        for dots, imported in imports.relative:
            start = folder[: len(folder) - dots + 1]
            parts = tuple(filter(None, imported.split(".")))
            for end in range(len(parts) + 1):
                yield from self._below((*start, *parts[:end]), imports.words, whole=True)
        if _is_init(name):  # names its modules in texts, or has them as attributes
            yield from self._below(folder, imports.words, whole=True)
        for word in imports.words & self._ending.keys():  # a text may name a module in full
            yield from (one for one, end in self._ending[word] if self._is_spelt(one, end, imports))

    def _is_spelt(self, name: str, end: int, imports: Imports) -> bool:
        """Whether all parts of the name that a file was imported by are words of another."""
        module = self._code[name].module.split(".")
        return end == len(self._parts[name]) and imports.words.issuperset(module)

    def _below(self, start: Parts, words: frozenset[str], *, whole: bool = False) -> Iterator[str]:
        """Name the file of a module, and those below it whose parts are all among some words."""
        for name, end in self._ending.get(start[-1] if start else "", ()):
            parts = self._parts[name]
            begins = end - len(start)
            fits = begins == 0 if whole else begins >= 0
            if fits and parts[begins:end] == start and words.issuperset(parts[end:]):
                yield name


def parts_of(name: str) -> Parts:
    """Split the name of a file of code as modules are named: a package is its folder."""
    path = PurePosixPath(name)
    stem = path.name.partition(".")[0]
    return path.parts[:-1] if stem == INIT else (*path.parts[:-1], stem)


def _is_conftest(name: str) -> bool:
    return PurePosixPath(name).name == f"{CONFTEST}.py"


def _is_init(name: str) -> bool:
    return PurePosixPath(name).name.partition(".")[0] == INIT


def _is_named(parts: Parts, module: str) -> bool:
    """Whether a file is where a module of that name lies, below whichever folder."""
    named = tuple(module.split("."))
    return parts[-len(named) :] == named


def _with_parents(module: str) -> Iterator[str]:
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        yield ".".join(parts[:end])


SOURCES = frozenset(
    (
        *(".c", ".cc", ".cpp", ".cxx", ".c++", ".h", ".hh", ".hpp", ".hxx", ".inc", ".s", ".asm"),
        *(".pyx", ".pxd", ".pxi", ".rs", ".go", ".zig", ".cu", ".cuh", ".m", ".mm", ".i", ".swg"),
        *(".f", ".for", ".f77", ".f90", ".f95", ".f03", ".f08", ".f2py", ".pyf", ".tmpl", ".in"),
        *(".toml", ".cmake", ".build", ".options", ".lock", ".mk", ".def", ".map", ".tpl", ".j2"),
        *(".so", ".pyd", ".dll", ".dylib", ".a", ".o", ".lib"),
    )
)
BUILDING = frozenset(
    (
        *(
            "setup.py",
            "setup.cfg",
            "build.py",
            "hatch_build.py",
            "_custom_build.py",
            "conanfile.py",
        ),
        *("makefile", "cmakelists.txt", "meson.build", "meson_options.txt", "sconstruct"),
        *("manifest.in", "configure", "configure.ac", "build", "workspace"),
    )
)


MADE_OF_PYTHON = "mypyc"
"""What stands in names of files that are compiled of any number of files of Python."""


def is_made_of(compiled: str, changed: Iterable[str]) -> bool:
    """Whether a compiled file may be made of what a change has, or be built otherwise by it.

    Args:
        compiled: its name as it is installed.
        changed: the files of the change.
    """
    return any(_is_source(PurePosixPath(name), compiled) for name in changed)


def _is_source(path: PurePosixPath, compiled: str) -> bool:
    if path.suffix.lower() in SOURCES or path.name.lower() in BUILDING:
        return True
    own = parts_of(compiled)
    of_python = MADE_OF_PYTHON in compiled or parts_of(str(path))[-len(own) :] == own
    return path.suffix == ".py" and of_python
