"""Where saved runs are, and which of them a name means: a folder, or pytest-benchmark's database.

The database is read through pytest-benchmark's own storage, but not by its ``load``: that leaves
out what others than pytest-benchmark store with a benchmark, and knows no times with a zone, which
pytest-benchmark saves.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pytest_benchmark.logger import Logger
from pytest_benchmark.stats import normalize_stats
from pytest_benchmark.utils import get_machine_id, load_storage

from pytest_speedup.documents import brief, text
from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.storage.saved import (
    KEY,
    cells_of,
    from_extra_info,
    load_saved,
    paths_of,
    read_document,
    read_run,
    understood,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_benchmark.storage.elasticsearch import ElasticsearchStorage
    from pytest_benchmark.storage.file import FileStorage

    from pytest_speedup.model import Samples, SavedCell

FOLDER = "file://"
DATABASE = "elasticsearch+"
"""How addresses of storages begin; what has no scheme is a folder."""

MAX_HITS = 1_000
"""Benchmarks that pytest-benchmark asks its database for, the newest."""

PASSWORD = re.compile(r"//[^/@\s]*@")


class SavedRun(Protocol):
    """A saved run, wherever it is."""

    @property
    def place(self) -> str:
        """What tells it from any other: a path, or its name in the database."""

    def cells(self) -> list[SavedCell]:
        """Read what its cells are compared by.

        Raises:
            SpeedupError: it cannot be read, or is damaged.
        """

    def samples(self) -> list[Samples]:
        """Read what was measured of them, in the same order.

        Raises:
            SpeedupError: likewise.
        """


class SavedRuns(Protocol):
    """All saved runs of a storage."""

    def all(self) -> Sequence[SavedRun]:
        """List them, oldest first as far as their names tell.

        Raises:
            SpeedupError: the storage cannot be read.
        """

    def named(self, name: str) -> Sequence[SavedRun]:
        """List those that a name means, likewise; a file may lie anywhere.

        Raises:
            SpeedupError: likewise, or no saved run can be called that.
        """


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A saved run that is a file.

    Attributes:
        path: of the file.
    """

    path: Path

    @property
    def place(self) -> str:
        """Its path, without links."""
        return str(self.path.resolve())

    def cells(self) -> list[SavedCell]:
        """Read what its cells are compared by."""
        return read_run(self.path)

    def samples(self) -> list[Samples]:
        """Read what was measured of them."""
        return _samples_of(f"baseline {self.path}", read_document(self.path))


@dataclass(frozen=True, slots=True)
class SavedDocument:
    """A saved run that pytest-benchmark's database has.

    Attributes:
        place: when it was saved, and under which name.
        document: as it would stand in a file.
    """

    place: str
    document: Any

    def cells(self) -> list[SavedCell]:
        """Read what its cells are compared by."""
        return cells_of(self.place, f"baseline {self.place}", self.document)

    def samples(self) -> list[Samples]:
        """Read what was measured of them."""
        return _samples_of(f"baseline {self.place}", self.document)


def _samples_of(what: str, document: Any) -> list[Samples]:  # noqa: ANN401 - any JSON
    with understood(what):
        return [
            from_extra_info(text(one["fullname"]), one["extra_info"][KEY])
            for one in document["benchmarks"]
            if KEY in one["extra_info"]
        ]


@dataclass(frozen=True, slots=True)
class Folder:
    """Saved runs in a folder, those of each platform in one of its own.

    Attributes:
        path: of the folder, which need not be there.
    """

    path: Path

    def all(self) -> list[SavedFile]:
        """List them."""
        return [] if self._storage is None else _files(paths_of(self._storage, None))

    def named(self, name: str) -> list[SavedFile]:
        """List those that a name means, of all platforms."""
        if Path(name).is_file():
            return [SavedFile(Path(name))]
        return [] if self._storage is None else _files(paths_of(self._storage, name))

    @property
    def _storage(self) -> FileStorage | None:
        """Open it where it is there: pytest-benchmark would make one that is not."""
        if not self.path.is_dir():
            return None
        return load_storage(f"{FOLDER}{self.path}", logger=Logger(Logger.QUIET), netrc="")


def _files(paths: Sequence[Path]) -> list[SavedFile]:
    return [SavedFile(path) for path in dict.fromkeys(paths)]


@dataclass(frozen=True, slots=True)
class Database:
    """Saved runs in pytest-benchmark's database.

    Attributes:
        address: as in ``--benchmark-storage``.
        storage: pytest-benchmark's.
    """

    address: str
    storage: ElasticsearchStorage

    def all(self) -> list[SavedDocument]:
        """List them."""
        return self._runs(None)

    def named(self, name: str) -> list[SavedDocument]:
        """List those whose benchmarks have ids that begin with a name."""
        return self._runs(name)

    def _runs(self, prefix: str | None) -> list[SavedDocument]:
        with _reachable(self.address):
            found = _documents(self.storage, prefix)
        return [SavedDocument(place, document) for place, document in found]


