"""pytest-speedup: gate pull requests on parallel speedup.

What users name is imported when it is named: every run of pytest imports this module, and most of
them measure nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.errors import SpeedupError, UnsuitableError, WrongResultError
    from pytest_speedup.executors import (
        AwaitableExecutor,
        AwaitableQueue,
        Conditions,
        Counter,
        Executor,
        ProcessExecutor,
        Queue,
        Scaling,
        SerialExecutor,
        Speedup,
        ThreadExecutor,
        TurnExecutor,
        coroutine_of,
        with_coroutine,
    )

__all__ = [
    "AwaitableExecutor",
    "AwaitableQueue",
    "Conditions",
    "Counter",
    "Executor",
    "ProcessExecutor",
    "Queue",
    "Scaling",
    "SerialExecutor",
    "Speedup",
    "SpeedupError",
    "ThreadExecutor",
    "TurnExecutor",
    "UnsuitableError",
    "WrongResultError",
    "coroutine_of",
    "with_coroutine",
]

_HOMES = {
    "pytest_speedup.errors": ("SpeedupError", "UnsuitableError", "WrongResultError"),
    "pytest_speedup.executors": (
        *("AwaitableExecutor", "AwaitableQueue", "Conditions", "Counter", "Executor", "Queue"),
        *("ProcessExecutor", "Scaling", "SerialExecutor", "Speedup", "ThreadExecutor"),
        "TurnExecutor",
        *("coroutine_of", "with_coroutine"),
    ),
}
"""Where what users name is at home, by module. Nothing else is for them."""


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return __all__
