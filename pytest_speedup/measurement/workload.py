"""A workload with its arguments, set up anew before each turn where that is asked for."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pytest_speedup.clock import Timed, timed
from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import (
    DIED,
    ProcessExecutor,
    TurnExecutor,
    WorkerDiedError,
    plain,
    told_unsendable,
)

if TYPE_CHECKING:
    from pytest_speedup.executors import Executor
    from pytest_speedup.measurement.results import Compare

R = TypeVar("R")

OWN_KEYWORDS = ("setup", "compare")
"""What ``speedup`` takes for itself."""

NOT_CALLABLE = (
    "{name}= is for speedup itself, and a function; got {value}: give an argument of the workload "
    "that has this name by its position, or with functools.partial"
)
AMBIGUOUS = (
    "{name}= is for speedup itself, and {function} takes an argument of that name, too: give that "
    "by its position, or with functools.partial"
)
AWAITED = "setup= returned {kind}, which nobody awaits: give it a plain function"


@dataclass(frozen=True, slots=True)
class Workload(Generic[R]):
    """What a test hands to ``speedup``.

    Attributes:
        function: takes an executor first, then what ``setup`` made, if that is not None.
        args: other arguments by position.
        kwargs: arguments by name.
        setup: called before each turn, untimed; where it returns a context manager, that is entered
            for the turn. None where nothing is to be set up.
        compare: how its results are compared; None for ours.
    """

    function: Callable[..., R]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    setup: Callable[[], object] | None = None
    compare: Compare | None = None

    @classmethod
    def of(
        cls, function: Callable[..., R], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Workload[R]:
        """Take what a test hands to ``speedup``, whose keywords may be among the arguments.

        One that is a coroutine function runs on an event loop of its own in each turn.

        Raises:
            SpeedupError: one of these is no function, or the workload has an argument of its name.
        """
        own = {name: kwargs[name] for name in OWN_KEYWORDS if kwargs.get(name) is not None}
        for name, value in own.items():
            if not callable(value):
                raise SpeedupError(NOT_CALLABLE.format(name=name, value=brief(value)))
            if name in _parameters(function):
                called = getattr(function, "__qualname__", brief(function))
                raise SpeedupError(AMBIGUOUS.format(name=name, function=called))
        rest = {name: value for name, value in kwargs.items() if name not in OWN_KEYWORDS}
        return cls(plain(function), args, rest, **own)

    @contextmanager
    def arguments(self) -> Iterator[tuple[Any, ...]]:
        """Set up for a turn, and clear away after it.

        Yields:
            What the workload gets by position, behind the executor.

        Raises:
            SpeedupError: the setup returned what has yet to be awaited.
        """
        made = None if self.setup is None else self.setup()
        if isinstance(made, Awaitable):
            raise SpeedupError(AWAITED.format(kind=f"a {type(made).__name__}"))
        if isinstance(made, AbstractContextManager):
            with made as value:
                made = None  # the turn holds no more than it was given
                yield self._behind_executor(value)
            return
        behind = self._behind_executor(made)
        del made
        yield behind

    def run(
        self,
        executor: Executor,
        look: Callable[[R, TurnExecutor], None],
        *,
        collect_garbage: bool = True,
    ) -> Timed[R]:
        """Set up, run once, timed until the last task has ended, and have the result looked at.

        Args:
            executor: what it runs on.
            look: gets the result before what was set up is cleared away.
            collect_garbage: whether the cyclic garbage collector stays on meanwhile, if it is.

        Raises:
            WorkerDiedError: a worker died.
        """
        with self.arguments() as arguments:
            turn = TurnExecutor(executor)
            run = partial(self.call, turn, arguments)
            ran = timed(run, collect_garbage=collect_garbage)
            look(ran.result, turn)
            return ran

    def call(self, turn: TurnExecutor, arguments: tuple[Any, ...]) -> R:
        """Run once, until the last task has ended.

        Args:
            turn: the executor of this turn.
            arguments: from :meth:`arguments`.

        Raises:
            SpeedupError: a task of a future, or its result, cannot be pickled.
            WorkerDiedError: a worker died.
        """
        # Others pickle more, or elsewhere.
        is_process = turn.name == ProcessExecutor.name
        try:
            with told_unsendable(turn.name) if is_process else nullcontext():
                result = self.function(turn, *arguments, **self.kwargs)
                turn.finish()
        except BrokenProcessPool as error:
            if isinstance(error, SpeedupError) or not turn.pickles:
                raise
            raise WorkerDiedError(DIED.format(executor=turn.name)) from error
        return result

    def _behind_executor(self, made: object) -> tuple[Any, ...]:
        return self.args if made is None else (made, *self.args)


def _parameters(function: Callable[..., object]) -> Mapping[str, object]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):  # not every function of an extension tells
        return {}
