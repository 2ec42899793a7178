"""What sending a task takes: a pipe to oneself, through which it is sent once more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Protocol

from pytest_speedup.clock import now

if TYPE_CHECKING:
    from collections.abc import Iterator

PIPE_BYTES = 32_768
"""Bytes from which on a pipe takes time; it holds fewer without anyone reading."""


class Reader(Protocol):
    """The end of a pipe to read from: its type on Windows is not that of other systems."""

    def recv_bytes(self) -> bytes:
        """Wait for a message."""


class Writer(Protocol):
    """The end of a pipe to write to."""

    def send_bytes(self, message: bytes, /) -> None:
        """Send a message."""


@dataclass(frozen=True, slots=True)
class Wire:
    """A pipe to oneself, with a thread at its other end.

    Attributes:
        reader: the end to read from.
        writer: the end to write to.
        thread: who reads.
    """

    reader: Reader
    writer: Writer
    thread: ThreadPoolExecutor

    def send(self, message: object) -> tuple[int, float]:
        """Pickle, send and unpickle something.

        Returns:
            Bytes, and seconds.
        """
        start = now()
        data = bytes(ForkingPickler.dumps(message))
        if len(data) >= PIPE_BYTES:
            received = self.thread.submit(self.reader.recv_bytes)
            self.writer.send_bytes(data)
            received.result()
        with suppress(Exception):  # what only a worker can unpickle
            ForkingPickler.loads(data)
        return len(data), now() - start


@contextmanager
def wire() -> Iterator[Wire]:
    """Open a wire, and close it."""
    reader, writer = Pipe(duplex=False)
    with reader, writer, ThreadPoolExecutor(1) as thread:
        yield Wire(reader, writer, thread)