def open_runs(address: str, netrc: str = "") -> SavedRuns:
    """Open a storage, to read from it alone.

    Args:
        address: as in ``--benchmark-storage``.
        netrc: as in ``--benchmark-netrc``; empty for none.

    Raises:
        SpeedupError: there is no such storage, or what it needs is not installed.
    """
    refuse_storage(address)
    if not is_database(address):
        return Folder(Path(address.removeprefix(FOLDER)))
    with _reachable(address):
        storage = load_storage(
            address,
            logger=Logger(Logger.QUIET),
            default_machine_id=get_machine_id(),
            netrc=netrc,
        )
    return Database(address, storage)


def is_database(address: str) -> bool:
    """Whether the address of a storage is that of a database."""
    return address.startswith(DATABASE)


def refuse_storage(address: str, option: str = "--storage") -> None:
    """Refuse a storage that pytest-benchmark cannot open, which it would with a traceback.

    Args:
        address: where saved runs are.
        option: what it was named with.

    Raises:
        SpeedupError: it is none, or what it needs is not installed.
    """
    if is_database(address):
        if find_spec("elasticsearch") is None:
            message = (
                f"{option}={DATABASE}... needs elasticsearch: "
                "python -m pip install 'pytest-benchmark[elasticsearch]' 'elasticsearch<8'"
            )
            raise SpeedupError(message)
        return
    if "://" in address and not address.startswith(FOLDER):
        message = (
            f"{option} is a folder, {FOLDER}PATH, or {DATABASE}http://HOST/INDEX/TYPE"
            f"; got {brief(without_password(address))}"
        )
        raise SpeedupError(message)


def load_history(
    address: str, choice: str | None = None, *, netrc: str = ""
) -> dict[str, list[SavedCell]]:
    """Read saved runs, wherever they are.

    Args:
        address: as in ``--benchmark-storage``.
        choice: as in ``--benchmark-compare``; None for all.
        netrc: as in ``--benchmark-netrc``; empty for none.

    Returns:
        The saved cells by id, oldest first.

    Raises:
        SpeedupError: they cannot be read, or one is damaged.
    """
    if not is_database(address):
        return load_saved(address, choice)
    runs = open_runs(address, netrc)
    cells: dict[str, list[SavedCell]] = defaultdict(list)
    for run in runs.all() if choice is None else runs.named(choice):
        for one in run.cells():
            cells[one.cell.id].append(one)
    return dict(cells)


def load_documents(
    storage: ElasticsearchStorage, prefix: str | None = None
) -> Iterator[tuple[str, Any]]:
    """Do what ``load`` of pytest-benchmark's database is to do.

    Args:
        storage: pytest-benchmark's.
        prefix: of the ids of benchmarks; None for all.

    Returns:
        The name of each run, oldest first, and what a file of it would hold.
    """
    for place, document in _documents(storage, prefix):
        for one in document["benchmarks"]:
            normalize_stats(one["stats"])
        yield place, document


def _documents(storage: ElasticsearchStorage, prefix: str | None) -> list[tuple[str, Any]]:
    """Put the benchmarks of each run together, runs oldest first.

    Of a run that may be cut off nothing is taken: what it lacks would look like new cells.
    """
    hits = storage._search(storage._project_name, prefix)["hits"]["hits"]  # noqa: SLF001 - see above
    runs: dict[tuple[str, str], Any] = {}
    for source in (hit["_source"] for hit in hits):
        key = (str(source["datetime"]), str(source["commit_info"]["id"]))
        run = {name: source[name] for name in ("machine_info", "commit_info", "datetime")}
        runs.setdefault(key, {**run, "benchmarks": []})["benchmarks"].append(source)
    ordered = sorted(runs.items(), key=lambda one: one[0])
    if len(hits) >= MAX_HITS:
        del ordered[0]
        _refuse_cut(ordered)
    return [(_place(document), document) for _, document in ordered]


def _refuse_cut(runs: Sequence[object]) -> None:
    if not runs:
        message = (
            f"a run in the database has {MAX_HITS} benchmarks or more, of which pytest-benchmark "
            "gives no more: save such a suite in a folder"
        )
        raise SpeedupError(message)


def _place(document: Any) -> str:  # noqa: ANN401 - any JSON
    return f"{document['datetime']}_{document['benchmarks'][0].get('benchmark_id', '')}"


def without_password(address: str) -> str:
    """Leave out of an address, or a text that has one, who may read it."""
    return PASSWORD.sub("//***@", address)


@contextmanager
def _reachable(address: str) -> Iterator[None]:
    """Say in a line why a database cannot be read, of which its client has a page.

    Raises:
        SpeedupError: it cannot.
    """
    try:
        yield
    except SpeedupError:
        raise
    except Exception as error:
        why = without_password(first_line(error))
        message = (
            f"saved runs in {brief(without_password(address))} cannot be read ({why}): see that it "
            "is there, and elasticsearch below 8, with which pytest-benchmark works"
        )
        raise SpeedupError(message) from error
