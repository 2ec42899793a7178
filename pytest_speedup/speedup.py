"""What a test gets as ``speedup``, whoever asks for its workload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_speedup.executors import Executor

P = ParamSpec("P")
R = TypeVar("R")


class Speedup(Protocol):
    """Takes the workload of a test: to measure it, to judge it, or to serve a comparison."""

    @property
    def size(self) -> str:
        """The size that the workload is to have, one of quick, default and seed."""

    def __call__(
        self,
        workload: Callable[Concatenate[Executor, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run ``workload(executor, *args, **kwargs)`` as often as is needed, and return its result.

        The workload takes an executor first: ``executor.map(function, tasks)``, ``.counter()``,
        ``.queue()``, ``.workers``. Every result is compared with that of the serial executor.
        Where results come in no special order, have the workload sort them.
        """
