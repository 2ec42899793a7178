"""What both sides loaded, gathered for each workload: from that, which cells a change touches."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING

from pytest_speedup.against.dependencies import versions_in
from pytest_speedup.against.imports import UNREADABLE, read_imports
from pytest_speedup.against.making import COMPILED
from pytest_speedup.against.projects import OURS, projects_in
from pytest_speedup.against.touched import (
    Asked,
    OneFile,
    OneSide,
    Window,
    is_made_of,
    touch_cells,
)
from pytest_speedup.model import BASE, HEAD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pytest_speedup.against.cells import Wanted
    from pytest_speedup.against.imports import Imports
    from pytest_speedup.against.making import Made
    from pytest_speedup.against.proof import Proof
    from pytest_speedup.model import Touch

OF_THE_SIDE = frozenset(
    ("serial", "thread", "process", "interpreter", "asyncio", "loky", "dask", "own")
)
"""Executors whose workers a side starts, each of them watched; others' may stand anywhere."""

PROBES = frozenset(
    (
        *("git", "hg", "uname", "file", "lscpu", "sysctl", "getconf", "nvidia-smi", "lsb_release"),
        *("arch", "sw_vers", "ioreg", "wmic"),
        *("ldconfig", "gcc", "cc", "ld", "objdump"),  # by which Python finds libraries
    )
)
"""Programs that are asked about the machine or the commit while tests are collected, and end."""

MAX_BYTES = 4 * 1024 * 1024
"""Of a file that is read for its imports, or compared as data; of larger ones nothing is known."""

VERSIONS = frozenset(("_version", "version", "__version__", "_version_info"))
"""How modules are named that a build generates from the name of a commit."""


@dataclass(slots=True)
class Seen:
    """What a side told of its files beside their contents, as it told it.

    Attributes:
        modules: the names that files were imported by.
        tests: files that were collected as tests.
        plugins: files of pytest's plugins.
        windows: by workload, what was loaded for it.
    """

    modules: dict[str, str] = field(default_factory=dict)
    tests: set[str] = field(default_factory=set)
    plugins: set[str] = field(default_factory=set)
    windows: dict[str, Window] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)
    _programs: set[str] = field(default_factory=set)
    _unasked: bool = False

    def begin(self) -> None:
        """Begin with processes that are fresh: nothing that was started runs any more."""
        self._unasked = False

    def take(self, name: str, module: str) -> None:
        """Note a file that was loaded since the last workload."""
        self._names.add(name)
        if module and not self.modules.get(name):
            self.modules[name] = module

    def take_unasked(self, program: str) -> None:
        """Note a program that tells nothing."""
        self._programs.add(program)

    def end(self, workload: str) -> None:
        """Have what was told since belong to a workload, or to none.

        A program may run on, and serve the workloads to come.
        """
        probes = PROBES if not workload else ()
        self._unasked |= any(PurePath(one).stem not in probes for one in self._programs)
        before = self.windows.get(workload, Window(frozenset(), unasked=False))
        if workload:
            names, unasked = before.names | self._names, before.unasked or self._unasked
            self.windows[workload] = Window(names, unasked)
        self._names, self._programs = set(), set()


