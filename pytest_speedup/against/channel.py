"""What base and head are told and answer: one JSON document a line."""

from __future__ import annotations

import errno
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from pytest_speedup.documents import load_json

if TYPE_CHECKING:
    from collections.abc import Mapping

Message = dict[str, Any]

MOST_BYTES = 64 * 1024 * 1024
"""Of a message: a recorded run of 300,000 tasks."""


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
        line = self.incoming.readline(MOST_BYTES + 1)
        if len(line) > MOST_BYTES:
            error = f"a line of more than {MOST_BYTES} bytes, the most that is read"
            raise ValueError(error)
        if not line.endswith(b"\n"):
            return None
        message = load_json(line)
        if not isinstance(message, dict):
            error = "something else than an object"
            raise ValueError(error)  # noqa: TRY004 - as of any other nonsense
        return message
