"""pytest-speedup: gate pull requests on parallel speedup.

What users name is imported when it is named: every run of pytest imports this module, and most of
them measure nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.errors import SpeedupError
    from pytest_speedup.executors import Counter, Executor, Queue
    from pytest_speedup.speedup import Speedup

__all__ = ["Counter", "Executor", "Queue", "Speedup", "SpeedupError"]

_HOMES = {
    "Counter": "pytest_speedup.executors",
    "Executor": "pytest_speedup.executors",
    "Queue": "pytest_speedup.executors",
    "Speedup": "pytest_speedup.speedup",
    "SpeedupError": "pytest_speedup.errors",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)
