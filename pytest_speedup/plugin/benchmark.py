"""pytest-benchmark, as the plugin needs it: what it is told, handed and kept from doing.

It has no types, and much of this is private to it: no other file knows how it is made.
"""

from __future__ import annotations

import cProfile
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar

import pytest
from pytest_benchmark.logger import Logger
from pytest_benchmark.storage.file import FileStorage
from pytest_benchmark.utils import get_machine_id, load_storage, safe_dumps

from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.measurement import untraced
from pytest_speedup.model import shown
from pytest_speedup.reports import uncommanding
from pytest_speedup.storage import (
    SaveError,
    is_database,
    load_documents,
    paths_of,
    refuse_way_out,
    without_password,
    write_new,
    write_over,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_benchmark.session import BenchmarkSession

    from pytest_speedup.plugin.run import Run

P = ParamSpec("P")
R = TypeVar("R")

Session: TypeAlias = "BenchmarkSession"
"""What it knows of a run of pytest."""

USED_AS = "speedup(...)"
"""How its fixture is said to be used, to who uses it in the same test."""

USED_TWICE = (
    "a test calls speedup or benchmark, which time the same: leave {} out, or write a test for each"
)

EVERY_RUN = "*/*"

NOTHING_TO_COMPARE = (
    "--benchmark-compare-fail found nothing to compare with: add --benchmark-compare, and save a "
    "run first with --benchmark-autosave"
)


class _Stats(Protocol):
    """``pytest_benchmark.stats.Metadata``: durations of a cell, in its table and files."""

    def update(self, duration: float) -> None:
        """Take in the next one."""


class Fixture(Protocol):
    """``pytest_benchmark.fixture.BenchmarkFixture``, which a test gets as ``benchmark``.

    Attributes:
        disabled: whether it is told not to time.
        group: the group under which its table shows the cell.
        extra_info: what is stored with the cell.
        has_error: whether the cell is kept out of saved files.
        cprofile: whether a profile is wanted.
        cprofile_loops: how many runs it is to have; None for as many as there were in a round.
        _mode: how it was used; it complains when it was not.
        _max_time: seconds a cell may take, from option or marker.
        _min_rounds: fewest rounds, from option or marker.
        _disable_gc: whether the garbage collector is off while a cell is timed, likewise.
    """

    disabled: bool
    group: str | None
    extra_info: dict[str, Any]
    has_error: bool
    cprofile: bool
    cprofile_loops: int | None
    _mode: str | None
    _max_time: float
    _min_rounds: int
    _disable_gc: bool

    def _make_stats(self, iterations: int) -> _Stats:
        """Begin a row of the table."""

    def _save_cprofile(self, profile: cProfile.Profile) -> None:
        """Keep a profile with that row."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A cell in pytest-benchmark's tables and files; it runs and times nothing of it.

    Attributes:
        fixture: what the test got.
    """

    fixture: Fixture

    @property
    def enabled(self) -> bool:
        """Whether cells are to be timed."""
        return not self.fixture.disabled

    @property
    def max_seconds(self) -> float:
        """Seconds that a computing cell may take."""
        return self.fixture._max_time  # noqa: SLF001 - its option and marker in one

    @property
    def min_rounds(self) -> int:
        """Fewest rounds of a cell."""
        return self.fixture._min_rounds  # noqa: SLF001 - likewise

    @property
    def collect_garbage(self) -> bool:
        """Whether the cyclic garbage collector is on while a cell is timed."""
        return not self.fixture._disable_gc  # noqa: SLF001 - likewise

    def disable(self) -> None:
        """Have the cell run once."""
        self.fixture.disabled = True

    def need_not_be_used(self) -> None:
        """Have it not complain that a test takes it and times nothing with it."""
        self.fixture._mode = USED_AS  # noqa: SLF001 - it has no other way to tell it

    def use(self, title: str) -> None:
        """Note that the test's workload is timed, in a group of its own if the user chose none.

        Raises:
            SpeedupError: the test has timed something with it.
        """
        if self.fixture.group is None:
            self.fixture.group = title
        used = self.fixture._mode  # noqa: SLF001 - as above
        if used is not None:
            raise SpeedupError(USED_TWICE.format(used))
        self.need_not_be_used()

    def keep_out(self) -> None:
        """Keep the cell out of saved files."""
        self.fixture.has_error = True

    def let_in(self) -> None:
        """Have the cell saved."""
        self.fixture.has_error = False

    def hand(self, durations: Iterable[float]) -> None:
        """Hand over the seconds of the parallel turns, which make the cell's row."""
        stats = self.fixture._make_stats(iterations=1)  # noqa: SLF001 - nobody else makes a row
        for seconds in durations:
            stats.update(seconds)

    def profile(self, run_by: Callable[[Callable[[Callable[[], Any]], Any]], None]) -> None:
        """Have a turn run under cProfile, untimed, where ``--benchmark-cprofile`` asks so.

        The cell must have its row already.

        Args:
            run_by: has what it is given call what is to be profiled.
        """
        if not self.fixture.cprofile:
            return
        profile = cProfile.Profile()
        loops = self.fixture.cprofile_loops
        with untraced():
            for _ in range(1 if loops is None else loops):
                run_by(profile.runcall)
        self.fixture._save_cprofile(profile)  # noqa: SLF001 - nobody else dumps it

    def store(self, key: str, info: object) -> None:
        """Store something with the cell."""
        self.fixture.extra_info[key] = info


def keep_out(item: pytest.Item) -> None:
    """Keep a test out of saved files, if pytest-benchmark has it."""
    fixture: Fixture | None = getattr(item, "funcargs", {}).get("benchmark")
    if fixture is not None:
        fixture.has_error = True


def is_there(config: pytest.Config) -> bool:
    """Whether pytest-benchmark is there: ``-p no:benchmark`` leaves it out."""
    return hasattr(config.option, "benchmark_skip")


def session_of(config: pytest.Config) -> Session | None:
    """Return pytest-benchmark's session; None where it is left out."""
    return getattr(config, "_benchmarksession", None)


def refuse_choice(config: pytest.Config) -> None:
    """Refuse to compare with what no saved run can be called, which it would with a traceback.

    And saved runs whose names do not print, before it lists them in its tables.

    Raises:
        pytest.UsageError: there is one where runs are to be compared with.
    """
    choice = config.getoption("benchmark_compare", None)
    address = config.getoption("benchmark_storage", "")
    if not choice or is_database(address):
        return
    storage = load_storage(
        address, logger=Logger(Logger.QUIET), default_machine_id=get_machine_id(), netrc=""
    )
    try:
        paths_of(storage, None if choice is True else choice)
    except SpeedupError as error:
        message = f"--benchmark-compare={error}"
        raise pytest.UsageError(message) from error
    for path in storage.query(EVERY_RUN):
        if not f"{path.parent.name}{path.name}".isprintable():
            message = (
                f"saved runs have printable names; got {path.name!r} in {path.parent.name!r}: "
                "rename it as pytest-benchmark would, such as 0001_name.json"
            )
            raise pytest.UsageError(message)


def save_atomically(session: Session, run: Run) -> None:
    """Have runs saved whole or not at all, by this project's writer; errors are kept in the run.

    pytest-benchmark writes into the final file, after it looked for a free number: a full disk or
    Ctrl-C leaves half a file there, and two runs that save at once take the same number.
    """
    _defuse(session)
    trees = (session.config.rootpath, session.config.invocation_params.dir)

    def save_run(document: dict[str, Any], name: str) -> None:
        folder = session.storage.get("any").parent
        try:
            refuse_way_out(folder / name, trees)
            path = write_new(folder, f"_{name}.json", _dump(document))
        except SaveError as error:
            run.save_errors.append(str(error))
        except KeyboardInterrupt:
            run.interrupted_save(folder)
        else:
            session.logger.info(f"Saved benchmark data in: {path}")  # noqa: G004 - no logging.Logger

    def save_json(document: dict[str, Any]) -> None:
        try:
            refuse_way_out(Path(session.json), trees)
            write_over(Path(session.json), _dump(document))
        except SaveError as error:
            run.save_errors.append(str(error))
        except KeyboardInterrupt:
            run.interrupted_save(Path(session.json))
        else:
            session.logger.info(f"Wrote benchmark data in: {session.json}")  # noqa: G004 - likewise

    if isinstance(session.storage, FileStorage):
        session.storage.save = save_run
    else:
        _tell_unsaved(session, run)
    session.save_json = save_json


def mend_loading(config: pytest.Config) -> None:
    """Have pytest-benchmark's database read what it saved, which it does as it is configured.

    Its own reading knows no times with a zone, and ends pytest with a traceback.
    """
    if not is_there(config) or not is_database(config.getoption("benchmark_storage")):
        return
    from pytest_benchmark.storage.elasticsearch import (  # noqa: PLC0415 - an optional extra
        ElasticsearchStorage,
    )

    ElasticsearchStorage.load = load_documents


def _tell_unsaved(session: Session, run: Run) -> None:
    """Have an error while its database saves told in a line."""
    storage, save = session.storage, session.storage.save

    def save_run(document: dict[str, Any], name: str) -> None:
        try:
            save(document, name)
        except Exception as error:  # noqa: BLE001 - whatever its client has
            why = without_password(first_line(error))
            run.save_errors.append(
                f"the run was not saved in the database, or not all of it: {why}"
            )

    storage.save = save_run


def keep_regressions(session: Session, run: Run) -> None:
    """Have what ``--benchmark-compare-fail`` finds handed over.

    It raises where the terminal summary is written, so that what comes after its table is lost
    behind a traceback: what it found turns the exit code instead.
    """
    finish = session.finish

    def finish_and_keep() -> None:
        finish()
        run.regressions.extend(_regressions(session))

    session.finish = finish_and_keep
    session.check_regressions = lambda: None


@contextmanager
def named_anywhere(session: Session) -> Iterator[None]:
    """Let pytest-benchmark name a storage that is not in the current folder.

    Of a saved run from elsewhere it says where the storage is, relative to that folder.
    """
    try:
        yield
    except ValueError:
        message = f"Benchmark machine_info is different (location: {session.storage})"
        session.logger.warning(message)


def _dump(document: dict[str, Any]) -> bytes:
    text: str = safe_dumps(document, ensure_ascii=True, indent=4)
    return text.encode()


def _regressions(session: Session) -> list[str]:
    if not session.compare_fail or session.disabled or session.skip:
        return []
    if not session.compared_mapping:
        return [NOTHING_TO_COMPARE]
    return [
        f"--benchmark-compare-fail: {name} has regressed, {why}"
        for name, why in session.performance_regressions
    ]


def _defuse(session: Session) -> None:
    """Have it say names of files as they are shown.

    Whoever can commit a file can name it, and a name may hold lines that a runner of CI takes for
    commands.
    """
    logger = session.logger
    logger.info = _harmless(logger.info)
    logger.warning = _harmless(logger.warning)
    logger.error = _harmless(logger.error)


def _harmless(say: Callable[Concatenate[str, P], R]) -> Callable[Concatenate[str, P], R]:
    @wraps(say)
    def say_harmlessly(text: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        lines = map(shown, str(text).split("\n"))
        return say("\n".join(map(uncommanding, lines)), *args, **kwargs)

    return say_harmlessly
