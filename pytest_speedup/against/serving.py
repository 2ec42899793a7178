"""The other end of a comparison: a workload that is open, and takes turns until it is to close."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pytest_speedup import executors
from pytest_speedup.against.describing import describe_call
from pytest_speedup.against.loaded import Loaded, answer_proof, loaded_here
from pytest_speedup.against.protocol import (
    Close,
    Failed,
    Failure,
    Opened,
    Prove,
    Record,
    Recorded,
    Run,
    Took,
    Unsuited,
    decode_request,
    encode,
)
from pytest_speedup.errors import UnsuitableError
from pytest_speedup.losses.recording import record_run
from pytest_speedup.measurement import (
    WorkloadTurn,
    bound_of,
    control_arm,
    kernel_arm,
    run_reference,
    warm_reference,
    watch_reference,
)
from pytest_speedup.model import (
    CONTROL_TURN,
    KERNEL_TURN,
    cell_name,
    split_turn,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_speedup.against.channel import Channel
    from pytest_speedup.against.pools import Pools
    from pytest_speedup.against.protocol import Answer, Request
    from pytest_speedup.executors import Executor
    from pytest_speedup.losses.trace import Trace
    from pytest_speedup.model import Bound

R = TypeVar("R")

Arm = Callable[[], float]


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
    """

    line: Line
    pools: Pools
    cells: Sequence[tuple[str, int]]
    size: str
    collect_garbage: bool

    def serve(
        self,
        work: Callable[[Executor], R],
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> R:
        """Take turns until the workload is to close, and return what it returns serially.

        Args:
            work: the workload, with its arguments.
            args: these arguments, which are described before anything runs and changes them.
            kwargs: likewise those that have names.

        Raises:
            SpeedupError: it hands over no task, or returns something else on an executor.
        """
        _put_plugin_first()
        arguments = describe_call(self.size, args, kwargs)
        watched = watch_reference(work, run_reference)
        reference = watched.run
        bound = bound_of(warm_reference(reference, partial(work, executors.SerialExecutor())))
        workload = OpenWorkload(self, work, reference.result, bound)
        self.line.send(Opened(bound, arguments, watched.runs_its_own))
        while True:
            request = self.line.receive()
            if request is None or isinstance(request, Close):
                return reference.result
            self.line.send(workload.answer(request))


@dataclass(frozen=True, slots=True)
class OpenWorkload:
    """A workload that takes turns.

    Attributes:
        opening: what it was opened with.
        work: the workload, with its arguments.
        expected: what it returns serially.
        bound: what it spends its time on.
    """

    opening: Opening
    work: Callable[[Executor], object]
    expected: object
    bound: Bound
    _arms: dict[str, Arm] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer:
        """Take the turn that is asked for."""
        if isinstance(request, Record):
            return Recorded(self.record(request.turn))
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
        return self._arms[turn]()

    def record(self, turn: str) -> Trace:
        """Run a cell once, recorded task by task."""
        return record_run(turn, self.work, self._executor(turn), self.expected)

    def _arm(self, turn: str) -> Arm:
        what, cell = split_turn(turn)
        executor = self._executor(cell)
        if what == KERNEL_TURN:
            return kernel_arm(executor, self.bound)
        if what == CONTROL_TURN:
            return control_arm(executor, self.bound)
        collect_garbage = self.opening.collect_garbage
        return WorkloadTurn(turn, self.work, executor, self.expected, collect_garbage)

    def _executor(self, cell: str) -> Executor:
        of_cells = {cell_name(*one): one for one in self.opening.cells}
        if cell not in of_cells:
            return executors.SerialExecutor()
        return self.opening.pools.get(*of_cells[cell])


def _put_plugin_first() -> None:
    """Have worker processes find the plugin where this process did, before either tree's own."""
    folder = str(Path(sys.modules["pytest_speedup"].__path__[0]).parent)
    sys.path.insert(0, folder)
