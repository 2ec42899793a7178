"""A semaphore for the interpreters of one process where pipes cannot be waited for: on Windows.

There ``select`` takes sockets only (https://docs.python.org/3/library/select.html#select.select).
"""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self


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
