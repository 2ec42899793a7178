"""The executors of a serving pytest: shared by its workloads, so that each starts once a block."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_speedup import executors
from pytest_speedup.measurement import opened
from pytest_speedup.model import cell_name

if TYPE_CHECKING:
    from pytest_speedup.executors import Conditions, Executor


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
