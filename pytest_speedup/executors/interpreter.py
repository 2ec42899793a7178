"""The interpreter executor: ``concurrent.futures.InterpreterPoolExecutor``, of Python 3.14.

Each worker is a thread with an interpreter of its own, and so with a GIL of its own. What they
share are pipes, since they have the same file descriptors. A pipe blocks until there is something
to read, which ``concurrent.interpreters.Queue`` does not: it looks every 10 ms, far too seldom to
be measured with.

On Windows ``select`` takes sockets only
(https://docs.python.org/3/library/select.html#select.select), so that a semaphore has two there.
"""

from __future__ import annotations

import os
import pickle
import queue
import select
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from pytest_speedup.executors.shared import FileNumber, SemaphoreBarrier, Shared, SharedPool

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors.shared import Semaphore


class PipeSemaphore:
    """A semaphore whose value is the number of bytes in a pipe."""

    __slots__ = ("_ends",)

    def __init__(self, reader: int, writer: int) -> None:
        """Use the two ends of a pipe that :meth:`create` made."""
        self._ends = reader, writer

    @classmethod
    def create(cls, value: int) -> Self:
        """Make a pipe that holds so many bytes."""
        reader, writer = os.pipe()
        if sys.platform != "win32":  # which has another kind, see socket_semaphore
            os.set_blocking(reader, False)
        os.write(writer, bytes(value))
        return cls(reader, writer)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002 - as threading's
        """Take one; tell whether there was one within ``timeout`` seconds.

        Where another worker takes it first, the wait begins anew.
        """
        while True:
            try:
                os.read(self._ends[0], 1)
            except BlockingIOError:  # noqa: PERF203 - seldom more than once
                if not block or not select.select([self._ends[0]], [], [], timeout)[0]:
                    return False
            else:
                return True

    def release(self) -> None:
        """Give one back."""
        os.write(self._ends[1], b"+")

    def close(self) -> None:
        """Close the pipe; for whoever created it."""
        for end in self._ends:
            os.close(end)

    def __enter__(self) -> bool:
        """Take one."""
        return self.acquire()

    def __exit__(self, *_exc_info: object) -> None:
        """Give it back."""
        self.release()

    def __reduce__(self) -> tuple[Callable[[int, int], PipeSemaphore], tuple[int, int]]:
        """Send the file descriptors."""
        return PipeSemaphore, self._ends


class Items(Protocol):
    """A queue that never blocks, such as ``concurrent.interpreters.Queue``."""

    def put_nowait(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item."""

    def get_nowait(self) -> Any:  # noqa: ANN401 - as for put_nowait
        """Take the oldest item."""


class CountedQueue:
    """A queue with a semaphore of its items, which is waited for.

    The pipe holds 65,536 bytes: whoever puts an item beyond waits until one is taken.
    """

    __slots__ = ("_filled", "_items")

    def __init__(self, items: Items, filled: Semaphore) -> None:
        """Use a queue, and a semaphore of as many as there are in it."""
        self._items = items
        self._filled = filled

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item."""
        self._items.put_nowait(item)
        self._filled.release()

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item.

        Raises:
            queue.Empty: nothing came within ``timeout`` seconds.
        """
        if not self._filled.acquire(timeout=timeout):
            raise queue.Empty
        return self._items.get_nowait()

    def __reduce__(self) -> tuple[Callable[..., CountedQueue], tuple[Items, Semaphore]]:
        """Send both."""
        return CountedQueue, (self._items, self._filled)


class SocketSemaphore:
    """A semaphore whose value is the number of bytes on their way between two sockets."""

    __slots__ = ("_reader", "_writer")

    def __init__(self, reader: socket.socket, writer: socket.socket) -> None:
        """Use two connected sockets, which become this object's own."""
        reader.setblocking(False)  # noqa: FBT003 - as socket has it
        self._reader = reader
        self._writer = writer

    @classmethod
    def create(cls, value: int) -> Self:
        """Make two sockets with so many bytes between them."""
        reader, writer = socket.socketpair()
        with suppress(OSError):  # those of a Unix socket do not wait for more anyway
            writer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer.sendall(bytes(value))
        return cls(reader, writer)

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002 - as threading's
        """Take one; tell whether there was one within ``timeout`` seconds.

        Where another worker takes it first, the wait begins anew.
        """
        while True:
            try:
                self._reader.recv(1)
            except BlockingIOError:  # noqa: PERF203 - seldom more than once
                if not block or not select.select([self._reader], [], [], timeout)[0]:
                    return False
            else:
                return True

    def release(self) -> None:
        """Give one back."""
        self._writer.send(b"+")

    def close(self) -> None:
        """Close this end of it."""
        self._reader.close()
        self._writer.close()

    def __del__(self) -> None:
        """Close it with its interpreter, without a warning."""
        self.close()

    def __enter__(self) -> bool:
        """Take one."""
        return self.acquire()

    def __exit__(self, *_exc_info: object) -> None:
        """Give it back."""
        self.release()

    def __reduce__(self) -> tuple[Callable[[int, int, int], SocketSemaphore], tuple[int, int, int]]:
        """Send the sockets' numbers, of which another interpreter makes sockets of its own."""
        numbers = self._reader.fileno(), self._writer.fileno()
        return _copy, (int(self._reader.family), *numbers)


def _copy(family: int, reader: int, writer: int) -> SocketSemaphore:
    """Duplicate both: closing one's own leaves the other's open."""
    ends = (socket.fromfd(number, family, socket.SOCK_STREAM) for number in (reader, writer))
    return SocketSemaphore(*ends)


SEMAPHORE = SocketSemaphore if sys.platform == "win32" else PipeSemaphore
"""Pipes are quicker, and cannot be waited for on Windows."""

PREPARATION = """
import pickle, sys
sys.path[:] = {path!r}
from pytest_speedup.executors.shared import keep
keep(*pickle.loads({arguments!r}))
"""
"""What a worker runs first: it has yet to be told where to find this package."""


class InterpreterExecutor(SharedPool):
    """Runs tasks on threads of this process that have an interpreter each."""

    name = "interpreter"

    def __init__(self, workers: int, *, collect_garbage: bool = True) -> None:
        """Make a pool of ``workers`` interpreters; they start with :meth:`start`."""
        from concurrent import interpreters  # noqa: PLC0415 - since Python 3.14
        from concurrent.futures import InterpreterPoolExecutor  # noqa: PLC0415 - likewise

        self._numbers = (FileNumber.create(), FileNumber.create())
        arrived, counted = self._numbers
        door, gate, lock, filled = self._semaphores = [SEMAPHORE.create(n) for n in (1, 0, 1, 0)]
        self._barrier = SemaphoreBarrier(workers, arrived, door, gate)
        shared = Shared(
            self._barrier, lock, counted, CountedQueue(interpreters.create_queue(), filled)
        )
        pool = InterpreterPoolExecutor(
            workers,
            thread_name_prefix="speedup",
            initializer=exec,
            initargs=(_preparation(shared, collect_garbage),),
        )
        super().__init__(workers, pool, shared)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Drop what has not begun and wait for what has: a thread cannot be killed."""
        if not self._pids:  # nobody is to wait for those who never come
            self._barrier.open()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for semaphore in self._semaphores:
            semaphore.close()
        for number in self._numbers:
            number.remove()


def _preparation(shared: Shared, collect_garbage: bool) -> str:  # noqa: FBT001 - by position
    """Write what prepares a worker, as text: nothing else can be sent to it at first."""
    arguments = pickle.dumps((shared, collect_garbage))
    return PREPARATION.format(path=sys.path, arguments=arguments)
