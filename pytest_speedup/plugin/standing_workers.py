"""Workers that stood before the comparison: neither side starts them, so they are asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pytest_speedup import executors
from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.measurement import opened
from pytest_speedup.model import Outcome, Verdict, shown
from pytest_speedup.worker.modules_there import modules_there

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_speedup.against import Made, Wanted
    from pytest_speedup.executors import Conditions
    from pytest_speedup.plugin.run import Run

DASK, MPI = "dask", "mpi"


@dataclass(frozen=True, slots=True)
class Standing:
    """Workers of one kind that stood before.

    Attributes:
        executor: the name of the executor that runs tasks on them.
        workers: how many are asked: as many as the largest of its cells has.
        what: what they are, in words.
        remedy: how each side gets workers of its own.
        conditions: of executors.
        names: of the project's modules.
    """

    executor: str
    workers: int
    what: str
    remedy: str
    conditions: Conditions
    names: tuple[str, ...]

    def ask(self) -> list[tuple[str, str]]:
        """Ask each worker, by a task of its own, which of the project's modules it has.

        Raises:
            Exception: whatever keeps them from answering.
        """
        create = partial(executors.create, self.executor, self.workers, self.conditions)
        with opened(create) as (executor, _):
            answers = executor.each(partial(modules_there, self.names))
        if len(answers) != self.workers:
            message = f"{len(answers)} of {self.workers} answered"
            raise SpeedupError(message)
        return [one for found in answers for one in found]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking.

    Attributes:
        refused: why cells are not to be judged, by the name of their executor.
        remarks: what is not proven of the others, and what is.
    """

    refused: Mapping[str, str]
    remarks: tuple[str, ...]

    def over(self, wanted: Iterable[Wanted]) -> dict[str, Verdict]:
        """Judge the cells whose workers run other code than the sides."""
        return {
            one.id: Verdict(one.id, Outcome.BROKEN, reason=self.refused[one.executor])
            for one in wanted
            if one.executor in self.refused
        }


def standing_workers(
    run: Run, wanted: Sequence[Wanted], sides: Mapping[str, Made]
) -> list[Standing]:
    """List the workers that neither side starts, of the cells that are wanted.

    Args:
        run: the session's state.
        wanted: the cells.
        sides: base and head, which know the names of the project's modules.
    """
    names = {name for one in sides.values() for name in one.owned}
    names |= {PurePosixPath(one.id.partition("::")[0]).stem for one in wanted}
    conditions = run.conditions(collect_garbage=True)
    kinds = []
    if run.settings.dask_scheduler:
        what = f"the workers of the Dask cluster at {run.settings.dask_scheduler}"
        remedy = "leave --speedup-dask-scheduler out, so that each side starts workers of its own"
        kinds.append((DASK, what, remedy))
    kinds.append((MPI, "processes that MPI started", "choose another executor for a comparison"))
    return [
        Standing(name, max(counts), what, remedy, conditions, tuple(sorted(names)))
        for name, what, remedy in kinds
        if (counts := [one.workers for one in wanted if one.executor == name])
    ]


def ask_standing(standing: Iterable[Standing]) -> Asked:
    """Ask all of them; those who have the project cannot have that of both sides."""
    refused: dict[str, str] = {}
    remarks = []
    for one in standing:
        try:
            found = one.ask()
        except Exception as error:  # noqa: BLE001 - a task brings whatever the worker raised
            why = first_line(error)
            remarks.append(f"not proven: {one.what} run the code that they have; asked: {why}")
            continue
        if found:
            refused[one.executor] = _refusal(one, found)
        else:
            remarks.append(f"proof: {one.what} were asked, and have no module of the project")
    return Asked(refused, tuple(remarks))


def _refusal(one: Standing, found: Sequence[tuple[str, str]]) -> str:
    module, file = found[0]
    return (
        f"{one.what} have {shown(module)} from {shown(file)}, whichever side asks, so that both "
        f"run the same: {one.remedy}"
    )
