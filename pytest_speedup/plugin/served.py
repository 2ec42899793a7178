"""What a test gets as ``speedup`` in a serving pytest: it takes turns until it is told to close."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import pytest

from pytest_speedup import executors
from pytest_speedup.against.describing import describe_call
from pytest_speedup.against.loaded import answer_proof
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
)
from pytest_speedup.errors import SpeedupError, UnsuitableError
from pytest_speedup.measurement import (
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
from pytest_speedup.plugin.calls import TWICE
from pytest_speedup.plugin.recorded_run import record_run
from pytest_speedup.plugin.workload_turn import WorkloadTurn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.against.protocol import Answer, Request
    from pytest_speedup.executors import Executor
    from pytest_speedup.model import Bound, Trace
    from pytest_speedup.plugin.pools import Pools
    from pytest_speedup.plugin.serving import Serving

P = ParamSpec("P")
R = TypeVar("R")

Arm = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Served:
    """Opens a workload, and takes the turns that are asked for.

    Attributes:
        serving: the way to who asks.
        pools: the executors.
        cells: executor and worker count of each cell that is to take turns.
        size: the size that the workload is to have.
        collect_garbage: whether the cyclic garbage collector is on meanwhile.
    """

    serving: Serving
    pools: Pools
    cells: Sequence[tuple[str, int]]
    size: str
    collect_garbage: bool

    def __call__(
        self,
        workload: Callable[Concatenate[Executor, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Serve the workload, and return what it returns serially."""
        self.serving.calls += 1
        if self.serving.calls > 1:
            pytest.fail(TWICE, pytrace=False)

        def work(executor: Executor) -> R:
            return workload(executor, *args, **kwargs)

        _put_plugin_first()
        arguments = describe_call(self.size, args, kwargs)  # before anything runs and changes them
        try:
            watched = watch_reference(work, run_reference)
        except UnsuitableError:
            raise
        except SpeedupError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        reference = watched.run
        bound = bound_of(warm_reference(reference, partial(work, executors.SerialExecutor())))
        desk = Desk(self, work, reference.result, bound)
        self.serving.send(Opened(bound, arguments, watched.runs_its_own))
        while True:
            request = self.serving.receive()
            if request is None or isinstance(request, Close):
                return reference.result
            self.serving.send(desk.answer(request))


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an open workload takes its turns.

    Attributes:
        served: what opened it.
        work: the workload, with its arguments.
        expected: what it returns serially.
        bound: what it spends its time on.
    """

    served: Served
    work: Callable[[Executor], object]
    expected: object
    bound: Bound
    _arms: dict[str, Arm] = field(default_factory=dict)

    def answer(self, request: Request) -> Answer:
        """Take the turn that is asked for."""
        if isinstance(request, Record):
            return Recorded(self.record(request.turn))
        if isinstance(request, Prove):
            return answer_proof(self.served.serving.loaded)
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
        return WorkloadTurn(turn, self.work, executor, self.expected, self.served.collect_garbage)

    def _executor(self, cell: str) -> Executor:
        of_cells = {cell_name(*one): one for one in self.served.cells}
        if cell not in of_cells:
            return executors.SerialExecutor()
        return self.served.pools.get(*of_cells[cell])


def _put_plugin_first() -> None:
    """Have worker processes find the plugin where this process did, before either tree's own."""
    folder = str(Path(sys.modules["pytest_speedup"].__path__[0]).parent)
    sys.path.insert(0, folder)
