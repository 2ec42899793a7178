"""What workers of a pool share: numbers, where they wait for each other, and what they inherit.

Inherited: locks, shared memory and queues cannot be sent along with a task: a worker has them from
its birth. A task carries no more than the advice to look for them there.

What modules workers have is asked of those that nobody started for this.
"""

from __future__ import annotations

import gc
import mmap
import os
import signal
import sys
import tempfile
import threading
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors.protocol import gather
from pytest_speedup.platforms import patiently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    from typing_extensions import Self

    from pytest_speedup.executors.protocol import Counter, Queue

BYTES = 8
"""Of a signed 64-bit number."""


class FileNumber:
    """A number that is the same wherever the file is mapped; its lock is somebody else's."""

    __slots__ = ("_memory", "_numbers", "_path")

    def __init__(self, path: str) -> None:
        """Map a file that :meth:`create` made."""
        self._path = path
        with open(path, "r+b") as file:  # noqa: PTH123 - quicker to import than pathlib
            self._memory = mmap.mmap(file.fileno(), BYTES)
        self._numbers = memoryview(self._memory).cast("q")

    @classmethod
    def create(cls) -> Self:
        """Make a file for a number, which is zero."""
        descriptor, path = tempfile.mkstemp(prefix="speedup-number-")
        os.write(descriptor, bytes(BYTES))
        os.close(descriptor)
        return cls(path)

    @property
    def value(self) -> int:
        """The number."""
        return self._numbers[0]

    @value.setter
    def value(self, number: int) -> None:
        self._numbers[0] = number

    def remove(self) -> None:
        """Let go of the file and delete it; for whoever created it, once the workers have ended."""
        self._numbers.release()
        self._memory.close()
        patiently(lambda: os.remove(self._path))  # noqa: PTH107 - as above

    def __reduce__(self) -> tuple[Callable[[str], FileNumber], tuple[str]]:
        """Send the file's name."""
        return FileNumber, (self._path,)


class Semaphore(Protocol):
    """As ``threading.Semaphore``, whoever shares it."""

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002
        """Take one; tell whether there was one within ``timeout`` seconds."""

    def release(self) -> None:
        """Give one back."""


class SemaphoreBarrier(NamedTuple):
    """Where workers wait for each other; they may wait again once all have left.

    Attributes:
        parties: how many they are.
        arrived: how many of them are there.
        door: guards that number; one at first.
        gate: holds those who wait; none at first.
    """

    parties: int
    arrived: Number
    door: Semaphore
    gate: Semaphore

    def wait(self, timeout: float | None = None) -> None:
        """Return once all are there.

        Raises:
            threading.BrokenBarrierError: they were not within ``timeout`` seconds.
        """
        self.door.acquire()
        self.arrived.value += 1
        is_last = self.arrived.value == self.parties
        self.door.release()
        if is_last:
            self.arrived.value = 0
            self.open()
        if not self.gate.acquire(timeout=timeout):
            raise threading.BrokenBarrierError

    def open(self) -> None:
        """Let everybody go."""
        for _ in range(self.parties):
            self.gate.release()


R = TypeVar("R")

START_TIMEOUT = 120.0
"""Seconds that the workers of a pool may take to start, imports included."""


class Barrier(Protocol):
    """Where all workers wait for each other."""

    def wait(self, timeout: float | None = None) -> object:
        """Return once all are there.

        Raises:
            threading.BrokenBarrierError: they were not within ``timeout`` seconds.
        """


class Number(Protocol):
    """A number that all workers see."""

    value: int


class Shared(NamedTuple):
    """What the workers of one pool share.

    Attributes:
        barrier: where they wait for each other.
        lock: guards the number.
        number: the counter's.
        queue: between them and the caller.
    """

    barrier: Barrier
    lock: AbstractContextManager[Any]
    number: Number
    queue: Queue


_inherited: Shared | None = None
"""In a worker: what it got from its parent."""


class InheritedCounter:
    """A handle on the pool's counter. A task that carries it finds the worker's own end."""

    __slots__ = ("_number", "lock")

    def __init__(self, shared: Shared) -> None:
        """Point at what parent and workers share."""
        self.lock = shared.lock
        self._number = shared.number

    @property
    def value(self) -> int:
        """The number that all see."""
        return self._number.value

    @value.setter
    def value(self, number: int) -> None:
        self._number.value = number

    def __reduce__(self) -> tuple[Callable[[], InheritedCounter], tuple[()]]:
        """Send no more than the advice to look for what was inherited."""
        return _find_counter, ()


class InheritedQueue:
    """A handle on the pool's queue. A task that carries it finds the worker's own end."""

    __slots__ = ("_queue",)

    def __init__(self, shared: Shared) -> None:
        """Point at what parent and workers share."""
        self._queue = shared.queue

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item."""
        self._queue.put(item)

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item.

        Raises:
            queue.Empty: nothing came within ``timeout`` seconds.
        """
        return self._queue.get(timeout=timeout)

    def __reduce__(self) -> tuple[Callable[[], InheritedQueue], tuple[()]]:
        """Send no more than the advice to look for what was inherited."""
        return _find_queue, ()


def keep(shared: Shared, collect_garbage: bool) -> None:  # noqa: FBT001 - by position
    """Prepare a worker: it runs there once for each executor, before its first task."""
    global _inherited  # noqa: PLW0603 - the one place where a worker keeps its inheritance
    _inherited = shared
    (gc.enable if collect_garbage else gc.disable)()


