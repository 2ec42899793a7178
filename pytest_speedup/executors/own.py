"""Code that has workers of its own: the executor that only says how many, and its fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pytest_speedup.executors.in_process import ThreadExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

R = TypeVar("R")

OWN = "own"
"""The name of the executor in cells, such as ``test_fetch[own-4]``."""


class OwnWorkers(ThreadExecutor):
    """Has no workers as long as nobody asks for them: the code that is measured has its own.

    Threads are started where the ceiling's kernel or a control runs, and for nothing else.
    """

    name = OWN

    def start(self) -> None:
        """Start nothing."""


def innermost(executor: Any) -> Any:  # noqa: ANN401 - executors that pass on are of many kinds
    """Return the executor itself behind what passes on to it: each block has another one."""
    while not isinstance(executor, OwnWorkers):
        behind = getattr(executor, "inner", None) or getattr(executor, "_inner", None)
        if behind is None:
            break
        executor = behind
    return executor


class Scaling(Protocol):
    """Takes code with workers of its own: to measure it, to judge it, or to serve a comparison."""

    @property
    def size(self) -> str:
        """The size that the work is to have, one of quick, default and seed."""

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
        compare: Callable[[Any, Any], object] | None = ...,
        tasks: float | Callable[[Any], float] | None = None,
    ) -> R:
        """Run ``target(count, *args)`` as often as is needed, and return its result.

        Args:
            target: code that takes a number of workers; a coroutine function is run on an event
                loop of its own in each turn.
            *args: what it takes besides; ``functools.partial`` binds the rest.
            parameter: the keyword that carries the count; without it the count goes first.
            serial: what it is measured against: another count, such as 0, or a function of
                ``*args`` that has no workers.
            setup: ``setup(count)`` before each turn, not timed.
            setup_once: ``setup_once(count)`` once for each count in each block, not timed.
            environ: names of variables that carry the count: each count gets a process of its own
                that is started with them.
            compare: ``compare(got, expected)`` tells whether a result is that of serial code, or
                raises AssertionError if not; None for results that are not compared.
            tasks: how many tasks a turn runs, or a function of its result that tells.

        What ``setup_once`` and ``setup`` return goes to the target before ``args``, in this order;
        None is left out. A context manager is entered before and left afterwards, and what
        entering it gave is passed.
        """
