"""Proof that what ran is a side's own code: each file that it loaded, held against its tree."""

from __future__ import annotations

import base64
import csv
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.against.making import COMPILED, is_ignored, name_in, source_in, word_other
from pytest_speedup.against.overlay import WATCHING
from pytest_speedup.against.side import SideError
from pytest_speedup.against.touches import Seen, Touches
from pytest_speedup.against.watch import (
    BUILT,
    CODE,
    FOREIGN,
    INSTALLED,
    PROGRAM,
    STARTED,
    TREE,
    UNASKED,
    Places,
)
from pytest_speedup.against.worktree import SUBMODULE
from pytest_speedup.model import BASE, BASE_AGAIN, HEAD, ProvedRun, ProvedSide, Touch, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pytest_speedup.against.block import Block
    from pytest_speedup.against.cells import Wanted
    from pytest_speedup.against.making import Made
    from pytest_speedup.against.protocol import LoadedFile, Proved

OUR_OWN = ("pyvenv.cfg", "speedup.pth", f"{WATCHING}.py", f"{STARTED}.py")
"""Files of an environment that nobody built."""


class OutsideError(SideError):
    """A side ran code that is not its own: nothing that was measured says anything."""


@dataclass(slots=True)
class Proof:
    """What a side is known to have loaded.

    Attributes:
        side: its name.
        made: how it was made.
        sources: files of its tree, with the names of their contents.
        built: files that were built from that, likewise.
        unknown: data in the tree that git does not have.
        installed: files that were compiled or generated when the user installed the project, with
            the names of their contents: from which source, nobody can tell.
        unasked: interpreters that it started, and that do not tell what they load.
        processes: the largest number of processes that were watched in one run of the side.
        seen: what it told of them beside, from which it is known whom a change touches.
    """

    side: str
    made: Made
    sources: dict[str, str] = field(default_factory=dict)
    built: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    installed: dict[str, str] = field(default_factory=dict)
    unasked: set[str] = field(default_factory=set)
    processes: int = 0
    seen: Seen = field(default_factory=Seen)
    _record: dict[str, str] | None = None

    def take(self, proved: Proved) -> None:
        """Hold what a side told against its tree and its environment.

        Raises:
            OutsideError: it loaded something else.
        """
        self.processes = max(self.processes, proved.processes)
        places = Places(self.made.kinds)
        sources: dict[str, LoadedFile] = {}
        for one in proved.files:
            behind = str(Path(one.path).resolve())
            kind = _kind_of(one.path, behind, places)
            if kind == FOREIGN:  # whatever the side calls it
                raise OutsideError(self._foreign(one))
            if one.kind in {UNASKED, PROGRAM}:
                self.seen.take_unasked(one.path)
            if one.kind == UNASKED:
                self.unasked.add(one.path)
            elif kind == TREE:
                self._of_tree(one, behind, sources)
            elif kind == BUILT:
                self._of_build(one)
            elif kind == INSTALLED:
                self._of_installed(one)
        for path in self.made.tree.changed(sources):
            if path.endswith(CODE):
                raise OutsideError(self._changed(sources[path], path))
        self.sources |= {path: self.made.tree.blobs[path] for path in sources}
        self.seen.tests.update(filter(None, map(self._name_of, proved.tests)))
        self.seen.plugins.update(filter(None, map(self._name_of, proved.plugins)))

    def require_any(self) -> None:
        """Make sure that a side which ran a workload told of any file at all.

        Raises:
            OutsideError: it did not: the test that it ran is a file of the project.
        """
        if not self.sources and not self.built and not self.installed:
            message = f"{self.side}: no process of it was seen to load any file of the project"
            raise OutsideError(message)

    def _of_tree(self, one: LoadedFile, behind: str, sources: dict[str, LoadedFile]) -> None:
        """Hold a file against the tree: git has links, and what they lead to."""
        path = self.made.tree.path_of(one.path)
        if path is None:
            return
        both = {path, self.made.tree.path_of(behind) or path}
        known = [each for each in both if each in self.made.tree.blobs]
        for each in known:
            self.seen.take(each, one.module)
        if path in self.sources:
            return
        if known:
            sources |= dict.fromkeys(known, one)
        elif not path.endswith(CODE):
            self.unknown.add(path)
        elif self._was_there(Path(one.path)):
            raise OutsideError(self._ignored(one))

    def _was_there(self, file: Path) -> bool:
        """Whether a file that no commit has lay there before this run, and none of it made it."""
        made = self.made.overlay.folder / "pyvenv.cfg"
        try:
            return file.stat().st_ctime_ns <= made.stat().st_ctime_ns
        except OSError:
            return False  # it was made, and is gone

    def _of_build(self, one: LoadedFile) -> None:
        site = self.made.overlay.site
        if not Path(one.path).is_relative_to(site) or Path(one.path).name in OUR_OWN:
            return
        name = Path(one.path).relative_to(site).as_posix()
        self.seen.take(name, one.module)
        if name in self.built or name.partition("/")[0].endswith(".dist-info"):
            return
        if self._record is None:
            self._record = read_records(site)
        digest = _digest(Path(one.path))
        if self._record.get(name) == digest:
            self.built[name] = digest
        elif name.endswith(CODE):
            raise OutsideError(self._changed(one, name))
        else:
            self.unknown.add(name)

    def _of_installed(self, one: LoadedFile) -> None:
        """Hold a file that the user installed against the tree; of compiled code none is known."""
        name = name_in(self.made.sites, one.path)
        if name is None:
            return
        self.seen.take(name, one.module)
        if name in self.installed:
            return
        path = source_in(self.made.tree, name, Path(one.path))
        if path is not None:
            self.seen.take(path, one.module)
            self.sources[path] = self.made.tree.blobs[path]
        elif name.endswith(COMPILED) or is_ignored(self.made.tree, name):
            self.installed[name] = _digest(Path(one.path))
        elif name.endswith(CODE):
            project = ", ".join(each.name for each in self.made.taken)
            python = self.made.overlay.python
            why = word_other(project, one.path, self.made.tree, str(python))
            message = f"{self.side}: {why}"
            raise OutsideError(message)
        else:
            self.unknown.add(name)

    def _name_of(self, path: str) -> str | None:
        """Name a file of the tree, or one that was built of it."""
        site = self.made.overlay.site
        if Path(path).is_relative_to(site):
            return Path(path).relative_to(site).as_posix()
        return self.made.tree.path_of(path) or name_in(self.made.sites, path)

    def _foreign(self, one: LoadedFile) -> str:
        other = "the base's tree" if self.side == "head" else "head's working tree"
        return (
            f"{self.side} loaded {_named(one)}, which is in {other} or installed, and not "
            f"{self.side}'s: nothing was judged\n"
            "  have it import the project by its name, find files from __file__, and start Python "
            "with sys.executable"
        )

    def _changed(self, one: LoadedFile, path: str) -> str:
        return (
            f"{self.side} loaded {_named(one)}, which is no longer what its tree has as {path}: "
            "nothing was judged\n  have nothing write to the code while it is compared"
        )

    def _ignored(self, one: LoadedFile) -> str:
        return (
            f"{self.side} loaded {_named(one)}, which no commit has, as git ignores it: nothing "
            "was judged\n  install the project with pip install -e . so that both sides build it, "
            "or remove the file"
        )


