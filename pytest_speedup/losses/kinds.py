"""The losses: what each is called, said of and drawn like, and how it is found in a run.

A loss is a member of :class:`Loss` and a claim on a part of the time in :data:`PARTS`. Whatever
shares out time, saves, explains or shows losses goes by these. One that tasks have to note needs a
meter of its name in ``recorded_task.py`` besides.

The parts are those of the efficiencies of the POP project (Wagner, Mohr, Gimenez and Labarta, A
Structured Approach to Performance Analysis, Tools for High Performance Computing 2017):
computation scaling, load balance, serialisation and transfer, which multiply to the parallel
efficiency. Here each is one or several steps from the ideal time to the measured one, so that they
add up in seconds, too (as in speedup stacks: Eyerman, Du Bois and Eeckhout, ISPASS 2012).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup.documents import brief
from pytest_speedup.losses.trace import (
    Part,
    busiest,
    busy,
    held_up_by_gil,
    uneven_without_waits,
    waited,
    waited_longer,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from pytest_speedup.losses.trace import Claim, Counts, Sharing


class Counted(NamedTuple):
    """What to count where a loss changed.

    Attributes:
        words: what was counted, with braces for the number.
        read: the number.
    """

    words: str
    read: Callable[[Counts], float]


@dataclass(frozen=True, slots=True)
class Kind:
    """All that is said of a loss.

    Attributes:
        words: what the time was spent on, behind its name.
        goes_into: which time goes into it, for the guide.
        colour: in pictures.
        hatch: in pictures, since colour is never the only sign.
        counted: what to count where it changed, if anything.
        noted: whether tasks note it, by the meter of its name.
        by_neighbours: whether others on the machine take it, whatever the code does: it is told of
            a cell that passed, too.
        untold: what to say in place of its seconds where the system does not tell them; empty for
            one that is known on each.
    """

    words: str
    goes_into: str
    colour: str
    hatch: str
    counted: Counted | None = None
    noted: bool = False
    by_neighbours: bool = False
    untold: str = ""


BLUE, RED, GREEN, PINK = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
ORANGE, SKY, YELLOW, GREY = "#e69f00", "#56b4e9", "#f0e442", "#999999"
"""Okabe and Ito's, which colour-blind readers can tell apart (Color Universal Design, 2008)."""


