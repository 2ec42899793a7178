"""From the name that a user gives to an executor.

Other packages add executors of their own by an entry point of the group
``pytest_speedup.executors``: its name is the executor's, and it leads to a :data:`Factory`.
Source: https://packaging.python.org/en/latest/specifications/entry-points/
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors.in_process import SerialExecutor, ThreadExecutor
from pytest_speedup.executors.own import OwnWorkers
from pytest_speedup.executors.process import DEFAULT_START_METHOD, ProcessExecutor
from pytest_speedup.executors.protocol import Executor

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

USUAL = (SerialExecutor.name, ThreadExecutor.name, ProcessExecutor.name)
"""What is measured unless the user chooses: the standard library's, everywhere."""

GROUP = "pytest_speedup.executors"
"""Entry points of other packages' executors."""

EXTRAS = {"loky": "loky", "dask": "distributed", "mpi": "mpi4py"}
"""Modules that executors need, by the name of executor and extra."""

MAX_SHOWN_NAME = 80
"""Letters of an unknown name that a message shows."""

INTERPRETERS_SINCE = (3, 14)
"""The first Python with ``concurrent.futures.InterpreterPoolExecutor``."""


class Conditions(NamedTuple):
    """What holds for every executor of a run.

    Attributes:
        start_method: how worker processes are started.
        collect_garbage: whether the cyclic garbage collector is on, in the workers too.
        import_main: whether worker processes import the main module.
        dask_scheduler: address of a Dask cluster; None for one that is started here.
    """

    start_method: str = DEFAULT_START_METHOD
    collect_garbage: bool = True
    import_main: bool = True
    dask_scheduler: str | None = None


Factory = Callable[[int, Conditions], Executor]
"""Makes an executor with so many workers; it stands ready once it was started."""


def create(name: str, workers: int, conditions: Conditions) -> Executor:
    """Make the executor of that name.

    Raises:
        SpeedupError: there is none of that name, or it cannot run here.
    """
    return find(name)(workers, conditions)


def find(name: str) -> Factory:
    """Look up how the executor of that name is made.

    Raises:
        SpeedupError: there is none, or it cannot run here.
    """
    if name in _OWN:
        _refuse_missing(name)
        return _OWN[name]
    others = _others()
    if name not in others:
        known = ", ".join([*_OWN, *sorted(others)])
        message = f"unknown executor {name[:MAX_SHOWN_NAME]!r}; choose from {known}"
        raise SpeedupError(message)
    factory: Factory = others[name].load()
    return factory


def _others() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 - workers never need it

    return {one.name: one for one in entry_points(group=GROUP)}


def _refuse_missing(name: str) -> None:
    if name in EXTRAS and find_spec(EXTRAS[name]) is None:
        message = (
            f"executor {name!r} needs {EXTRAS[name]}: "
            f"python -m pip install 'pytest-speedup[{name}]'"
        )
        raise SpeedupError(message)
    if name == "interpreter" and sys.version_info < INTERPRETERS_SINCE:
        message = (
            "executor 'interpreter' needs Python 3.14, the first with InterpreterPoolExecutor; "
            f"this is {sys.version_info.major}.{sys.version_info.minor}"
        )
        raise SpeedupError(message)


def _serial(_workers: int, _conditions: Conditions) -> Executor:
    return SerialExecutor()


def _thread(workers: int, _conditions: Conditions) -> Executor:
    return ThreadExecutor(workers)


def _process(workers: int, conditions: Conditions) -> Executor:
    return ProcessExecutor(
        workers,
        start_method=conditions.start_method,
        collect_garbage=conditions.collect_garbage,
        import_main=conditions.import_main,
    )


def _own_workers(workers: int, _conditions: Conditions) -> Executor:
    return OwnWorkers(workers)


# What follows imports what most runs do without.


def _interpreter(workers: int, conditions: Conditions) -> Executor:
    from pytest_speedup.executors.interpreter import InterpreterExecutor  # noqa: PLC0415

    return InterpreterExecutor(workers, collect_garbage=conditions.collect_garbage)


def _asyncio(workers: int, _conditions: Conditions) -> Executor:
    from pytest_speedup.executors.coroutines import AsyncioExecutor  # noqa: PLC0415

    return AsyncioExecutor(workers)


def _loky(workers: int, conditions: Conditions) -> Executor:
    from pytest_speedup.executors.loky import LokyExecutor  # noqa: PLC0415

    return LokyExecutor(workers, collect_garbage=conditions.collect_garbage)


def _dask(workers: int, conditions: Conditions) -> Executor:
    from pytest_speedup.executors.dask import DaskExecutor  # noqa: PLC0415

    return DaskExecutor(
        workers,
        scheduler=conditions.dask_scheduler,
        collect_garbage=conditions.collect_garbage,
    )


def _mpi(workers: int, conditions: Conditions) -> Executor:
    from pytest_speedup.executors.mpi import MPIExecutor  # noqa: PLC0415

    return MPIExecutor(workers, collect_garbage=conditions.collect_garbage)


_OWN: dict[str, Factory] = {
    "serial": _serial,
    "thread": _thread,
    "process": _process,
    "interpreter": _interpreter,
    "asyncio": _asyncio,
    "own": _own_workers,
    "loky": _loky,
    "dask": _dask,
    "mpi": _mpi,
}
