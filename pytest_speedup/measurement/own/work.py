"""Code with workers of its own as a workload: it asks its executor for the count, and no more."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from pytest_speedup.clock import leave_out
from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import OWN
from pytest_speedup.executors.own import innermost
from pytest_speedup.measurement.own.activity import children_cpu
from pytest_speedup.measurement.own.surroundings import Kept
from pytest_speedup.measurement.results import uncompared

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors import Executor
    from pytest_speedup.measurement import results
    from pytest_speedup.measurement.own.activity import Activity


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
"""Serial turns, the first ones, of which the CPU time of child processes is counted, too.

They tell whether the code computes or waits; what is timed afterwards is compared in wall time.
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
    _serial_turns: int = 0
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
        self._serial_turns += count is None
        looked_at = count is None and self._serial_turns <= LOOKED_AT
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