class Loss(enum.Enum):
    """What takes away from the ideal speedup; its value is its name, in reports and saved runs."""

    _value_: str
    kind: Kind

    def __new__(cls, name: str, kind: Kind) -> Self:
        """Make a member, found by its name."""
        loss = object.__new__(cls)
        loss._value_ = name
        loss.kind = kind
        return loss

    @classmethod
    def named(cls, name: object) -> Loss:
        """Find a loss by its name.

        Raises:
            ValueError: there is none of that name.
        """
        for loss in cls:
            if loss.value == name:
                return loss
        message = f"{brief(name)} is no loss"
        raise ValueError(message)

    POOL = (
        "pool start and end",
        Kind(
            words="making pools, with what each imports again",
            goes_into="making pools, and what each new one imports again",
            colour=BLUE,
            hatch="",
            counted=Counted("pools created {}", lambda counts: counts.pools),
        ),
    )
    IMPORTS = (
        "imports in workers",
        Kind(
            words="workers importing what tasks need",
            goes_into="finding a task's function, as far as it is not there yet",
            colour=RED,
            hatch="/",
        ),
    )
    TRANSFER = (
        "transfer",
        Kind(
            words="pickling and sending what tasks take and return",
            goes_into="pickling and sending what tasks take and return",
            colour=GREEN,
            hatch="\\",
            counted=Counted("{} bytes pickled per task", lambda counts: counts.bytes_per_task),
        ),
    )
    DISPATCH = (
        "dispatch",
        Kind(
            words="handing out tasks and gathering results",
            goes_into="handing out tasks and gathering results",
            colour=PINK,
            hatch="|",
            counted=Counted("{} tasks", lambda counts: counts.tasks),
        ),
    )
    WORKERS = (
        "idle workers",
        Kind(
            words="workers that got no task",
            goes_into="workers that get no task although there are enough",
            colour=ORANGE,
            hatch="-",
            counted=Counted("workers at work: {}", lambda counts: counts.workers),
        ),
    )
    IMBALANCE = (
        "imbalance",
        Kind(
            words="workers that wait for the busiest one",
            goes_into="waiting for the busiest worker, as far as the tasks would be as uneven "
            "without waits",
            colour=SKY,
            hatch="x",
            counted=Counted("tasks of the busiest worker: {}", lambda counts: counts.busiest),
        ),
    )
    LOCK = (
        "lock wait",
        Kind(
            words="waiting for the counter's lock",
            goes_into="the lock of the executor's counter",
            colour=YELLOW,
            hatch="+",
            noted=True,
        ),
    )
    QUEUE = (
        "queue wait",
        Kind(
            words="waiting for the queue",
            goes_into="the executor's queue",
            colour=GREY,
            hatch="//",
            noted=True,
        ),
    )
    LIMIT = (
        "limit wait",
        Kind(
            words="coroutines waiting for a lock, a semaphore or a connection of their client",
            goes_into="what lets so many coroutines pass at once: locks and semaphores of asyncio "
            "and anyio, the connections that httpx and aiohttp have for each host",
            colour=YELLOW,
            hatch="",
            noted=True,
        ),
    )
    GIL = (
        "GIL",
        Kind(
            words="waiting for the interpreter lock",
            goes_into="tasks that neither compute nor wait for anything else, as far as the kernel "
            "is held up as well; tasks that a free thread does not get at while others compute",
            colour=BLUE,
            hatch="\\\\",
        ),
    )
    CORES = (
        "shared cores",
        Kind(
            words="cores that slow each other down, as the ceiling shows",
            goes_into="CPU time that grows as the kernel's does: cores that share a memory or a "
            "chip",
            colour=RED,
            hatch="||",
        ),
    )
    CORE_WAIT = (
        "core wait",
        Kind(
            words="tasks that were ready and had no core",
            goes_into="being ready, and having no core (Linux); the caller beyond its own CPU time",
            colour=GREEN,
            hatch="--",
            counted=Counted("threads beside the workers: {}", lambda counts: counts.own_threads),
            noted=True,
            by_neighbours=True,
            untold="not told by this system; it is in dispatch and in waiting inside tasks",
        ),
    )
    CPU = (
        "CPU time",
        Kind(
            words="more CPU time in tasks than alone",
            goes_into="computing for longer than alone, beyond that",
            colour=PINK,
            hatch="xx",
        ),
    )
    BLOCKED = (
        "waiting inside tasks",
        Kind(
            words="waiting in tasks, for each other or a lock of their own",
            goes_into="anything else: a lock of your own, each other",
            colour=ORANGE,
            hatch="++",
        ),
    )
    SERIAL = (
        "serial section",
        Kind(
            words="code outside of tasks",
            goes_into="code outside of tasks",
            colour=SKY,
            hatch="",
        ),
    )


NOTED = tuple(loss for loss in Loss if loss.kind.noted)
"""Losses that tasks note themselves."""


class Slower(NamedTuple):
    """Why tasks took longer than alone, beyond what they note, in seconds of each worker.

    Attributes:
        cpu: CPU time beyond that of the serial run.
        computed: of these, those that the machine answers for.
        waited: other seconds that the machine answers for, without CPU time.
    """

    cpu: float
    computed: float
    waited: float


