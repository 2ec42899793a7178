"""The process executor: ``concurrent.futures.ProcessPoolExecutor``."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import connection
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors.gathering import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from multiprocessing.context import BaseContext
    from multiprocessing.synchronize import Barrier
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors.protocol import Counter, Queue

T = TypeVar("T")
R = TypeVar("R")

DEFAULT_START_METHOD = "spawn"

START_TIMEOUT = 120.0
"""Seconds that the workers of a pool may take to start, imports included."""


class ProcessExecutor:
    """Runs tasks on processes of their own."""

    name = "process"
    pickles = True

    def __init__(
        self,
        workers: int,
        *,
        start_method: str = DEFAULT_START_METHOD,
        collect_garbage: bool = True,
        import_main: bool = True,
    ) -> None:
        """Make a pool of ``workers`` processes; they start with :meth:`start`.

        Args:
            workers: how many processes.
            start_method: spawn, forkserver or fork, where the platform has it.
            collect_garbage: whether the cyclic garbage collector is on in the workers.
            import_main: whether the workers import the main module, as multiprocessing has
                them do. Tasks that are defined in it need that; pytest's own script defines
                none, and importing it would cost each worker a tenth of a second.

        Raises:
            SpeedupError: the start method does not exist here, or the main module cannot be
                imported by the workers.
        """
        self.workers = workers
        self._import_main = import_main
        self._context = _context(start_method)
        self._shared = _Shared.create(self._context, workers)
        self._pids: frozenset[int] = frozenset()
        self._pool = ProcessPoolExecutor(
            workers,
            self._context,
            initializer=_initialize,
            initargs=(self._shared, collect_garbage),
        )

    def start(self) -> None:
        """Start every process, and return when each has answered.

        Raises:
            SpeedupError: a worker died or did not answer.
        """
        importable = self._import_main and _main_is_a_file()
        try:
            with contextlib.nullcontext() if importable else _main_module_hidden():
                self._pids = frozenset(self.each(os.getpid))
        except BrokenProcessPool as error:
            message = (
                "process executor: a worker died while it started (its own message stands above); "
                "a script that starts processes needs 'if __name__ == \"__main__\":' around it"
            )
            raise SpeedupError(message) from error
        except threading.BrokenBarrierError as error:
            message = (
                f"process executor: not all {self.workers} workers answered within "
                f"{START_TIMEOUT:.0f} s; use fewer workers, or a lighter module to import"
            )
            raise SpeedupError(message) from error

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Hand every task to the pool at once; see :meth:`Executor.map`.

        Raises:
            SpeedupError: the function was typed into an interactive session, where workers
                cannot import it from.
        """
        self._refuse_interactive(function)
        return gather([self._pool.submit(function, task) for task in tasks])

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function once on every process: none gets a second task before all have one."""
        return list(self.map(_meet, [function] * self.workers))

    def counter(self) -> Counter:
        """Set the shared counter, guarded by a process lock, to zero."""
        counter = ProcessCounter(self._shared)
        counter.value = 0
        return counter

    def queue(self) -> Queue:
        """Return the shared queue."""
        return ProcessQueue(self._shared)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End every process: politely, or at once when the executor is left by an exception."""
        if not self._pids:  # left while it started: nobody is to wait for those who never come
            self._shared.barrier.abort()
        if exc_type is not None:
            self._kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._shared.queue.close()
        self._shared.queue.cancel_join_thread()

    def _kill(self) -> None:
        for child in multiprocessing.active_children():
            if child.pid in self._pids:
                child.kill()

    def _refuse_interactive(self, function: Callable[..., object]) -> None:
        innermost: Any = function
        while isinstance(innermost, partial):
            innermost = innermost.func
        if self._context.get_start_method() == "fork":
            return
        if getattr(innermost, "__module__", None) != "__main__" or _main_is_a_file():
            return
        message = (
            f"process executor: {innermost.__qualname__} is defined in an interactive session, "
            "where worker processes cannot import it from; put it into a module"
        )
        raise SpeedupError(message)


class _Shared(NamedTuple):
    """What every worker inherits when it starts; nothing of it can be sent later."""

    barrier: Barrier
    lock: AbstractContextManager[bool]
    value: Any
    queue: multiprocessing.Queue[Any]

    @classmethod
    def create(cls, context: BaseContext, workers: int) -> _Shared:
        return cls(
            context.Barrier(workers), context.Lock(), context.RawValue("q", 0), context.Queue()
        )


_inherited: _Shared | None = None
"""In a worker: what it got from its parent."""


class ProcessCounter:
    """A handle on the pool's counter. A task that carries it finds the worker's own end."""

    __slots__ = ("_value", "lock")

    def __init__(self, shared: _Shared) -> None:
        """Point at what parent and workers share."""
        self.lock = shared.lock
        self._value = shared.value

    @property
    def value(self) -> int:
        """The number in shared memory."""
        number: int = self._value.value
        return number

    @value.setter
    def value(self, number: int) -> None:
        self._value.value = number

    def __reduce__(self) -> tuple[Callable[[], ProcessCounter], tuple[()]]:
        """Send no more than the advice to look for what was inherited."""
        return _inherited_counter, ()


class ProcessQueue:
    """A handle on the pool's queue. A task that carries it finds the worker's own end."""

    __slots__ = ("_queue",)

    def __init__(self, shared: _Shared) -> None:
        """Point at what parent and workers share."""
        self._queue = shared.queue

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item; a thread of this process passes it on."""
        self._queue.put(item)

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item.

        Raises:
            queue.Empty: nothing came within ``timeout`` seconds.
        """
        return self._queue.get(timeout=timeout)

    def __reduce__(self) -> tuple[Callable[[], ProcessQueue], tuple[()]]:
        """Send no more than the advice to look for what was inherited."""
        return _inherited_queue, ()


def _inheritance() -> _Shared:
    if _inherited is None:
        message = "a process executor's counter or queue was sent to a process outside its pool"
        raise SpeedupError(message)
    return _inherited


def _inherited_counter() -> ProcessCounter:
    return ProcessCounter(_inheritance())


def _inherited_queue() -> ProcessQueue:
    return ProcessQueue(_inheritance())


def _initialize(shared: _Shared, collect_garbage: bool) -> None:  # noqa: FBT001 - by position
    """Prepare a worker: it runs here once, before its first task."""
    global _inherited  # noqa: PLW0603 - the one place where a worker keeps its inheritance
    _inherited = shared
    # Ctrl-C reaches the whole process group: the parent answers it, and ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not collect_garbage:
        gc.disable()
    threading.Thread(target=_exit_with_parent, name="speedup-leash", daemon=True).start()


def _exit_with_parent() -> None:
    """End this worker when its parent is gone: a killed parent cannot close its pool."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _meet(function: Callable[[], R]) -> R:
    _inheritance().barrier.wait(START_TIMEOUT)
    return function()


def _context(start_method: str) -> BaseContext:
    known = multiprocessing.get_all_start_methods()
    if start_method not in known:
        message = (
            f"start method {start_method!r} does not exist on this platform; "
            f"choose one of {', '.join(known)}"
        )
        raise SpeedupError(message)
    return multiprocessing.get_context(start_method)


def _main_is_a_file() -> bool:
    path = getattr(sys.modules["__main__"], "__file__", None)
    return path is not None and os.path.exists(path)  # noqa: PTH110 - '<stdin>' is no path


@contextlib.contextmanager
def _main_module_hidden() -> Iterator[None]:
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
