"""What the processes of a side have loaded, gathered by the side itself when it is asked."""

from __future__ import annotations

import ast
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import spawn
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.against.protocol import Failed, Failure, LoadedFile, Proved
from pytest_speedup.against.watch import CODE, FOLDER, FOREIGN, STARTED, TREE, UNASKED, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

MAPS = Path("/proc")
"""Where Linux tells which files a process has mapped."""

UNWATCHED = "this process is not watched: it did not start in the environment made for its side"


@dataclass(slots=True)
class Loaded:
    """What was noted, read on from where it was read to.

    Attributes:
        folder: the folder with the notes of all processes of a side.
        read: how many bytes of each file of notes were read.
        told: files that were told of.
        looked: files of modules of this process that were looked at.
    """

    folder: Path
    read: dict[Path, int] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    looked: set[str] = field(default_factory=set)

    def prove(self) -> Proved:
        """Tell the files that were loaded since this was last asked, by all processes.

        Raises:
            RuntimeError: this process is not watched, and whatever it loaded is unknown.
        """
        watch = watch_of_process()
        notes = self._notes(watch)
        files = [one for file in notes for one in self._noted(file)]
        files += self._of_modules(watch)
        starts = os.fsdecode(spawn.get_executable() or sys.executable)
        if starts != sys.executable:
            files.append(LoadedFile(UNASKED, "", starts, os.getpid()))
        for file in notes:
            files += self._mapped(watch, file.name)
        new = {_told(one).path: _told(one) for one in reversed(files)}
        new = {path: one for path, one in new.items() if path not in self.told}
        self.told.update(new)
        return Proved(tuple(new.values()), len(notes))

    def _notes(self, watch: Watch) -> list[Path]:
        """List the notes of all processes, of those too that were given no variables."""
        folders = dict.fromkeys((self.folder, Path(watch.fallback)))
        return sorted(folder / name for folder in folders for name in os.listdir(folder))  # noqa: PTH208 - the names alone

    def _noted(self, file: Path) -> Iterator[LoadedFile]:
        with file.open("rb") as notes:
            notes.seek(self.read.get(file, 0))
            written = notes.read()
        whole = written.rpartition(b"\n")[0]  # a process may write its next line just now
        if whole:
            self.read[file] = self.read.get(file, 0) + len(whole) + 1
        for line in whole.decode().splitlines():
            kind, module, path = line.split("\t")
            if kind != "begin":
                yield LoadedFile(
                    kind, ast.literal_eval(module), ast.literal_eval(path), int(file.name)
                )

    def _of_modules(self, watch: Watch) -> Iterator[LoadedFile]:
        """Name the files of modules: what came in by another way than files that are opened."""
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and file not in self.looked:
                self.looked.add(file)
                yield from _placed(watch, os.path.realpath(file), name, os.getpid())

    def _mapped(self, watch: Watch, name: str) -> Iterator[LoadedFile]:
        """Name what a process has mapped, where the system tells."""
        with suppress(OSError):  # no such system, or the process has ended
            maps = (MAPS / name / "maps").read_text(errors="surrogateescape")
            for path in {line[line.index("/") :] for line in maps.splitlines() if "/" in line}:
                yield from _placed(watch, path, "", int(name))


def watch_of_process() -> Watch:
    """Return what watches this process.

    Raises:
        RuntimeError: nothing does.
    """
    watch = getattr(sys.modules.get(STARTED), "WATCH", None)
    if watch is None or FOLDER not in os.environ:
        raise RuntimeError(UNWATCHED)
    found: Watch = watch
    return found


def loaded_here() -> Loaded:
    """Begin to gather what is noted in the folder that the environment names."""
    return Loaded(Path(os.environ.get(FOLDER, os.devnull)))


def answer_proof(loaded: Loaded) -> Proved | Failed:
    """Answer :class:`~pytest_speedup.against.protocol.Prove`."""
    try:
        return loaded.prove()
    except (OSError, RuntimeError, ValueError) as error:
        return Failed(Failure.FAILED, f"what it loaded is not known: {error}")


def _placed(watch: Watch, path: str, module: str, process: int) -> Iterator[LoadedFile]:
    kind = watch.places.kind_of(path)
    if kind == FOREIGN or (kind and path.endswith(CODE) and kind != TREE) or (kind and module):
        yield LoadedFile(kind, module, path, process)


def _told(file: LoadedFile) -> LoadedFile:
    """Write a name that is no text as text: it is only shown."""
    path = os.fsencode(file.path).decode("utf-8", "backslashreplace")
    return replace(file, path=path)
