"""What a test gets as ``scaling``: code with workers of its own, for whatever takes workloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import OWN
from pytest_speedup.measurement.own import (
    EQUAL,
    OwnWork,
    check_compare,
    check_tasks,
    name_of,
    read_target,
)
from pytest_speedup.plugin import start
from pytest_speedup.plugin.benchmark import Benchmark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_speedup.executors import Speedup
    from pytest_speedup.model import Cell
    from pytest_speedup.plugin.benchmark import Fixture
    from pytest_speedup.plugin.cells import Marks
    from pytest_speedup.plugin.run import Run

R = TypeVar("R")

KEYWORDS = ("parameter", "serial", "setup", "setup_once", "environ", "compare", "tasks")


class Scaled:
    """Has code with workers of its own measured, judged or served, as workloads are.

    Attributes:
        speedup: what takes it as a workload.
    """

    def __init__(self, speedup: Speedup, benchmark: Fixture) -> None:
        """Stand ready for one call.

        Args:
            speedup: what takes it as a workload.
            benchmark: pytest-benchmark's, which complains where it is not used.
        """
        self.speedup = speedup
        self._benchmark = Benchmark(benchmark)

    @property
    def size(self) -> str:
        """The size that the work is to have."""
        return self.speedup.size

    def __call__(
        self,
        target: Callable[..., R],
        /,
        *args: object,
        parameter: str | None = None,
        serial: int | Callable[..., object] = 1,
        setup: Callable[..., object] | None = None,
        setup_once: Callable[..., object] | None = None,
        environ: str | Sequence[str] = (),
        compare: Any = EQUAL,  # noqa: ANN401 - see check_compare
        tasks: float | Callable[[Any], float] | None = None,
        **unknown: object,
    ) -> R:
        """Run ``target(count, *args)`` as often as is needed, and return its result."""
        try:
            refuse_unknown(target, unknown)
            code = read_target(
                target,
                args,
                parameter=parameter,
                serial=serial,
                setup=setup,
                setup_once=setup_once,
                environ=environ,
            )
            work = OwnWork(code, check_compare(compare), check_tasks(tasks))
            return cast("R", take(self.speedup, work, *args))
        except SpeedupError as error:
            self._benchmark.need_not_be_used()
            raise pytest.fail.Exception(str(error), pytrace=False) from None


def take(speedup: Speedup, work: OwnWork, /, *args: object) -> Any:  # noqa: ANN401 - whatever the target returns
    """Have a workload taken, and return its result as the target did.

    Args:
        speedup: what takes it.
        work: the workload, which is left afterwards.
        *args: described where arguments are compared.
    """
    with work:
        compared: dict[str, Any] = {"compare": work.comparison}
        return speedup(work, *args, **compared)


def refuse_unknown(target: object, unknown: Mapping[str, object]) -> None:
    """Refuse keywords that are not the fixture's: those of the target are bound by who calls.

    Raises:
        SpeedupError: there are some.
    """
    if not unknown:
        return
    named = ", ".join(map(brief, unknown))
    name = name_of(target) if callable(target) else brief(target)
    message = (
        f"scaling() has no {named}: its keywords are {', '.join(KEYWORDS)}; bind those of {name} "
        "with functools.partial"
    )
    raise SpeedupError(message)


def tell_uncompared(run: Run, cell: Cell, workload: object) -> None:
    """Say of code whose results nobody compares that it is so, once."""
    if not isinstance(workload, OwnWork) or workload.compare is not None:
        return
    notice = f"speedup: {cell.title}: its results are not compared"
    if notice not in run.notices:
        run.notices.append(notice)


def refuse_both(item: pytest.Function, *, has_own: bool) -> None:
    """Refuse a test that takes both fixtures of ours: its cells are of one kind.

    Raises:
        SpeedupError: it does.
    """
    definitions = item._fixtureinfo.name2fixturedefs.get("speedup", ())  # noqa: SLF001 - pytest has no public way
    if has_own and any(one.func.__module__ == start.__name__ for one in definitions[-1:]):
        message = (
            f"{item.name} takes speedup and scaling, which time the same: write a test for each"
        )
        raise SpeedupError(message)


def refuse_others_marks(marks: Marks, name: str, *, has_own: bool) -> None:
    """Refuse what only makes sense for tests of the other kind.

    Raises:
        SpeedupError: there is some.
    """
    if marks.parameter is not None:
        message = (
            f"@pytest.mark.speedup: parameter is for tests of pytest-benchmark, and {name} has a "
            "fixture of ours: give it to scaling(..., parameter=...)"
        )
        raise SpeedupError(message)
    if has_own and marks.executors is not None:
        message = (
            f"@pytest.mark.speedup: {name} takes scaling, whose code has workers of its own: leave "
            "executors out"
        )
        raise SpeedupError(message)
    if not has_own and OWN in (marks.executors or ()):
        message = (
            f"@pytest.mark.speedup: executor {OWN!r} is that of the fixture scaling, for code with "
            f"workers of its own; {name} takes speedup"
        )
        raise SpeedupError(message)