def _slower(sharing: Sharing) -> Slower:
    """Let the machine answer for as much as its ceiling says, for CPU time first.

    Cores that are shared inflate that, while waiting for a core or for the GIL takes none.
    """
    runs, noted = sharing.runs, sharing.shares[-1]
    n = runs.parallel.workers
    neighbours = sum(noted[loss] for loss in NOTED if loss.kind.by_neighbours)
    slower = sharing.seconds - sum(noted[loss] for loss in NOTED if not loss.kind.by_neighbours)
    cpu = sum(one.cpu for one in runs.parallel.tasks) - sum(one.cpu for one in runs.serial.tasks)
    cpu /= n
    machine = 0.0 if runs.ceiling is None else runs.work * n / runs.ceiling - runs.work
    machine = min(max(machine, 0.0), max(slower, 0.0))
    computed = min(machine, max(cpu, 0.0))
    most = max(slower - cpu - neighbours, 0.0)
    return Slower(cpu, computed, min(max(machine - computed - neighbours, 0.0), most))


def _held_up(sharing: Sharing) -> float:
    """Seconds that the interpreter lock kept workers from tasks, and that are not shared yet."""
    before = (shares.get(Loss.GIL, 0.0) for shares in sharing.shares[1:])
    return held_up_by_gil(sharing.runs.parallel) - sum(before)


def _blocked(sharing: Sharing) -> list[float]:
    """Seconds that each task was blocked, where that is what tasks mostly lost by."""
    tasks, alone = sharing.runs.parallel.tasks, sharing.runs.serial.tasks
    inside = sharing.shares[PARTS.index(INSIDE)]
    if len(alone) != len(tasks) or inside[Loss.BLOCKED] < max(inside.values()):
        return [0.0] * len(tasks)
    return waited_longer(tasks, alone)


def _waited_longer(loss: Loss) -> Claim:
    """Take what tasks waited for something beyond those of the serial run."""

    def claim(sharing: Sharing) -> float:
        serial, parallel = sharing.runs.serial, sharing.runs.parallel
        more = waited(parallel.tasks, loss.value) - waited(serial.tasks, loss.value)
        return max(0.0, more) / parallel.workers

    return claim


def _cores_inside(sharing: Sharing) -> float:
    slower = _slower(sharing)
    return slower.computed + (0.0 if sharing.runs.parallel.gil else slower.waited)


def _gil_inside(sharing: Sharing) -> float:
    return _slower(sharing).waited if sharing.runs.parallel.gil else 0.0


def _cpu_inside(sharing: Sharing) -> float:
    slower = _slower(sharing)
    return slower.cpu - slower.computed


def _not_due_to_tasks(sharing: Sharing) -> float:
    """Seconds of the busiest worker that the same tasks without waits would not explain."""
    tasks = sharing.runs.parallel.tasks
    even = uneven_without_waits(tasks, sharing.runs.used, [0.0] * len(tasks))
    return max(0.0, sharing.seconds - even)


def _waits_unevenly(loss: Loss) -> Claim:
    """Take a wait's share of what all waits explain: no more than if one worker had waited."""

    def claim(sharing: Sharing) -> float:
        tasks = sharing.runs.parallel.tasks
        noted = sum(one.noted for one in tasks)
        explained = min(_not_due_to_tasks(sharing), noted * (1 - 1 / sharing.runs.used))
        return waited(tasks, loss.value) * (explained / noted) if explained else 0.0

    return claim


def _gil_unevenly(sharing: Sharing) -> float:
    in_waits = sharing.seconds - sharing.left
    return min(max(0.0, _not_due_to_tasks(sharing) - in_waits), _held_up(sharing))


def _blocked_unevenly(sharing: Sharing) -> float:
    blocked = _blocked(sharing)
    if not any(blocked):
        return 0.0
    even = uneven_without_waits(sharing.runs.parallel.tasks, sharing.runs.used, blocked)
    otherwise = sharing.seconds - sharing.left
    return min(sharing.left, max(0.0, max(0.0, sharing.seconds - even) - otherwise))


def _gil(sharing: Sharing) -> float:
    return min(sharing.left, _held_up(sharing))


def _transfer(sharing: Sharing) -> float:
    return min(sum(one.transfer for one in sharing.runs.parallel.tasks), sharing.left)


