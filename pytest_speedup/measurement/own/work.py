"""Code with workers of its own as a workload, and what worked while it ran."""

from __future__ import annotations

import os
import threading
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, cast

from pytest_speedup.clock import leave_out, now, process_cpu
from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import OWN
from pytest_speedup.executors.own import innermost
from pytest_speedup.measurement.own.surroundings import Kept
from pytest_speedup.measurement.results import uncompared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors import Executor
    from pytest_speedup.measurement import results


class Arms(Protocol):
    """Code that runs serially and with a number of workers."""

    @property
    def name(self) -> str:
        """The name of the code."""

    @property
    def carrier(self) -> str:
        """What carries the count, as one asks for it."""

    @property
    def alone(self) -> int:
        """The count that others are held against to see whether they make a difference."""

    @property
    def serial_counts(self) -> bool:
        """Whether serial turns are of the same code, with that count."""

    def ready(self, count: int | None, kept: Kept, /) -> AbstractContextManager[Callable[[], Any]]:
        """Set up a turn with a count, serially for None, and leave it; only its call is timed."""

    def observe(self, count: int, kept: Kept, /) -> Activity:
        """Tell what works in a turn with a count."""


class _Equal:
    """Has results compared as those of any workload are."""

    def __repr__(self) -> str:
        return "<as results of all workloads>"


EQUAL: Final = _Equal()
"""The comparison of who asks for none."""

Compare = Any
"""A function of a result and that of serial code, None for no comparison, or :data:`EQUAL`."""


def check_compare(compare: object) -> Compare:
    """Refuse what cannot compare results.

    Raises:
        SpeedupError: it is no function.
    """
    if compare is None or compare is EQUAL or callable(compare):
        return compare
    message = f"compare is a function of what was got and what was expected; got {brief(compare)}"
    raise SpeedupError(message)


Tasks = Any
"""How many tasks a turn runs, a function of its result that tells, or None."""


def check_tasks(tasks: object) -> Tasks:
    """Refuse what is no number of tasks.

    Raises:
        SpeedupError: it is none.
    """
    if tasks is None or callable(tasks) or _is_positive(tasks):
        return tasks
    message = f"tasks is a number above 0, or a function of the result; got {brief(tasks)}"
    raise SpeedupError(message)


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and 0 < value < float("inf")


LOOKED_AT = 2
"""Turns of each count, the first ones, of which the CPU time of child processes is counted, too.

They tell whether the code computes or waits, and whether its workers compute at once; what is timed
afterwards is compared in wall time.
"""


WATCHED = 2
"""Runs with a count, and as many without, by which it is told whether it makes a difference."""

ALIKE = 1.2
"""The speedup from which, up or down, a count surely made a difference."""


def _differs(ratio: float) -> bool:
    return not 1 / ALIKE < ratio < ALIKE


