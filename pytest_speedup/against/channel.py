"""What base and head are told and answer, one JSON document a line; and what else they say."""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any, BinaryIO

from pytest_speedup.documents import load_json
from pytest_speedup.model import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MAX_LOG_BYTES = 64 * 1024


def last_lines(log: Path, count: int) -> list[str]:
    """Read the last lines of a file.

    Raises:
        OSError: it cannot be read.
    """
    with log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - MAX_LOG_BYTES))
        said = file.read(MAX_LOG_BYTES).decode(errors="replace")
    return said.splitlines()[-count:]


def quote(lines: Iterable[str]) -> list[str]:
    """Show lines as somebody else's: a runner takes what begins with two colons for a command."""
    return [f"  | {shown(line)}" for line in lines]


Message = dict[str, Any]

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Of a message: a recorded run of 300,000 tasks."""

MAX_UNREAD = 4
"""Messages that wait to be read: each is the answer to a request, so that there is one."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One end of a pair of streams.

    Attributes:
        incoming: what the other end writes.
        outgoing: what the other end reads.
    """

    incoming: BinaryIO
    outgoing: BinaryIO

    def send(self, message: Mapping[str, Any]) -> None:
        """Write a message.

        Raises:
            BrokenPipeError: the other end is gone.
        """
        try:
            self.outgoing.write(json.dumps(message).encode() + b"\n")
            self.outgoing.flush()
        except OSError as error:
            if error.errno != errno.EINVAL:  # what Windows says of a pipe that nobody reads
                raise
            raise BrokenPipeError(errno.EPIPE, "the other end is gone") from error

    def receive(self) -> Message | None:
        """Wait for a message; None when the other end is gone.

        Raises:
            ValueError: what came is no message.
        """
        line = self.incoming.readline(MAX_MESSAGE_BYTES + 1)
        if len(line) > MAX_MESSAGE_BYTES:
            error = f"a line of more than {MAX_MESSAGE_BYTES} bytes, the most that is read"
            raise ValueError(error)
        if not line.endswith(b"\n"):
            return None
        message = load_json(line)
        if not isinstance(message, dict):
            error = "something else than an object"
            raise ValueError(error)  # noqa: TRY004 - as of any other nonsense
        return message


class Mailbox:
    """Receives in a thread of its own, so that whoever waits for a message can give up."""

    def __init__(self, channel: Channel) -> None:
        """Begin to receive."""
        self._channel = channel
        # Bounded: a side that sends what nobody asked for waits, instead of filling the memory.
        self._arrived: Queue[Message | ValueError | OSError | None] = Queue(MAX_UNREAD)
        self._thread = Thread(target=self._receive, name="speedup-mailbox", daemon=True)
        self._thread.start()

    def take(self, seconds: float | None = None) -> Message | None:
        """Wait for a message; None when the other end is gone.

        Args:
            seconds: how long at most; None for as long as it takes.

        Raises:
            TimeoutError: nothing came in that time.
            ValueError: what came is no message.
        """
        try:
            arrived = self._arrived.get(timeout=seconds)
        except Empty:
            message = f"no answer within {seconds:.0f} s"
            raise TimeoutError(message) from None
        if isinstance(arrived, Exception):
            raise arrived
        return arrived

    def close(self, seconds: float) -> None:
        """Close the stream once the other end is gone, which may take so many seconds."""
        for _ in range(MAX_UNREAD + 1):
            with suppress(Empty):
                self._arrived.get_nowait()
        self._thread.join(seconds)
        if not self._thread.is_alive():
            self._channel.incoming.close()

    def _receive(self) -> None:
        message: Message | None = {}
        while message is not None:
            try:
                message = self._channel.receive()
            except (ValueError, OSError) as error:
                self._arrived.put(error)
                return
            self._arrived.put(message)
