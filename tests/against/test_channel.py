from __future__ import annotations

import errno
import io
import json
import queue
import threading
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import channel
from pytest_speedup.against.channel import (
    MAX_LOG_BYTES,
    MAX_UNREAD,
    Channel,
    Mailbox,
    last_lines,
    quote,
)

if TYPE_CHECKING:
    from pathlib import Path
    from queue import Queue


class Gone(io.BytesIO):
    """A pipe that cannot be written to."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, _data: object) -> int:
        raise OSError(self.number, "no")


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EINVAL], ids=["POSIX", "Windows"])
def test_an_end_that_is_gone_is_a_broken_pipe(number: int) -> None:
    """Windows calls it an invalid argument."""
    with pytest.raises(BrokenPipeError):
        Channel(io.BytesIO(), Gone(number)).send({})


def test_what_else_goes_wrong_is_told_as_it_is() -> None:
    """Such as a full disk behind it."""
    with pytest.raises(OSError, match="no") as error:
        Channel(io.BytesIO(), Gone(errno.ENOSPC)).send({})
    assert error.value.errno == errno.ENOSPC


def arriving(*messages: object) -> io.BytesIO:
    return io.BytesIO(b"".join(json.dumps(one).encode() + b"\n" for one in messages))


def test_messages_are_taken_in_their_order_and_then_none() -> None:
    """Which says that the other end is gone."""
    mailbox = Mailbox(Channel(arriving({"a": 1}, {"b": 2}), io.BytesIO()))
    assert [mailbox.take(), mailbox.take(), mailbox.take()] == [{"a": 1}, {"b": 2}, None]


def test_what_is_no_message_is_raised_to_whoever_takes_it() -> None:
    """In the thread that waits, and nothing is received after it."""
    stream = arriving("text", {"a": 1})
    mailbox = Mailbox(Channel(stream, io.BytesIO()))
    with pytest.raises(ValueError, match="something else than an object"):
        mailbox.take()
    mailbox.close(seconds=10)
    assert stream.closed


def test_an_error_of_the_stream_is_raised_to_whoever_takes_it() -> None:
    """It is no end of the other side."""

    class Failing(io.BytesIO):
        def readline(self, _size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, "a bad disk")

    with pytest.raises(OSError, match="a bad disk"):
        Mailbox(Channel(Failing(), io.BytesIO())).take()


class Held(io.BytesIO):
    """A stream from which nothing comes until it is let go."""

    def __init__(self, messages: bytes = b"") -> None:
        super().__init__(messages)
        self.go = threading.Event()

    def readline(self, size: int | None = -1, /) -> bytes:
        self.go.wait()
        return super().readline(size)


def test_who_waits_can_give_up() -> None:
    """Here at once: the stream is held until the test is over."""
    stream = Held()
    mailbox = Mailbox(Channel(stream, io.BytesIO()))
    with pytest.raises(TimeoutError, match="no answer within 0 s"):
        mailbox.take(0)
    stream.go.set()
    assert mailbox.take() is None


def test_what_nobody_asked_for_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of filling the memory: as many are held as there is room for."""
    rooms: list[int] = []

    def bounded(size: int) -> Queue[object]:
        rooms.append(size)
        return queue.Queue(size)

    monkeypatch.setattr(channel, "Queue", bounded)
    messages = [{"n": number} for number in range(3 * MAX_UNREAD)]
    mailbox = Mailbox(Channel(arriving(*messages), io.BytesIO()))
    assert [mailbox.take() for _ in messages] == messages
    assert rooms == [MAX_UNREAD]


def test_a_mailbox_that_is_full_can_be_closed() -> None:
    """Its thread ends, and the stream is closed."""
    stream = arriving(*({"n": number} for number in range(MAX_UNREAD)))
    mailbox = Mailbox(Channel(stream, io.BytesIO()))
    mailbox.close(seconds=10)
    assert stream.closed


def test_a_stream_that_is_still_read_is_not_closed() -> None:
    """Closing it would wait for whoever reads, for as long as that takes."""
    stream = Held()
    mailbox = Mailbox(Channel(stream, io.BytesIO()))
    mailbox.close(seconds=0)
    assert not stream.closed
    stream.go.set()
    mailbox.close(seconds=10)
    assert stream.closed


def test_the_last_lines_are_read_and_no_more(tmp_path: Path) -> None:
    """Whatever a process wrote, and in whatever encoding."""
    log = tmp_path / "base.log"
    log.write_bytes(b"x" * 3 * MAX_LOG_BYTES + b"\n\xff\nlast\n")
    assert last_lines(log, 2) == ["�", "last"]
    (line,) = last_lines(log, 3)[:1]
    assert len(line) < MAX_LOG_BYTES
    log.write_bytes(b"")
    assert last_lines(log, 2) == []


def test_lines_are_quoted() -> None:
    """A runner takes lines that begin with two colons for commands, blanks before them or not."""
    lines = quote(["::error::x", "  ::add-mask::y", "\x1b[2J##[group]z"])
    assert lines == ["  | ::error::x", "  |   ::add-mask::y", "  | \\x1b[2J## [group]z"]
