"""pytest-speedup: gate pull requests on parallel speedup."""

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import Counter, Executor, Queue

__all__ = ["Counter", "Executor", "Queue", "SpeedupError"]
