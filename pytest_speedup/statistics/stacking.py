"""From the traces of a serial and a parallel run to the stack of losses.

The efficiencies are those of the POP project (Wagner, Mohr, Gimenez and Labarta, A Structured
Approach to Performance Analysis, Tools for High Performance Computing 2017): computation scaling,
load balance, serialisation and transfer, which multiply to the parallel efficiency. Here each is
one or several steps from the ideal time to the measured one, so that they add up in seconds, too
(as in speedup stacks: Eyerman, Du Bois and Eeckhout, ISPASS 2012).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_speedup.model import Loss, Stack, Task
from pytest_speedup.statistics.balance import (
    WAITS,
    busiest,
    busy,
    share_unevenness,
    waited,
    waited_longer,
)
from pytest_speedup.statistics.counting import count_trace
from pytest_speedup.statistics.interpreter_lock import held_up_by_gil

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_speedup.model import Trace


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
    if not serial.tasks:
        serial = _as_task(serial, parallel)
    if not parallel.tasks:  # nothing is known of what went on
        pools = min(sum(parallel.pools), parallel.seconds)
        rest = parallel.seconds - pools - ideal
        return Stack(n, ideal, {Loss.POOL: pools, Loss.SERIAL: rest}, count_trace(parallel))
    work, done = busy(serial.tasks), busy(parallel.tasks)
    # Workers are idle for want of workers' luck, not for want of tasks, where tasks would do.
    used = len({one.worker for one in parallel.tasks}) if len(parallel.tasks) >= n else n
    held_up = held_up_by_gil(parallel)
    inside = _inside_tasks(serial, parallel, ceiling)
    blocked = _blocked(serial, parallel, inside)
    uneven = share_unevenness(parallel.tasks, used, held_up, blocked)
    held_up -= uneven[Loss.GIL]
    unused = _unused_workers(done / used - done / n, held_up)
    held_up -= unused[Loss.GIL]
    alone = parallel.seconds - _covered(parallel.tasks)
    idle = parallel.seconds - alone - busiest(parallel.tasks)
    between = _between_tasks(parallel, alone, idle, held_up)
    losses = {Loss.SERIAL: alone + idle - sum(between.values()) + work / n - ideal}
    for share in (between, inside, uneven, unused):
        for loss, seconds in share.items():
            losses[loss] = losses.get(loss, 0.0) + seconds
    if parallel.core_wait is None:  # nobody knows, which is not none
        del losses[Loss.CORE_WAIT]
    return Stack(n, ideal, losses, count_trace(parallel))


def _blocked(serial: Trace, parallel: Trace, inside: Mapping[Loss, float]) -> list[float]:
    """Find how long each task was blocked, where that is what tasks mostly lost by."""
    same = len(serial.tasks) == len(parallel.tasks)
    if not same or inside[Loss.BLOCKED] < max(inside.values()):
        return [0.0] * len(parallel.tasks)
    return waited_longer(parallel.tasks, serial.tasks)


def _unused_workers(seconds: float, held_up: float) -> dict[Loss, float]:
    by_gil = min(seconds, held_up)
    return {Loss.WORKERS: seconds - by_gil, Loss.GIL: by_gil}


def _as_task(serial: Trace, parallel: Trace) -> Trace:
    """Take code that hands over no tasks when it is serial, but else does, for a single task."""
    cpu = sum(one.cpu for one in parallel.tasks)
    whole = Task(serial.begin, serial.begin, serial.end, cpu, worker=0)
    return replace(serial, tasks=(whole,))


def _between_tasks(run: Trace, alone: float, idle: float, held_up: float) -> dict[Loss, float]:
    """Share out the time in which tasks were on their way and the busiest worker had none.

    What is taken from it cannot be more than there is of it. Pools may also start while no task
    is on its way at all. What workers import again in each pool is due to these. A thread that the
    interpreter lock holds up may have to wait for a core after that, which is then not to blame.
    A caller that computes has its own workers to share cores with; as long as it computes, its
    waiting is due to them, and no neighbour.

    Args:
        run: the parallel run.
        alone: its seconds with no task on its way.
        idle: its seconds with tasks on their way, but not with the busiest worker.
        held_up: seconds that workers were kept from tasks by the interpreter lock.
    """
    transfer = min(sum(one.transfer for one in run.tasks), idle)
    workers = len({one.worker for one in run.tasks})
    loading = sum(one.loading for one in run.tasks) / workers
    imports = min(loading / max(1, len(run.pools)), idle - transfer)
    rest = idle - transfer - imports
    pools = min(sum(run.pools) + loading - imports, alone + rest)
    rest -= max(0.0, pools - alone)
    by_gil = min(held_up, rest)
    waited = min(max(0.0, (run.core_wait or 0.0) - run.caller_cpu), rest - by_gil)
    return {
        Loss.POOL: pools,
        Loss.IMPORTS: imports,
        Loss.TRANSFER: transfer,
        Loss.GIL: by_gil,
        Loss.DISPATCH: rest - by_gil - waited,
        Loss.CORE_WAIT: waited,
    }


def _inside_tasks(serial: Trace, parallel: Trace, ceiling: float | None) -> dict[Loss, float]:
    """Share out by what tasks took longer than alone.

    The machine answers for as much as its ceiling says, for CPU time first: cores that are shared
    inflate that, while waiting for a core or for the GIL takes none.
    """
    n = parallel.workers
    work = busy(serial.tasks)
    waits = {loss: _more(parallel, serial, wait) / n for loss, wait in WAITS.items()}
    core_wait = waits[Loss.CORE_WAIT]
    slower = (busy(parallel.tasks) - work) / n - waits[Loss.LOCK] - waits[Loss.QUEUE]
    cpu = (sum(one.cpu for one in parallel.tasks) - sum(one.cpu for one in serial.tasks)) / n
    machine = 0.0 if ceiling is None else work / ceiling - work / n
    machine = min(max(machine, 0.0), max(slower, 0.0))
    computed = min(machine, max(cpu, 0.0))
    waited = min(max(machine - computed - core_wait, 0.0), max(slower - cpu - core_wait, 0.0))
    return {
        **waits,
        Loss.GIL: waited if parallel.gil else 0.0,
        Loss.CORES: computed + (0.0 if parallel.gil else waited),
        Loss.CPU: cpu - computed,
        Loss.BLOCKED: slower - cpu - core_wait - waited,
    }


def _more(parallel: Trace, serial: Trace, wait: str) -> float:
    """Seconds that the tasks of the parallel run waited for something beyond the serial one's."""
    return max(0.0, waited(parallel.tasks, wait) - waited(serial.tasks, wait))


def _covered(tasks: Iterable[Task]) -> float:
    """Seconds in which at least one task was handed over and not done."""
    covered, until = 0.0, float("-inf")
    for one in sorted(tasks, key=lambda task: task.submitted):
        covered += max(0.0, one.end - max(one.submitted, until))
        until = max(until, one.end)
    return covered
