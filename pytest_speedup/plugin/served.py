"""What a test gets as ``speedup`` in a serving pytest: it takes turns until it is told to close."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from pytest_speedup import executors
from pytest_speedup.measurement import bound_of, control_arm, kernel_arm, recording, timed
from pytest_speedup.model import (
    CONTROL_TURN,
    KERNEL_TURN,
    cell_name,
    split_turn,
)
from pytest_speedup.plugin.fingerprint import fingerprint
from pytest_speedup.plugin.results import refuse_wrong
from pytest_speedup.plugin.workload_turn import WorkloadTurn
from pytest_speedup.statistics import count_trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.against.channel import Channel
    from pytest_speedup.executors import Executor
    from pytest_speedup.model import Bound
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
        turns: what is run once, and counted, before any turn is timed.
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
        reference = timed(partial(work, executors.SerialExecutor()))
        bound = bound_of(reference)
        self.channel.send(
            {
                "opened": {turn: self._count(turn, work, reference.result) for turn in self.turns},
                "bound": bound.value,
                "fingerprint": fingerprint([self.size, args, kwargs]),
            }
        )
        arms: dict[str, Arm] = {}
        while (request := self.channel.receive()) is not None and "turn" in request:
            turn = request["turn"]
            if turn not in arms:
                arms[turn] = self._arm(turn, work, reference.result, bound)
            self.channel.send({"seconds": arms[turn]()})
        return reference.result

    def _count(
        self, turn: str, work: Callable[[Executor], object], expected: object
    ) -> tuple[float, ...]:
        """Run a cell once, which warms it up."""
        executor = self._executor(turn)
        pickles = executor.name == executors.ProcessExecutor.name
        with recording(executor, pickles=pickles) as recorded:
            refuse_wrong(turn, work(recorded.executor), expected)
        return astuple(count_trace(recorded.trace()))

    def _arm(
        self, turn: str, work: Callable[[Executor], object], expected: object, bound: Bound
    ) -> Arm:
        what, cell = split_turn(turn)
        executor = self._executor(cell)
        if what == KERNEL_TURN:
            return kernel_arm(executor, bound)
        if what == CONTROL_TURN:
            return control_arm(executor, bound)
        return WorkloadTurn(turn, work, executor, expected, self.collect_garbage)

    def _executor(self, cell: str) -> Executor:
        of_cells = {cell_name(*one): one for one in self.cells}
        if cell not in of_cells:
            return executors.SerialExecutor()
        return self.pools.get(*of_cells[cell])


def _put_plugin_first() -> None:
    """Have worker processes find the plugin where this process did, before either tree's own."""
    folder = str(Path(sys.modules["pytest_speedup"].__path__[0]).parent)
    sys.path.insert(0, folder)