@dataclass(slots=True)
class Touches:
    """Says of cells whether the change touches them, as often as it is asked.

    Attributes:
        base: what is known of the base.
        head: what is known of head.
        standing: executors whose workers neither side starts.
    """

    base: Proof
    head: Proof
    standing: Collection[str] = ()
    _imports: dict[str, Imports | None] = field(default_factory=dict)
    _versions_differ: bool | None = None

    def of(self, wanted: Iterable[Wanted]) -> Mapping[str, Touch]:
        """Say so of some cells, by id."""
        changed = self._changed()
        contents = [
            self._contents(BASE, self.base, changed),
            self._contents(HEAD, self.head, changed),
        ]
        # Where nothing differs, nobody has to read what imports what.
        reads = contents[0] != contents[1]
        sides = [
            self._side(proof, found, reads=reads)
            for proof, found in zip((self.base, self.head), contents, strict=True)
        ]
        if self._versions_differ is None:
            self._versions_differ = do_versions_differ(self.base.made, self.head.made)
        return touch_cells(
            map(self._asked, wanted),
            *sides,
            everything=self._versions_differ,
            unknown=self._may_data_differ(),
        )

    def _asked(self, one: Wanted) -> Asked:
        made = self.head.made
        file = made.root / one.id.partition("::")[0]
        unasked = one.executor in self.standing or one.executor not in OF_THE_SIDE
        return Asked(one.id, one.workload, made.tree.path_of(str(file)) or "", unasked)

    def _changed(self) -> list[str]:
        """Name the files of the change, loaded or not."""
        before, after = self.base.made.tree.blobs, self.head.made.tree.blobs
        return [one for one in {*before, *after} if before.get(one) != after.get(one)]

    def _contents(self, side: str, proof: Proof, changed: Collection[str]) -> dict[str, str]:
        """Name the content of each file that a side loaded."""
        found = dict(proof.sources)
        for loaded in (proof.built, proof.installed):
            for name, digest in loaded.items():
                found[name] = digest
                if name.endswith(COMPILED):
                    # The same source gives another file in another folder.
                    made_of = side if is_made_of(name, changed) else "the same"
                    found[name] = made_of if loaded is proof.built else f"{made_of} {digest}"
                elif _is_version(proof, name):
                    found[name] = _without_values(_path_of(proof, name)) or digest
        return found

    def _side(self, proof: Proof, contents: Mapping[str, str], *, reads: bool) -> OneSide:
        seen = proof.seen
        files = {
            name: OneFile(
                content,
                is_code=name.endswith((".py", *COMPILED)),
                module=seen.modules.get(name, ""),
                imports=self._read(proof, name, content) if reads else None,
            )
            for name, content in contents.items()
        }
        return OneSide(files, frozenset(seen.tests), frozenset(seen.plugins), {**seen.windows})

    def _read(self, proof: Proof, name: str, content: str) -> Imports | None:
        """Read what a file of Python imports, once for both sides if it is the same."""
        if not name.endswith(".py"):
            return None
        if content not in self._imports:
            text = _read(_path_of(proof, name))
            self._imports[content] = None if text is None else read_imports(text)
        return self._imports[content]

    def _may_data_differ(self) -> bool:
        """Whether data was opened that git does not have, and that is not alike on both sides."""
        names = self.base.unknown | self.head.unknown
        return any(self._differs(name) for name in names)

    def _differs(self, name: str) -> bool:
        of_base, of_head = (
            [one.made.tree.top / name, one.made.overlay.site / name]
            for one in (self.base, self.head)
        )
        there = [next((one for one in each if one.exists()), None) for each in (of_base, of_head)]
        if there == [None, None]:  # the run made it, and removed it
            return False
        texts = [None if one is None else _read(one) for one in there]
        return None in texts or texts[0] != texts[1]


def do_versions_differ(base: Made, head: Made) -> bool:
    """Whether the sides have another Python, or another version of anything but the project."""
    if _python_of(base) != _python_of(head):
        return True
    if base.sites == head.sites:
        return False
    own = {OURS, *projects_in(base.tree.top, base.tree.blobs)}
    own |= {*projects_in(head.tree.top, head.tree.blobs)}
    versions = [versions_in(one.sites) for one in (base, head)]
    left = [{name: one[name] for name in one.keys() - own} for one in versions]
    return left[0] != left[1]


def _python_of(made: Made) -> str:
    try:
        said = (made.overlay.folder / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return next((line for line in said.splitlines() if line.startswith("version")), "")


def _is_version(proof: Proof, name: str) -> bool:
    """Whether a build generated a module that says the version, which each commit has another."""
    path = PurePosixPath(name)
    return path.stem in VERSIONS and path.suffix == ".py" and not [*proof.made.tree.ending_in(name)]


def _path_of(proof: Proof, name: str) -> Path:
    """Find a file that a side loaded: in its tree, or as it was built or installed."""
    made = proof.made
    if name in proof.sources:
        return made.tree.top / name
    folders = [made.overlay.site] if name in proof.built else made.sites
    return next((one / name for one in folders if (one / name).exists()), Path(name))


def _without_values(path: Path) -> str:
    """Write what a module is but for the texts and numbers in it; empty of one that is no code."""
    text = _read(path)
    try:
        tree = ast.parse(text or b"1/")
    except UNREADABLE:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError:
        return None
