"""What a test gets as ``scaling``: code with workers of its own, for whatever takes workloads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.measurement.own import (
    EQUAL,
    OwnWork,
    Result,
    check_compare,
    check_tasks,
    name_of,
    read_target,
)
from pytest_speedup.plugin.benchmark import Benchmark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_speedup.executors import Speedup
    from pytest_speedup.plugin.benchmark import Fixture

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
        result = speedup(work, *args)
    return result.value if isinstance(result, Result) else result


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
