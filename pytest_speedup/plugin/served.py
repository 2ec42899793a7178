"""What a test gets as ``speedup`` in a serving pytest: it takes turns until it is told to close."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import pytest

from pytest_speedup import executors
from pytest_speedup.against import write_trace
from pytest_speedup.errors import SpeedupError, UnsuitableError
from pytest_speedup.measurement import (
    bound_of,
    control_arm,
    kernel_arm,
    run_reference,
    watch_reference,
)
from pytest_speedup.model import (
    CONTROL_TURN,
    KERNEL_TURN,
    cell_name,
    split_turn,
)
from pytest_speedup.plugin.fingerprint import fingerprint
from pytest_speedup.plugin.recorded_run import record_run
from pytest_speedup.plugin.workload_turn import WorkloadTurn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.against.channel import Channel
    from pytest_speedup.executors import Executor
    from pytest_speedup.model import Bound, Trace
    from pytest_speedup.plugin.pools import Pools

P = ParamSpec("P")
R = TypeVar("R")

Arm = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Served:
    """Opens a workload, and takes the turns that are asked for.

    Attributes:
        channel: the way to who asks.
        pools: the executors.
        cells: executor and worker count of each cell of the workload.
        turns: what is run once before any turn is timed.
        size: the size that the workload is to have.
        collect_garbage: whether the cyclic garbage collector is on meanwhile.
    """

    channel: Channel
    pools: Pools
    cells: Sequence[tuple[str, int]]
    turns: Sequence[str]
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

        def work(executor: Executor) -> R:
            return workload(executor, *args, **kwargs)

        _put_plugin_first()
        try:
            reference = watch_reference(work, run_reference).run
        except UnsuitableError:
            raise
        except SpeedupError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        desk = Desk(self, work, reference.result, bound_of(reference))
        described = {
            "unsuitable": desk.warm_up(self.turns),
            "bound": desk.bound.value,
            "fingerprint": fingerprint([self.size, args, kwargs]),
        }
        self.channel.send({"opened": described})
        while (request := self.channel.receive()) is not None and "close" not in request:
            if "record" in request:
                self.channel.send({"trace": write_trace(desk.record(request["record"]))})
            else:
                self.channel.send({"seconds": desk.run(request["turn"])})
        return reference.result


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

    def run(self, turn: str) -> float:
        """Take a turn, and return its seconds."""
        if turn not in self._arms:
            self._arms[turn] = self._arm(turn)
        return self._arms[turn]()

    def warm_up(self, turns: Sequence[str]) -> dict[str, str]:
        """Take each turn once; return why the workload does not run in some cells, by turn."""
        unsuitable = {}
        for turn in turns:
            try:
                self.run(turn)
            except UnsuitableError as error:  # noqa: PERF203 - few
                unsuitable[turn] = str(error)
        return unsuitable

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
