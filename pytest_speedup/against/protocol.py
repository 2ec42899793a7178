"""What a side is asked and what it answers: every message of a comparison, in one place.

Both ends import this file. A message is a frozen dataclass; on the wire it is an object of one
key, the message's kind, with the list of its fields. The base of a pull request may be a commit of
whoever wants to fool or stop the gate: what a side answers is data, taken for no more than it is,
and what makes no sense ends the side.
"""

from __future__ import annotations

import enum
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.against.arguments import read_description
from pytest_speedup.documents import (
    LEAST_FLOOR,
    MAX_FLOOR,
    MAX_PEAK,
    number,
    seconds,
    switch,
    text,
    workers,
)
from pytest_speedup.losses.stack import read_trace, write_trace
from pytest_speedup.losses.trace import Trace
from pytest_speedup.model import NO_FLOORS, Bound, Floors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")

MAX_PROCESS_NUMBER = 2**32
MAX_CELLS = 100_000


@dataclass(frozen=True, slots=True)
class Describe:
    """Which cells do you have? Answered by :class:`Described`.

    Attributes:
        keyword: ``-k`` as who calls pytest says it; None where the side's own files do.
        markexpr: ``-m``, likewise.
    """

    keyword: str | None
    markexpr: str | None


@dataclass(frozen=True, slots=True)
class Open:
    """Run the test of a workload up to its call of ``speedup``. Answered by :class:`Opened`.

    Attributes:
        cells: node ids of the cells that will take turns; the first one's test runs.
        following: node id of the cell that is opened next, None if none is.
    """

    cells: tuple[str, ...]
    following: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """Take a turn of the open workload. Answered by :class:`Took` or :class:`Unsuited`.

    Attributes:
        turn: such as ``thread-4``, ``serial-1`` or ``kernel thread-4``.
    """

    turn: str


@dataclass(frozen=True, slots=True)
class Record:
    """Take a turn that is recorded task by task. Answered by :class:`Recorded`.

    Attributes:
        turn: as in :class:`Run`, of a cell or of serial code.
    """

    turn: str


@dataclass(frozen=True, slots=True)
class Close:
    """Let the test of the open workload go on to its end. Answered by :class:`Closed`."""


@dataclass(frozen=True, slots=True)
class Prove:
    """Which files of the project did your processes load since? Answered by :class:`Proved`."""


@dataclass(frozen=True, slots=True)
class DescribedCell:
    """A cell that a side has.

    Attributes:
        id: its node id.
        executor: the name of its executor.
        workers: how many workers that has.
        margin: loss of speedup that its test accepts, as a fraction; None where it says nothing.
        chosen: whether ``-k`` and ``-m`` take it in, and the side's own files.
        floors: what its test demands of it, whatever it is compared with.
        weak: whether its work grows with its workers, as its test says.
    """

    id: str
    executor: str
    workers: int
    margin: float | None
    chosen: bool
    floors: Floors = NO_FLOORS
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """The cells of a side.

    Attributes:
        cells: all that it collected, whatever was deselected.
        uncollected: what could not be collected, and why: by file or folder.
    """

    cells: tuple[DescribedCell, ...]
    uncollected: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opened:
    """A workload stands ready to take turns.

    Attributes:
        bound: what it spends its time on.
        arguments: its arguments, as :func:`~pytest_speedup.against.describing.describe_call` has
            them.
        own_work: whether it handed no task to its executor, and only asked how many workers there
            are.
    """

    bound: Bound
    arguments: Mapping[str, Any]
    own_work: bool


@dataclass(frozen=True, slots=True)
class Took:
    """How long a turn took.

    Attributes:
        seconds: the time.
    """

    seconds: float


