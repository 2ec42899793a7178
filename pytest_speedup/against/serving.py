"""The other end of a comparison: open workloads that take turns, and what processes loaded."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from multiprocessing import spawn
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pytest_speedup import executors
from pytest_speedup.against.describing import describe_call
from pytest_speedup.against.protocol import (
    Close,
    Failed,
    Failure,
    LoadedFile,
    Opened,
    Prove,
    Proved,
    Record,
    Recorded,
    Run,
    Took,
    Unsuited,
    decode_request,
    encode,
)
from pytest_speedup.against.watch import (
    CODE,
    FOLDER,
    FOREIGN,
    PROGRAM,
    STARTED,
    TREE,
    UNASKED,
    Watch,
)
from pytest_speedup.errors import UnsuitableError
from pytest_speedup.losses.recording import record_run
from pytest_speedup.measurement import (
    Growing,
    WorkloadTurn,
    bound_of,
    control_arm,
    kernel_arm,
    opened,
    run_reference,
    warm_reference,
    watch_reference,
)
from pytest_speedup.model import CONTROL_TURN, KERNEL_TURN, SERIAL, cell_name, split_turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_speedup.against.channel import Channel
    from pytest_speedup.against.protocol import Answer, Request
    from pytest_speedup.executors import Conditions, Executor
    from pytest_speedup.losses.trace import Trace
    from pytest_speedup.measurement import Expected, Reference, Workload
    from pytest_speedup.measurement.own import OwnWork
    from pytest_speedup.model import Bound


@dataclass(slots=True)
class Pools:
    """Executors that are started when they are first asked for.

    Attributes:
        conditions: of all of them.
    """

    conditions: Conditions
    _started: dict[str, Executor] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    def get(self, name: str, workers: int) -> Executor:
        """Return the executor of a cell, started."""
        cell = cell_name(name, workers)
        if cell not in self._started:
            context = opened(lambda: executors.create(name, workers, self.conditions))
            self._started[cell], _ = self._stack.enter_context(context)
        return self._started[cell]

    def close(self) -> None:
        """End them all; what is asked for afterwards is started afresh."""
        self._started.clear()
        self._stack.close()


MAPS = Path("/proc")
"""Where Linux tells which files a process has mapped."""

MAX_PATH_CHARACTERS = 4096
"""Of a text that may name a file, as on Linux; a longer one names none."""

STARTED_ALONE = (UNASKED, PROGRAM)
"""Kinds of files that were started: each may have been opened, too."""

UNWATCHED = "this process is not watched: it did not start in the environment made for its side"


@dataclass(slots=True)
class Loaded:
    """What was noted, read on from where it was read to.

    Attributes:
        folder: the folder with the notes of all processes of a side.
        read: how many bytes of each file of notes were read.
        told: files that were told of.
        looked: files of modules of this process that were looked at.
        tests: files that were collected as tests and not told of.
        plugins: files of plugins of pytest, likewise.
    """

    folder: Path
    read: dict[Path, int] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    looked: set[str] = field(default_factory=set)
    tests: set[str] = field(default_factory=set)
    plugins: set[str] = field(default_factory=set)

    def prove(self) -> Proved:
        """Tell the files that were loaded since this was last asked, by all processes.

        A file is told again where another process notes it: it may work for another workload.

        Raises:
            RuntimeError: this process is not watched, and whatever it loaded is unknown.
        """
        watch = watch_of_process()
        notes = self._notes(watch)
        noted = [_told(one) for file in notes for one in self._noted(file)]
        files = [*self._of_modules(watch)]
        starts = os.fsdecode(spawn.get_executable() or sys.executable)
        if starts != sys.executable:
            files.append(LoadedFile(UNASKED, "", starts, os.getpid()))
        for file in notes:
            files += self._mapped(watch, file.name)
        found = [one for one in map(_told, files) if self._is_news(one)]
        new = {(one.path, one.kind in STARTED_ALONE): one for one in reversed([*noted, *found])}
        self.told.update(path for path, _ in new)
        tests, plugins = (tuple(map(_text, sorted(one))) for one in (self.tests, self.plugins))
        self.tests, self.plugins = set(), set()
        return Proved(tuple(new.values()), len(notes), tests, plugins)

    def _is_news(self, one: LoadedFile) -> bool:
        """Whether what was found and not noted was not told yet; with what workers start counts."""
        return one.kind == UNASKED or one.path not in self.told

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
    return replace(file, path=_text(file.path))


def _text(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


R = TypeVar("R")

Arm = Callable[[], float]

SERIAL_TURN = cell_name(executors.SerialExecutor.name, 1)
"""The turn of serial code."""


@dataclass(slots=True)
class Line:
    """Requests and their answers, one after another.

    Attributes:
        channel: the way to who asks.
        request: the last one; None before there was any.
        answered: whether that has its answer.
        loaded: what the processes of this side loaded.
    """

    channel: Channel
    request: Request | None = None
    answered: bool = True
    loaded: Loaded = field(default_factory=loaded_here)

    def receive(self) -> Request | None:
        """Wait for a request; None when there are no more."""
        message = self.channel.receive()
        self.answered = message is None
        self.request = None if message is None else decode_request(message)
        return self.request

    def send(self, answer: Answer) -> None:
        """Answer the last request."""
        self.answered = True
        self.channel.send(encode(answer))


@dataclass(frozen=True, slots=True)
class Opening:
    """What a workload is opened with.

    Attributes:
        line: the way to who asks.
        pools: the executors.
        cells: executor and worker count of each cell that is to take turns.
        size: the size that the workload is to have.
        collect_garbage: whether the cyclic garbage collector is on meanwhile.
        weak: whether the work grows with the workers.
    """

    line: Line
    pools: Pools
    cells: Sequence[tuple[str, int]]
    size: str
    collect_garbage: bool
    weak: bool = False

    def serve(self, work: Workload[R], own: OwnWork | None = None) -> R:
        """Take turns until the workload is to close, and return what serial code returns.

        In weak scaling, that is for as many workers as the first of the cells has.

        Its arguments are described before anything runs and changes them; what is set up for each
        turn is set up once more for that.

        Args:
            work: the workload, with its arguments.
            own: the same, where it is code with workers of its own; None for any other.

        Raises:
            SpeedupError: it hands over no task, or returns something else on an executor.
        """
        _put_plugin_first()
        with work.arguments() as behind:
            made = behind[: len(behind) - len(work.args)]
            described = (*map(_placed_anywhere, made), *work.args)
            arguments = describe_call(self.size, described, work.kwargs)
        watched = watch_reference(work, run_reference)
        workload = OpenWorkload(self, work, watched, bound_of(watched.run), own)
        again = workload.turn(SERIAL, executors.SerialExecutor()).run
        bound = bound_of(warm_reference(watched.run, again))
        workload = replace(workload, bound=bound)
        self.line.send(Opened(bound, arguments, watched.runs_its_own and own is None))
        while True:
            request = self.line.receive()
            if request is None or isinstance(request, Close):
                return cast("R", workload.result)
            self.line.send(workload.answer(request))


@dataclass(frozen=True, slots=True)
class OpenWorkload:
    """A workload that takes turns.

    Attributes:
        opening: what it was opened with.
        work: the workload, with its arguments.
        alone: its serial run.
        bound: what it spends its time on.
        own: the workload, where it is code with workers of its own; None for any other.
    """

    opening: Opening
    work: Workload[Any]
    alone: Reference[Any]
    bound: Bound
    own: OwnWork | None = None
    _grown: dict[str, Expected] = field(default_factory=dict)
    _arms: dict[str, Arm] = field(default_factory=dict)
    _seconds: dict[str, list[float]] = field(default_factory=dict)

    @property
    def result(self) -> object:
        """What the test gets, whose cell is the first one."""
        turn = cell_name(*self.opening.cells[0])
        return self._expected(turn, self._executor(turn)).result

    def answer(self, request: Request) -> Answer:
        """Take the turn that is asked for."""
        if isinstance(request, Record):
            return Recorded(self.record(request.turn), self.question(request.turn))
        if isinstance(request, Prove):
            return answer_proof(self.opening.line.loaded)
        if not isinstance(request, Run):
            return Failed(Failure.FAILED, "another workload is open")
        try:
            return Took(self.run(request.turn))
        except UnsuitableError as error:
            return Unsuited(str(error))

    def run(self, turn: str) -> float:
        """Take a turn, and return its seconds."""
        if turn not in self._arms:
            self._arms[turn] = self._arm(turn)
        seconds = self._arms[turn]()
        self._seconds.setdefault(turn, []).append(seconds)
        return seconds

    def record(self, turn: str) -> Trace:
        """Run a cell once, recorded task by task."""
        executor = self._executor(turn)
        return record_run(turn, self.work, executor, self._expected(turn, executor))

    def question(self, turn: str) -> str:
        """Ask whether the count of a cell arrives in code that has workers of its own."""
        serial, parallel = (self._seconds.get(one) for one in (SERIAL_TURN, turn))
        if self.own is None or turn == SERIAL_TURN or not serial or not parallel:
            return ""
        return self.own.question(self._executor(turn).workers, median(serial) / median(parallel))

    def _arm(self, turn: str) -> Arm:
        what, cell = split_turn(turn)
        executor = self._executor(cell)
        if what == KERNEL_TURN:
            return kernel_arm(executor, self.bound)
        if what == CONTROL_TURN:
            return control_arm(executor, self.bound)
        return self.turn(turn, executor)

    def turn(self, name: str, executor: Executor) -> WorkloadTurn:
        """Make a turn of the workload itself."""
        collect_garbage = self.opening.collect_garbage
        expected = self._expected(name, executor)
        return WorkloadTurn(name, self.work, executor, expected, collect_garbage)

    def _expected(self, turn: str, executor: Executor) -> Expected:
        """What a turn is to return; of work that grows with the workers, once it is seen to.

        Raises:
            SpeedupError: it does not grow.
        """
        if not self.opening.weak or executor.workers == 1:
            return self.alone.expected
        if turn not in self._grown:
            growing = Growing(self.work, executor.workers, self.own)
            self._grown[turn] = growing.seen(self.alone, executor).expected
        return self._grown[turn]

    def _executor(self, cell: str) -> Executor:
        of_cells = {cell_name(*one): one for one in self.opening.cells}
        if cell not in of_cells:
            return executors.SerialExecutor()
        return self.opening.pools.get(*of_cells[cell])


def _placed_anywhere(made: object) -> object:
    """Have names of files and folders described as such: each time they are others."""
    if isinstance(made, str) and len(made) < MAX_PATH_CHARACTERS:
        with suppress(OSError, ValueError):  # it is no name at all
            return Path(made) if Path(made).is_absolute() and Path(made).exists() else made
    return tuple(map(_placed_anywhere, made)) if type(made) is tuple else made


def _put_plugin_first() -> None:
    """Have worker processes find the plugin where this process did, before either tree's own."""
    folder = str(Path(sys.modules["pytest_speedup"].__path__[0]).parent)
    sys.path.insert(0, folder)