@dataclass(slots=True, eq=False)
class OwnWork:
    """A workload of code with workers of its own.

    Attributes:
        arms: the code.
        compare: how its results are compared.
        tasks: how many tasks a turn runs.
    """

    arms: Arms
    compare: Compare = EQUAL
    tasks: Tasks = None
    _turns: Counter[int | None] = field(default_factory=Counter)
    _executors: dict[int, object] = field(default_factory=dict)
    _kept: dict[int | None, Kept] = field(default_factory=dict)

    def __call__(self, executor: Executor, /, *_args: object) -> Any:  # noqa: ANN401 - whatever the target returns
        """Run a turn: with the count of an executor that stands for own workers, else serially.

        What else is given is only there to be described, by who compares arguments.
        """
        workers = executor.workers  # to ask for it says that the work is one's own
        count = workers if executor.name == OWN else None
        if count is not None:
            self._renew(count, executor)
        return self._run(count)

    @property
    def comparison(self) -> results.Compare | None:
        """How its results are compared, as those of any workload; None for ours."""
        if self.compare is EQUAL:
            return None
        return uncompared if self.compare is None else cast("results.Compare", self.compare)

    def _run(self, count: int | None) -> Any:  # noqa: ANN401 - whatever the target returns
        self._turns[count] += 1
        looked_at = self._turns[count] <= LOOKED_AT
        kept = self._kept.setdefault(count, Kept())
        with self.arms.ready(count, kept) as call:
            if not looked_at or kept.process is not None:
                return call()
            before = children_cpu()
            result = call()
            leave_out(0.0, before - children_cpu())
            return result

    def _renew(self, count: int, executor: Executor) -> None:
        """Leave what lasts for several turns where a block begins, which has an executor anew."""
        itself = innermost(executor)
        if self._executors.setdefault(count, itself) is not itself:
            self.close()
            self._executors[count] = itself

    def question(self, count: int, speedup: float) -> str:
        """Ask whether a count arrives; empty where it made a difference.

        Where speed does not tell, the count and the one that it is held against are run some
        more times, and watched: each time more has to work, as much else happens in a process.

        Args:
            count: the number of workers.
            speedup: what it came to, against serial turns.
        """
        alone = self.arms.alone
        if count == alone or (self.arms.serial_counts and _differs(speedup)):
            return ""
        pairs = [(self._observe(alone, None), self._observe(count, count)) for _ in range(WATCHED)]
        if all(self._makes_difference(before, after) for before, after in pairs):
            return ""
        return f"{count} workers ran as {alone or 1}: is {self.arms.carrier} used?"

    def _observe(self, count: int, place: int | None) -> Activity:
        return self.arms.observe(count, self._kept.setdefault(place, Kept()))

    def _makes_difference(self, before: Activity, after: Activity) -> bool:
        """Whether more works, or the same code takes another time where it is not what is timed."""
        if after.is_more_than(before):
            return True
        return not self.arms.serial_counts and _differs(before.seconds / max(after.seconds, 1e-9))

    def tasks_of(self, result: object) -> float | None:
        """Tell how many tasks a turn ran, by its result; None where nobody asks.

        Raises:
            SpeedupError: the function that tells gave no number.
        """
        if not callable(self.tasks):
            return None if self.tasks is None else float(self.tasks)
        told = self.tasks(result)
        if not _is_positive(told):
            message = f"tasks= gave no number above 0; got {brief(told)}"
            raise SpeedupError(message)
        return float(told)

    def close(self, *error: Any) -> None:  # noqa: ANN401 - as for __exit__
        """Leave all that lasts for several turns; at once where an error is given."""
        stack = ExitStack()
        for kept in self._kept.values():
            stack.push(kept.leave)
        self._kept.clear()
        self._executors.clear()
        stack.__exit__(*(error or (None, None, None)))

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave all that lasts for several turns."""
        self.close(*((exc_type, exc, traceback) if exc_type else ()))


PROCESSES = "/proc"
BETWEEN_LOOKS = 0.002
"""Seconds."""

MORE_CPU, AT_LEAST_CPU = 1.25, 0.25
"""How many times the CPU time per second of another run, and by how many seconds at least, shows
that more was at work: what waits takes next to none, and that varies.
"""

Thread = tuple[int, int]
"""Numbers of the process and of the thread."""


class Activity(NamedTuple):
    """What worked while something ran once.

    Attributes:
        threads: how many threads ran, those of child processes included; None where the system
            does not tell.
        cpu_share: CPU seconds of all of them in each second.
        seconds: how long it took.
    """

    threads: int | None
    cpu_share: float
    seconds: float

    def is_more_than(self, other: Activity) -> bool:
        """Whether more was at work than in another run."""
        if self.threads is not None and other.threads is not None and self.threads > other.threads:
            return True
        return self.cpu_share > max(MORE_CPU * other.cpu_share, AT_LEAST_CPU + other.cpu_share)


def observe(call: Callable[[], object]) -> Activity:
    """Run something, and tell what worked meanwhile; its result is let go of."""
    with _Looking() as looking:
        cpu, start = process_cpu() + children_cpu(), now()
        call()
        seconds = now() - start
        cpu = process_cpu() + children_cpu() - cpu
    return Activity(looking.threads(), cpu / max(seconds, 1e-9), seconds)


class _Looking:
    """Looks again and again, in a thread that does not count itself."""

    def __init__(self) -> None:
        self._before = run_times()
        self._seen: dict[Thread, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="speedup-looking", daemon=True)

    def __enter__(self) -> Self:
        if self._before is not None:
            self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        if self._before is not None:
            self._seen.update(run_times() or {})
            self._thread.join()

    def threads(self) -> int | None:
        before = self._before
        if before is None:
            return None
        own = (os.getpid(), self._thread.native_id)
        return sum(ran > before.get(one, 0) for one, ran in self._seen.items() if one != own)

    def _look(self) -> None:
        while not self._over.wait(BETWEEN_LOOKS):
            self._seen.update(run_times() or {})


def children_cpu() -> float:
    """CPU seconds of the processes below this one, those included that have ended."""
    ended = os.times()
    below = run_times(own=False) or {}
    return ended.children_user + ended.children_system + sum(below.values()) / 1e9


def run_times(*, own: bool = True) -> dict[Thread, int] | None:
    """Tell how long each thread has run, in nanoseconds; None where the system does not tell.

    Args:
        own: whether this process is among those that are asked.
    """
    me = os.getpid()
    if not os.path.exists(f"{PROCESSES}/{me}/task/{me}/schedstat"):  # noqa: PTH110 - many times
        return None
    processes = [me] if own else []
    processes += _below(me)
    return {one: ran for process in processes for one, ran in _threads(process)}


def count_beside(before: Mapping[Thread, int] | None, rouse: Callable[[], None]) -> int:
    """Count threads that ran since then and still are, but the caller and an executor's own.

    Args:
        before: what :func:`run_times` told then.
        rouse: has each worker do next to nothing: the threads that run for that are its own.

    Returns:
        0 where the system does not tell. One that happens to run meanwhile is left out as well.
    """
    after = run_times()
    if before is None or after is None:
        return 0
    rouse()
    roused = {one for one, ran in (run_times() or {}).items() if ran > after.get(one, 0)}
    roused.add((os.getpid(), threading.get_native_id()))
    return sum(ran > before.get(one, 0) for one, ran in after.items() if one not in roused)


def _threads(process: int) -> Iterator[tuple[Thread, int]]:
    folder = f"{PROCESSES}/{process}/task"
    with suppress(OSError):  # it has ended
        for name in os.listdir(folder):  # noqa: PTH208 - the names alone
            with suppress(OSError, ValueError, IndexError):
                ran = _read(f"{folder}/{name}/schedstat").split()[0]
                yield (process, int(name)), int(ran)


def _below(process: int) -> list[int]:
    """Number the processes that a process started, and those that these started."""
    found: list[int] = []
    folder = f"{PROCESSES}/{process}/task"
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 - the names alone
            with suppress(OSError, ValueError):
                found += map(int, _read(f"{folder}/{name}/children").split())
    return [*found, *(one for child in found for one in _below(child))]


def _read(path: str) -> str:
    with open(path, encoding="ascii") as file:  # noqa: PTH123 - many times
        return file.read()