def _imports(sharing: Sharing) -> float:
    """What workers import again in each pool is due to the pools."""
    pools = max(1, len(sharing.runs.parallel.pools))
    return min(sharing.runs.imports / pools, sharing.left)


def _pools(sharing: Sharing) -> float:
    imported = sharing.runs.imports - sharing.shares[PARTS.index(IDLE)][Loss.IMPORTS]
    return sum(sharing.runs.parallel.pools) + imported


def _pools_while_idle(sharing: Sharing) -> float:
    """They may start while no task is on its way at all, of which there is more first."""
    return min(max(0.0, _pools(sharing) - sharing.runs.alone), sharing.left)


def _pools_alone(sharing: Sharing) -> float:
    return min(_pools(sharing), sharing.runs.alone)


def _pools_at_most(sharing: Sharing) -> float:
    run = sharing.runs.parallel
    return min(sum(run.pools), run.seconds)


def _core_wait_of_the_caller(sharing: Sharing) -> float:
    """A caller that computes has its own workers to share cores with.

    As long as it computes, its waiting is due to them, and no neighbour. And a thread that the
    interpreter lock holds up may have to wait for a core after that, which is then not to blame.
    """
    run = sharing.runs.parallel
    return min(max(0.0, (run.core_wait or 0.0) - run.caller_cpu), sharing.left)


INSIDE = Part(
    seconds=lambda runs: busy(runs.parallel.tasks) / runs.parallel.workers - runs.work,
    claims=(
        *((loss, _waited_longer(loss)) for loss in NOTED),
        (Loss.CORES, _cores_inside),
        (Loss.GIL, _gil_inside),
        (Loss.CPU, _cpu_inside),
    ),
    rest=Loss.BLOCKED,
)
"""What tasks took longer than alone."""

UNEVEN = Part(
    seconds=lambda runs: busiest(runs.parallel.tasks) - busy(runs.parallel.tasks) / runs.used,
    claims=(
        *((loss, _waits_unevenly(loss)) for loss in NOTED),
        (Loss.GIL, _gil_unevenly),
        (Loss.BLOCKED, _blocked_unevenly),
    ),
    rest=Loss.IMBALANCE,
)
"""What keeps the busiest worker busy beyond the mean of those that had tasks; never negative."""

UNUSED = Part(
    seconds=lambda runs: (
        busy(runs.parallel.tasks) / runs.used - busy(runs.parallel.tasks) / runs.parallel.workers
    ),
    claims=((Loss.GIL, _gil),),
    rest=Loss.WORKERS,
)
"""What workers without any task would have taken off the others."""

IDLE = Part(
    seconds=lambda runs: runs.parallel.seconds - runs.alone - busiest(runs.parallel.tasks),
    claims=(
        (Loss.TRANSFER, _transfer),
        (Loss.IMPORTS, _imports),
        (Loss.POOL, _pools_while_idle),
        (Loss.GIL, _gil),
        (Loss.CORE_WAIT, _core_wait_of_the_caller),
    ),
    rest=Loss.DISPATCH,
)
"""Tasks were on their way, but the busiest worker had none."""

ALONE = Part(
    seconds=lambda runs: runs.alone + runs.work - runs.serial.seconds / runs.parallel.workers,
    claims=((Loss.POOL, _pools_alone),),
    rest=Loss.SERIAL,
)
"""No task was on its way, beyond what the serial run spends outside of tasks, shared evenly."""

PARTS = (INSIDE, UNEVEN, UNUSED, IDLE, ALONE)
"""All time beyond the ideal, in the order in which it is shared out."""

UNSEEN = Part(
    seconds=lambda runs: runs.parallel.seconds - runs.serial.seconds / runs.parallel.workers,
    claims=(
        (
            Loss.POOL,
            lambda sharing: min(sum(sharing.runs.parallel.pools), sharing.runs.parallel.seconds),
        ),
    ),
    rest=Loss.SERIAL,
)
"""The same of a run without tasks, of which nothing else is known."""
