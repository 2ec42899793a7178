"""What was handed to a pool, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_speedup.model import Task
from pytest_speedup.worker.clock import now

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup.measurement.resending import Wire
    from pytest_speedup.worker.recorded_task import Ran


@dataclass(frozen=True, slots=True)
class Sent:
    """Tasks of one pool.

    Attributes:
        pickles: whether they go to other processes.
        tasks: what was sent for each.
        submitted: when each was handed over.
        ran: what each came to, by its index, as far as it is done.
    """

    pickles: bool
    tasks: list[object] = field(default_factory=list)
    submitted: list[float] = field(default_factory=list)
    ran: dict[int, Ran] = field(default_factory=dict)

    def note(self, task: object) -> int:
        """Note that a task is handed over now, and return its index."""
        self.tasks.append(task)
        self.submitted.append(now())
        return len(self.tasks) - 1

    def read(self, wire: Wire) -> Iterator[Task]:
        """Read the tasks that are done; workers are numbered as they come up in this pool.

        What the system counts of a thread that runs may be late by a tick, and include a wait of
        before the task; no task waits for longer than it takes beyond its CPU time.
        """
        numbers: dict[tuple[int, int], int] = {}
        for index, ran in sorted(self.ran.items()):
            there, back = self._resend(wire, self.tasks[index], ran.result)
            yield Task(
                submitted=self.submitted[index],
                start=ran.start,
                end=ran.end,
                cpu=ran.cpu,
                core_wait=min(ran.core_wait, max(0.0, ran.end - ran.start - ran.cpu)),
                worker=numbers.setdefault(ran.worker, len(numbers)),
                lock_wait=ran.lock_wait,
                queue_wait=ran.queue_wait,
                loading=ran.loading,
                pickled=there[0] + back[0],
                transfer=there[1] + back[1],
            )

    def _resend(
        self,
        wire: Wire,
        task: object,
        result: object,
    ) -> tuple[tuple[int, float], tuple[int, float]]:
        if not self.pickles:
            return (0, 0.0), (0, 0.0)
        return wire.send(task), wire.send(result)
