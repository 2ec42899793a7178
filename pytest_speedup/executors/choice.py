"""From the name that a user gives to an executor."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors.process import DEFAULT_START_METHOD, ProcessExecutor
from pytest_speedup.executors.serial import SerialExecutor
from pytest_speedup.executors.thread import ThreadExecutor

if TYPE_CHECKING:
    from pytest_speedup.executors.protocol import Executor

NAMES = (SerialExecutor.name, ThreadExecutor.name, ProcessExecutor.name)


class Conditions(NamedTuple):
    """What holds for every executor of a run.

    Attributes:
        start_method: how worker processes are started.
        collect_garbage: whether the cyclic garbage collector is on, in the workers too.
        import_main: whether worker processes import the main module.
    """

    start_method: str = DEFAULT_START_METHOD
    collect_garbage: bool = True
    import_main: bool = True


def create(name: str, workers: int, conditions: Conditions) -> Executor:
    """Make the executor of that name.

    Raises:
        SpeedupError: there is none of that name, or it cannot run here.
    """
    if name == SerialExecutor.name:
        return SerialExecutor()
    if name == ThreadExecutor.name:
        return ThreadExecutor(workers)
    if name == ProcessExecutor.name:
        return ProcessExecutor(
            workers,
            start_method=conditions.start_method,
            collect_garbage=conditions.collect_garbage,
            import_main=conditions.import_main,
        )
    message = f"unknown executor {name!r}; choose from {', '.join(NAMES)}"
    raise SpeedupError(message)
