"""From the traces of a serial and a parallel run to the stack of losses.

The efficiencies are those of the POP project (Wagner, Mohr, Gimenez and Labarta, A Structured
Approach to Performance Analysis, Tools for High Performance Computing 2017): computation scaling,
load balance, serialisation and transfer, which multiply to the parallel efficiency. Here each is
one or several steps from the ideal time to the measured one, so that they add up in seconds, too
(as in speedup stacks: Eyerman, Du Bois and Eeckhout, ISPASS 2012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.model import Loss, Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_speedup.model import Task, Trace


def stack_losses(serial: Trace, parallel: Trace, ceiling: float | None = None) -> Stack:
    """Find where the time of a parallel run went.

    Args:
        serial: a run of the same work on one worker.
        parallel: the run in question.
        ceiling: speedup of a kernel that has nothing to share, on the same executor; None
            where it is not known, and then what the machine takes counts as contention.
    """
    n = parallel.workers
    ideal = serial.seconds / n
    if not serial.tasks or not parallel.tasks:  # nothing is known of what went on
        pools = min(sum(parallel.pools), parallel.seconds)
        rest = parallel.seconds - pools - ideal
        return Stack(n, ideal, {Loss.POOL: pools, Loss.SERIAL: rest})
    work = sum(one.seconds for one in serial.tasks)
    by_worker = _busy_by_worker(parallel.tasks)
    busy, busiest = sum(by_worker), max(by_worker)
    alone = parallel.seconds - _covered(parallel.tasks)
    idle = parallel.seconds - alone - busiest
    # What is taken from the time between tasks cannot be more than there is of it; and pools
    # start there, or while no task is on its way at all.
    transfer = min(sum(one.pickling for one in parallel.tasks), idle)
    pools = min(sum(parallel.pools), alone + idle - transfer)
    pools_alone = min(pools, alone)
    # Workers are idle for want of workers' luck, not for want of tasks, where tasks would do.
    used = len(by_worker) if len(parallel.tasks) >= n else n
    locks = _more(parallel, serial, "lock_wait") / n
    queues = _more(parallel, serial, "queue_wait") / n
    slower = (busy - work) / n - locks - queues
    cpu = (sum(one.cpu for one in parallel.tasks) - sum(one.cpu for one in serial.tasks)) / n
    machine = 0.0 if ceiling is None else work / ceiling - work / n
    machine = min(max(machine, 0.0), max(slower, 0.0))
    cpu_of_machine = min(machine, max(cpu, 0.0))
    return Stack(
        workers=n,
        ideal=ideal,
        losses={
            Loss.POOL: pools,
            Loss.TRANSFER: transfer,
            Loss.DISPATCH: idle - transfer - (pools - pools_alone),
            Loss.WORKERS: busy / used - busy / n,
            Loss.IMBALANCE: busiest - busy / used,
            Loss.LOCK: locks,
            Loss.QUEUE: queues,
            Loss.MACHINE: machine,
            Loss.CPU: cpu - cpu_of_machine,
            Loss.BLOCKED: slower - cpu - (machine - cpu_of_machine),
            Loss.SERIAL: alone - pools_alone + work / n - ideal,
        },
    )


def _more(parallel: Trace, serial: Trace, wait: str) -> float:
    """Seconds that the tasks of the parallel run waited for something beyond the serial one's."""
    there, here = (
        sum(float(getattr(task, wait)) for task in trace.tasks) for trace in (parallel, serial)
    )
    return max(0.0, there - here)


def _busy_by_worker(tasks: Sequence[Task]) -> list[float]:
    busy: dict[int, float] = {}
    for one in tasks:
        busy[one.worker] = busy.get(one.worker, 0.0) + one.seconds
    return list(busy.values())


def _covered(tasks: Iterable[Task]) -> float:
    """Seconds in which at least one task was handed over and not done."""
    covered, until = 0.0, float("-inf")
    for one in sorted(tasks, key=lambda task: task.submitted):
        covered += max(0.0, one.end - max(one.submitted, until))
        until = max(until, one.end)
    return covered