def _kind_of(path: str, behind: str, places: Places) -> str:
    """Tell whose place a file lies in: where links lead to, if that is not the side's."""
    kind = places.kind_of(path)
    return FOREIGN if FOREIGN in (kind, places.kind_of(behind)) and kind != BUILT else kind


def read_records(site: Path) -> dict[str, str]:
    """Read which files the distributions of an environment have, with their digests."""
    record: dict[str, str] = {}
    for file in site.glob("*.dist-info/RECORD"):
        with file.open(encoding="utf-8", newline="") as rows:
            record |= {row[0]: row[1] for row in csv.reader(rows) if len(row) > 1}
    return record


def _named(one: LoadedFile) -> str:
    return f"{shown(one.module)} from {shown(one.path)}" if one.module else shown(one.path)


def _digest(file: Path) -> str:
    try:
        digest = hashlib.sha256(file.read_bytes()).digest()
    except OSError:
        return "unreadable"
    return f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


class Evidence(Protocol):
    """What the code of sides is held against."""

    def ask(self, block: Block) -> None:
        """Look at what the sides loaded before any of them ran a workload."""

    def ask_after_work(self, block: Block, workload: str) -> None:
        """Look at what they loaded, once all of them ran one."""

    def touches(self, wanted: Iterable[Wanted]) -> Mapping[str, Touch]:
        """Say of cells, by id, whether the change touches them, as far as was asked by then."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Each side is held against its own tree.

    Attributes:
        proofs: what is known of each side, by name: base, head and base again.
        standing: executors whose workers no side starts.
    """

    proofs: Mapping[str, Proof]
    standing: Collection[str] = ()
    _touches: Touches = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse to prove anything of some sides alone.

        Raises:
            SideError: there is a side of which nothing would be asked.
        """
        missing = [name for name in (BASE, HEAD, BASE_AGAIN) if name not in self.proofs]
        if missing:
            message = f"nothing would be proven of {', '.join(missing)}: nothing was judged"
            raise SideError(message)
        touches = Touches(self.proofs[BASE], self.proofs[HEAD], self.standing)
        object.__setattr__(self, "_touches", touches)

    def ask(self, block: Block) -> None:
        """Have each side tell what it loaded.

        Raises:
            OutsideError: one of them loaded what is not its own, or cannot tell.
        """
        for proof in self.proofs.values():
            proof.seen.begin()
        block.prove(self.proofs)
        for proof in self.proofs.values():
            proof.seen.end("")

    def ask_after_work(self, block: Block, workload: str) -> None:
        """Have each side tell, and take none at its word that loaded nothing.

        Args:
            block: whose sides they are.
            workload: the one that ran since they were asked before.

        Raises:
            OutsideError: one of them loaded what is not its own, or nothing, or cannot tell.
        """
        for name in block.prove(self.proofs):
            self.proofs[name].require_any()
            self.proofs[name].seen.end(workload)

    def touches(self, wanted: Iterable[Wanted]) -> Mapping[str, Touch]:
        """Say so, by id: of cells whose workload was not asked after yet it is at best unknown."""
        return self._touches.of(wanted)


@dataclass(frozen=True, slots=True)
class UnprovenTrees:
    """Folders that no commit stands behind, as those with faults that the laboratory makes."""

    def ask(self, block: Block) -> None:
        """Ask nothing."""

    def ask_after_work(self, block: Block, workload: str) -> None:
        """Ask nothing."""

    def touches(self, wanted: Iterable[Wanted]) -> Mapping[str, Touch]:
        """Know of none."""
        return {one.id: Touch.UNKNOWN for one in wanted}


MAX_NAMED_FILES = 3
"""Files that a remark names."""


def tell_proofs(proofs: Mapping[str, Proof], commits: Mapping[str, str]) -> ProvedRun:
    """Say what each side ran, how much of that differs, and what is not known.

    Args:
        proofs: of base and head.
        commits: what they are commits of, by the same names.

    Raises:
        SideError: a commit cannot be read.
    """
    sides = tuple(_side(name, one, commits[name]) for name, one in proofs.items())
    loaded = [{**one.sources, **one.built, **one.installed} for one in proofs.values()]
    names = {name for one in loaded for name in one}
    differing = sum(len({one.get(name) for one in loaded}) > 1 for name in names)
    return ProvedRun(sides, differing, tuple(_not_proven(proofs.values())))


def _side(name: str, proof: Proof, commit: str) -> ProvedSide:
    tree = proof.made.tree
    try:
        modified = run_git(tree.top, "rev-parse", f"{commit}^{{tree}}").strip() != tree.name
        committed = _committed(proof, commit) if modified else len(proof.sources)
    except GitError as error:
        message = f"{name}: its commit {commit[:12]} cannot be read: {error}"
        raise SideError(message) from error
    return ProvedSide(
        name=name,
        commit=commit,
        tree=tree.name,
        modified=modified,
        files=len(proof.sources),
        committed=committed,
        built=len(proof.built),
        installed=len(proof.installed),
        how=proof.made.how,
    )


def _committed(proof: Proof, commit: str) -> int:
    """Count the files that are as in the commit, where other files are not."""
    listed = run_git(proof.made.tree.top, "ls-tree", "-r", "-z", "--full-tree", commit)
    entries = [one.partition("\t") for one in listed.split("\0") if one]
    blobs = {path: described.split()[2] for described, _, path in entries}
    # A submodule that moved is told by a tree of its own: then nobody knows which files did.
    moved = " + " in proof.made.tree.name
    within = tuple(f"{path}/" for described, _, path in entries if described.startswith(SUBMODULE))
    return sum(
        blobs.get(path) == blob or (path.startswith(within) and not moved)
        for path, blob in proof.sources.items()
    )


def _not_proven(proofs: Collection[Proof]) -> Iterator[str]:
    kinds = {
        "data that git does not have": {path for one in proofs for path in one.unknown},
        "what was compiled or generated where the project was installed": {
            path for one in proofs for path in one.installed
        },
        "what a Python loaded that is not the side's own": {
            path for one in proofs for path in one.unasked
        },
    }
    for kind, found in kinds.items():
        names = sorted(found)
        more = f" and {len(names) - MAX_NAMED_FILES} more" if len(names) > MAX_NAMED_FILES else ""
        if names:
            yield f"not proven: {kind}: {', '.join(map(shown, names[:MAX_NAMED_FILES]))}{more}"
