"""What is set up around turns of code with workers of its own: before each, or once for all."""

from __future__ import annotations

import inspect
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_speedup.clock import untimed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Turn(NamedTuple):
    """One call of a target; all of it may be sent to another process.

    Attributes:
        function: what is called.
        workers: how many workers it is to have.
        passes: whether the function gets that count.
        parameter: the keyword that carries it; None where it goes first.
        args: what the function gets besides.
        setup: called with the count before each turn; None for nothing.
        setup_once: called with it once for all turns; None for nothing.
    """

    function: Callable[..., Any]
    workers: int
    passes: bool
    parameter: str | None
    args: tuple[object, ...]
    setup: Callable[..., object] | None = None
    setup_once: Callable[..., object] | None = None

    def run(self, given: Sequence[object]) -> Any:  # noqa: ANN401 - whatever the target returns
        """Call the function, and run a coroutine to its end.

        Args:
            given: what was set up for it.
        """
        values, named = [*given, *self.args], {}
        if self.passes and self.parameter is None:
            values.insert(0, self.workers)
        elif self.passes:
            named[self.parameter or ""] = self.workers
        return finished(self.function(*values, **named))


def finished(result: Any) -> Any:  # noqa: ANN401 - whatever the target returns
    """Run what was called to its end, where it is a coroutine."""
    if not inspect.iscoroutine(result):
        return result
    import asyncio  # noqa: PLC0415 - most code has no coroutines, and need not wait for it

    return asyncio.run(result)


@dataclass(slots=True)
class Kept:
    """What lasts for all turns with one count.

    Attributes:
        stack: leaves what was entered.
        process: what takes the turns, where that is a process of its own.
    """

    stack: ExitStack = field(default_factory=ExitStack)
    process: Any = None
    _once: list[object] | None = None

    def once(self, turn: Turn) -> list[object]:
        """Return what is set up once, and set it up if it is not."""
        if self._once is None:
            self._once = _entered(turn.setup_once, turn.workers, self.stack)
        return self._once

    def leave(self, *error: Any) -> bool:  # noqa: ANN401 - as __exit__ gets them
        """Leave all of it, as ``__exit__`` does; no error is swallowed."""
        self._once = self.process = None
        self.stack.__exit__(*error)
        return False


@contextmanager
def ready(turn: Turn, kept: Kept) -> Iterator[Callable[[], Any]]:
    """Set up a turn, and leave what was entered for it; neither is timed.

    Yields:
        What is to be timed.
    """
    if turn.setup is None and turn.setup_once is None:
        yield partial(turn.run, ())
        return
    around = ExitStack()
    with untimed():
        given = [*kept.once(turn), *_entered(turn.setup, turn.workers, around)]
    try:
        yield partial(turn.run, given)
    except BaseException:
        around.__exit__(*sys.exc_info())  # what would swallow the error has no result to return
        raise
    with untimed():
        around.close()


def _entered(set_up: Callable[..., object] | None, count: int, stack: ExitStack) -> list[object]:
    """Set something up, enter it where it is a context manager, and list what it gave."""
    given = None if set_up is None else set_up(count)
    if hasattr(type(given), "__enter__") and hasattr(type(given), "__exit__"):
        given = stack.enter_context(given)  # type: ignore[arg-type] # it has both methods
    return [] if given is None else [given]