@dataclass(frozen=True, slots=True)
class Unsuited:
    """The workload does not run on the executor of a turn, by its nature.

    Attributes:
        reason: why.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a recorded turn did.

    Attributes:
        trace: its tasks, on the side's clock.
        question: what is to be asked of code whose number of workers made no difference; empty
            where there is nothing to ask.
    """

    trace: Trace
    question: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """The test of the workload that was open has ended as it should."""


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file that a process opened, imported or mapped.

    Attributes:
        kind: of the place that it lies in, as :mod:`pytest_speedup.against.watch` has them.
        module: the module that was imported meanwhile; empty where it is no code.
        path: its full name.
        process: the number of the process.
    """

    kind: str
    module: str
    path: str
    process: int


@dataclass(frozen=True, slots=True)
class Proved:
    """What the processes of a side loaded.

    Attributes:
        files: files in places that are known to be somebody's, that a process had first since.
        processes: how many processes have been watched so far.
        tests: full names of files that were collected as tests since.
        plugins: those of modules that became plugins of pytest since, conftest.py files with them.
    """

    files: tuple[LoadedFile, ...]
    processes: int
    tests: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()


class Failure(enum.Enum):
    """Why a side could not do what it was asked."""

    ABSENT = "absent"
    SKIPPED = "skipped"
    NOT_CALLED = "not called"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Failed:
    """The side could not do what it was asked; it may be asked for something else.

    Attributes:
        failure: what kind of failure it is.
        reason: what happened, in a line.
    """

    failure: Failure
    reason: str


Request = Describe | Open | Run | Record | Prove | Close
Answer = Described | Opened | Took | Unsuited | Recorded | Proved | Closed | Failed
Message = Request | Answer

SIMPLE = (str, int, float, bool, type(None))


def encode(message: Message) -> dict[str, Any]:
    """Turn a message into what JSON can hold."""
    parts = [_plain(getattr(message, one.name)) for one in fields(message)]
    return {type(message).__name__: parts}


def decode_request(document: object) -> Request:
    """Read a request.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it is none.
    """
    request: Request = _decode(document, REQUESTS)
    return request


def decode_answer(document: object) -> Answer:
    """Read an answer.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it is none.
    """
    answer: Answer = _decode(document, ANSWERS)
    return answer


def _decode(document: Any, kinds: Mapping[str, Callable[..., T]]) -> T:  # noqa: ANN401 - any JSON
    if not isinstance(document, dict) or len(document) != 1:
        error = "a message is an object of one key"
        raise ValueError(error)
    ((kind, parts),) = document.items()
    if kind not in kinds:
        error = "an unknown kind of message"
        raise ValueError(error)
    return kinds[kind](*_list(parts))


def _plain(value: Any) -> Any:  # noqa: ANN401 - of any field
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, SIMPLE):
        return value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Trace):
        return write_trace(value)
    nested = isinstance(value, DescribedCell | LoadedFile)
    return astuple(value) if nested else dict(value)


def _open(cells: Sequence[object], following: object) -> Open:
    return Open(tuple(map(text, _list(cells))), None if following is None else text(following))


def _described(
    cells: Sequence[Sequence[object]], uncollected: Mapping[object, object]
) -> Described:
    return Described(
        tuple(_cell(*one) for one in _list(cells)),
        {text(name): text(reason) for name, reason in uncollected.items()},
    )


def _cell(  # noqa: PLR0917 - as astuple writes it
    cell: object,
    executor: object,
    count: object,
    margin: object,
    chosen: object,
    floors: Any,  # noqa: ANN401 - mypy and varargs
    weak: object,
) -> Any:  # noqa: ANN401 - mypy and varargs
    accepted = None if margin is None else number(margin, 1e-6, 1 - 1e-6)
    return DescribedCell(
        text(cell),
        text(executor),
        workers(count),
        accepted,
        switch(chosen),
        _floors(*_list(floors)),
        switch(weak),
    )


def _floors(  # noqa: PLR0917 - as astuple writes it
    at_least: object,
    at_least_of_ceiling: object,
    peak: object,
    tasks_per_second: object,
    p50: object,
    p95: object,
) -> Floors:
    return Floors(
        _floor(at_least),
        _floor(at_least_of_ceiling),
        None if peak is None else int(number(peak, 1, MAX_PEAK)),
        _floor(tasks_per_second),
        _floor(p50),
        _floor(p95),
    )


def _floor(value: object) -> float | None:
    return None if value is None else number(value, LEAST_FLOOR, MAX_FLOOR)


def _opened(bound: object, arguments: Mapping[str, Any], own_work: object) -> Opened:
    read_description(arguments)
    return Opened(Bound(bound), arguments, switch(own_work))


def _proved(
    files: Sequence[Sequence[object]],
    processes: object,
    tests: Sequence[object],
    plugins: Sequence[object],
) -> Proved:
    count = int(number(processes, 1, MAX_PROCESS_NUMBER))
    named = (tuple(map(_path, _list(one))) for one in (tests, plugins))
    return Proved(tuple(_file(*one) for one in _list(files)), count, *named)


def _file(kind: object, module: object, path: object, process: object) -> LoadedFile:
    number_of_process = int(number(process, 1, MAX_PROCESS_NUMBER))
    return LoadedFile(text(kind), text(module), _path(path), number_of_process)


def _path(value: object) -> str:
    path = text(value)
    if "\0" in path:
        error = "no name of a file"
        raise ValueError(error)
    return path


def _list(value: Sequence[T]) -> list[T]:
    if not isinstance(value, list) or len(value) > MAX_CELLS:
        error = f"no list of at most {MAX_CELLS}"
        raise ValueError(error)
    return value


REQUESTS: Mapping[str, Callable[..., Request]] = {
    "Describe": lambda *said: Describe(*(None if one is None else text(one) for one in said)),
    "Open": _open,
    "Run": lambda turn: Run(text(turn)),
    "Record": lambda turn: Record(text(turn)),
    "Prove": Prove,
    "Close": Close,
}
ANSWERS: Mapping[str, Callable[..., Answer]] = {
    "Described": _described,
    "Opened": _opened,
    "Took": lambda duration: Took(seconds(duration)),
    "Unsuited": lambda reason: Unsuited(text(reason)),
    "Recorded": lambda trace, question: Recorded(read_trace(trace), text(question)),
    "Proved": _proved,
    "Closed": Closed,
    "Failed": lambda failure, reason: Failed(Failure(failure), text(reason)),
}
