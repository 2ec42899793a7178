"""The process executor: ``concurrent.futures.ProcessPoolExecutor``."""

from __future__ import annotations

import multiprocessing
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from functools import partial
from multiprocessing import connection
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.executors.shared import Shared, SharedPool, keep_in_child
from pytest_speedup.executors.turn import Chunk, Spread
from pytest_speedup.platforms import refuse_too_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from types import TracebackType


def main_is_a_file() -> bool:
    """Whether other processes can import the main module: an interactive session has no file."""
    path = getattr(sys.modules["__main__"], "__file__", None)
    return path is not None and os.path.exists(path)  # noqa: PTH110 - '<stdin>' is no path


def refuse_interactive(function: Callable[..., object]) -> None:
    """Refuse what was typed into an interactive session.

    Raises:
        SpeedupError: workers cannot import it from there.
    """
    innermost: Any = function
    while isinstance(innermost, partial | Spread | Chunk):
        innermost = innermost.func if isinstance(innermost, partial) else innermost.function
    if getattr(innermost, "__module__", None) != "__main__" or main_is_a_file():
        return
    message = (
        f"process executor: {innermost.__qualname__} is defined in an interactive session, "
        "where worker processes cannot import it from; put it into a module"
    )
    raise SpeedupError(message)


@contextmanager
def main_module_hidden() -> Iterator[None]:
    """Keep multiprocessing from having the children import the main module.

    It takes the module's file from ``__main__.__file__`` while it starts a process
    (``multiprocessing.spawn.get_preparation_data``), and leaves the import out without one; it
    would also try to import ``<stdin>``.
    """
    namespace = vars(sys.modules["__main__"])
    if "__file__" not in namespace:
        yield
        return
    path = namespace.pop("__file__")
    try:
        yield
    finally:
        namespace["__file__"] = path


UNSENT = re.compile(r'queues\.py", line \d+, in _feed\b')
"""Where the standard library pickles a task, as its traceback has it."""

UNRETURNED = re.compile(r'process\.py", line \d+, in _sendback_result\b')
"""Where a worker pickles what a task returned."""


@contextmanager
def told_unsendable(executor: str) -> Iterator[None]:
    """Say in a line that something cannot be pickled: an error of the task itself stays as it is.

    Raises:
        SpeedupError: a task or its result could not be sent.
    """
    try:
        yield
    except Exception as error:
        where = str(error.__cause__)
        if UNSENT.search(where):
            what = "send a task to its workers"
        elif UNRETURNED.search(where):
            what = "take a result from its workers"
        else:
            raise
        message = (
            f"{executor} executor: cannot {what} ({first_line(error)}); they know functions by "
            "name and data by pickle: move lambdas, closures and local functions to the top of a "
            'module, or use threads, @pytest.mark.speedup(executors=["thread"])'
        )
        raise SpeedupError(message) from error


T = TypeVar("T")
R = TypeVar("R")

DEFAULT_START_METHOD = "spawn"

LETTING_GO = 2.0
"""Seconds for workers that wait for each other to notice that they need not."""


class Carrier(ProcessPoolExecutor):
    """Carries whole turns to where they run: it is no pool of the code that is measured."""


class ProcessExecutor(SharedPool):
    """Runs tasks on processes of their own."""

    name = "process"

    def __init__(
        self,
        workers: int,
        *,
        start_method: str = DEFAULT_START_METHOD,
        collect_garbage: bool = True,
        import_main: bool = True,
        kind: type[ProcessPoolExecutor] = ProcessPoolExecutor,
    ) -> None:
        """Make a pool of ``workers`` processes; they start with :meth:`start`.

        Args:
            workers: how many processes.
            start_method: spawn, forkserver or fork, where the platform has it.
            collect_garbage: whether the cyclic garbage collector is on in the workers.
            import_main: whether the workers import the main module, as multiprocessing has
                them do. Tasks that are defined in it need that; pytest's own script defines
                none, and importing it would cost each worker a tenth of a second.
            kind: what it is a pool of.

        Raises:
            SpeedupError: the start method does not exist here, or so many processes cannot be
                waited for.
        """
        refuse_too_many(self.name, workers)
        self._import_main = import_main
        self._context = context = multiprocessing.get_context(check_start_method(start_method))
        self._barrier = context.Barrier(workers)
        self._queue: multiprocessing.Queue[Any] = context.Queue()
        shared = Shared(self._barrier, context.Lock(), context.RawValue("q", 0), self._queue)
        pool = kind(
            workers,
            context,
            initializer=keep_in_child,
            initargs=(shared, collect_garbage, _wait_for_parent),
        )
        super().__init__(workers, pool, shared)

    def start(self) -> None:
        """Start every process, and return when each has answered.

        Raises:
            SpeedupError: a worker died or did not answer.
        """
        importable = self._import_main and main_is_a_file()
        try:
            with nullcontext() if importable else main_module_hidden():
                super().start()
        except BrokenProcessPool as error:
            message = (
                "process executor: a worker died while it started (its own message stands above); "
                "a script that starts processes needs 'if __name__ == \"__main__\":' around it"
            )
            raise SpeedupError(message) from error

    def submit(
        self,
        function: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the function's
        **kwargs: Any,  # noqa: ANN401 - the function's
    ) -> Future[R]:
        """Hand a task to the pool.

        Raises:
            SpeedupError: the function was typed into an interactive session, where workers
                cannot import it from.
        """
        self._refuse_interactive(function)
        return super().submit(function, *args, **kwargs)

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Hand every task to the pool at once; see :meth:`Executor.map`.

        Raises:
            SpeedupError: the function was typed into an interactive session, where workers
                cannot import it from.
        """
        self._refuse_interactive(function)
        return super().map(function, tasks)

    def _refuse_interactive(self, function: Callable[..., object]) -> None:
        if self._context.get_start_method() != "fork":
            refuse_interactive(function)

    def _results(self, futures: Sequence[Future[R]]) -> Iterator[R]:
        with told_unsendable(self.name):
            yield from super()._results(futures)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every process: politely, or at once when the executor is left by an exception."""
        if not self._pids:  # left while it started: nobody is to wait for those who never come
            self._let_go()
        if exc_type is not None:
            self._kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._queue.close()
        self._queue.cancel_join_thread()

    def _let_go(self) -> None:
        """Release who waits for the others, unless one of them was killed while it waited.

        It never says that it woke up, and the barrier would wait for that; the pool then has
        noticed, and ends the others.
        """
        aborting = Thread(target=self._barrier.abort, daemon=True)
        aborting.start()
        aborting.join(LETTING_GO)

    def _kill(self) -> None:
        for child in multiprocessing.active_children():
            if child.pid in self._pids:
                child.kill()


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker has one"  # noqa: S101 - for the type checker
    connection.wait([parent.sentinel])


def start_methods() -> tuple[str, ...]:
    """List those of multiprocessing's that exist here: loky adds some, which are its own affair."""
    known = multiprocessing.get_all_start_methods()
    return tuple(method for method in ("spawn", "forkserver", "fork") if method in known)


def check_start_method(name: str) -> str:
    """Refuse a start method that this platform has not got.

    Raises:
        SpeedupError: it does not exist here.
    """
    known = start_methods()
    if name not in known:
        message = (
            f"start method {brief(name)} does not exist on this platform; "
            f"choose one of {', '.join(known)}"
        )
        raise SpeedupError(message)
    return name