def keep_in_child(
    shared: Shared,
    collect_garbage: bool,  # noqa: FBT001 - by position
    wait_for_parent: Callable[[], object],
) -> None:
    """Prepare a worker that is a child process, and is to end with its parent.

    Args:
        shared: what it inherits.
        collect_garbage: whether the cyclic garbage collector is on.
        wait_for_parent: returns when the parent has ended.
    """
    keep(shared, collect_garbage)
    # Ctrl-C reaches the whole process group: the parent answers it, and ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watcher = threading.Thread(
        target=_exit_after, args=[wait_for_parent], name="speedup-parent", daemon=True
    )
    watcher.start()


def run_together(function: Callable[[], R]) -> R:
    """Run a function once every other worker is about to."""
    _inheritance().barrier.wait(START_TIMEOUT)
    return function()


def _exit_after(wait_for_parent: Callable[[], object]) -> None:
    """End this worker when its parent is gone: a killed parent cannot close its pool."""
    wait_for_parent()
    os._exit(1)


def _inheritance() -> Shared:
    if _inherited is None:
        message = "an executor's counter or queue was sent to a worker outside its pool"
        raise SpeedupError(message)
    return _inherited


def _find_counter() -> InheritedCounter:
    return InheritedCounter(_inheritance())


def _find_queue() -> InheritedQueue:
    return InheritedQueue(_inheritance())


T = TypeVar("T")


DIED = (
    "{executor} executor: a worker died while it had tasks; it was killed, ran out of memory, or "
    "crashed: the system's log may say which"
)


class WorkerDiedError(SpeedupError, BrokenProcessPool):
    """A worker died; who looks for the error of the standard library's pool finds this one."""


class SharedPool:
    """A pool of ``concurrent.futures`` whose workers have a :class:`Shared` since they started."""

    name: str
    pickles = True
    shares_clock = True

    def __init__(self, workers: int, pool: Any, shared: Shared) -> None:  # noqa: ANN401
        """Use a pool of ``workers`` workers, which start with :meth:`start`.

        Args:
            workers: how many.
            pool: of ``concurrent.futures``, or one that is like it.
            shared: what they share.
        """
        self.workers = workers
        self._pool = pool
        self._shared = shared
        self._pids: frozenset[int] = frozenset()

    def start(self) -> None:
        """Start every worker, and return when each has answered.

        Raises:
            SpeedupError: one did not answer.
        """
        try:
            self._pids = frozenset(self.each(os.getpid))
        except threading.BrokenBarrierError as error:
            raise not_all_answered(self.name, self.workers) from error

    def submit(
        self,
        function: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the function's
        **kwargs: Any,  # noqa: ANN401 - the function's
    ) -> Future[R]:
        """Hand a task to the pool.

        Raises:
            WorkerDiedError: a worker died before.
        """
        with told_death(self.name):
            future: Future[R] = self._pool.submit(function, *args, **kwargs)
        return future

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Hand every task to the pool at once; see :meth:`Executor.map`.

        Raises:
            WorkerDiedError: a worker died, now or before.
        """
        with told_death(self.name):
            futures = [self._pool.submit(function, task) for task in tasks]
        return self._results(futures)

    def _results(self, futures: Sequence[Future[R]]) -> Iterator[R]:
        with told_death(self.name):
            yield from gather(futures)

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function once on every worker: none gets a second task before all have one."""
        return list(self.map(run_together, [function] * self.workers))

    def counter(self) -> Counter:
        """Set the shared counter to zero."""
        counter = InheritedCounter(self._shared)
        counter.value = 0
        return counter

    def queue(self) -> Queue:
        """Return the shared queue."""
        return InheritedQueue(self._shared)

    def __enter__(self) -> Self:
        """Begin."""
        return self


@contextmanager
def told_death(executor: str) -> Iterator[None]:
    """Say in a line that a worker died.

    Raises:
        WorkerDiedError: one did.
    """
    try:
        yield
    except BrokenProcessPool as error:
        raise WorkerDiedError(DIED.format(executor=executor)) from error


def not_all_answered(executor: str, workers: int) -> SpeedupError:
    """Say that workers did not all answer at first."""
    return SpeedupError(
        f"{executor} executor: not all {workers} workers answered within "
        f"{START_TIMEOUT:.0f} s; use fewer workers, or a lighter module to import"
    )


MAX_MODULES_NAMED = 20
"""Modules that a worker names: one is enough to refuse it."""


def modules_there(names: Sequence[str]) -> list[tuple[str, str]]:
    """Find modules by their names, in whichever process this runs.

    Args:
        names: of modules and packages, in full.

    Returns:
        Names of those that are loaded, or would be found, each with its file or folder. What
        belongs to Python itself is none of them.
    """
    found = {name: _file_of(name) for name in names if name not in sys.stdlib_module_names}
    for name, module in list(sys.modules.items()):
        parts = name.split(".")
        if any(".".join(parts[:end]) in found for end in range(1, len(parts) + 1)):
            found[name] = str(getattr(module, "__file__", None) or found.get(name, ""))
    return [(name, file) for name, file in sorted(found.items()) if file][:MAX_MODULES_NAMED]


def _file_of(name: str) -> str:
    """Name the file that a module would come from; empty where there is none."""
    try:
        spec = find_spec(name)
    except Exception:  # noqa: BLE001 - of a package above it, which runs: then it cannot come in
        return ""
    if spec is None:
        return ""
    folders = [*(spec.submodule_search_locations or ())]
    return spec.origin or (str(folders[0]) if folders else "")
