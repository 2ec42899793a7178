"""What a side answers, and what becomes of one that answers nonsense."""

from __future__ import annotations

import os
from io import BytesIO
from typing import TYPE_CHECKING, cast

import pytest

from pytest_speedup.against import Side, SideError, channel
from pytest_speedup.against.channel import Channel, Mailbox
from pytest_speedup.against.protocol import Closed, Failure, Took
from pytest_speedup.against.side import SideFailedError, SideGoneError
from pytest_speedup.errors import UnsuitableError

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


class FakeProcess:
    """One that ends when it is killed."""

    def __init__(self) -> None:
        self.killed = False

    def kill(self) -> None:
        self.killed = True

    def wait(self, _timeout: float | None = None) -> int:
        return 1

    def poll(self) -> int:
        return 1


@pytest.fixture
def process() -> FakeProcess:
    return FakeProcess()


def side(process: FakeProcess, folder: Path, answer: bytes | BytesIO) -> Side:
    (folder / "base.log").write_text("::error::said\n")
    incoming = BytesIO(answer) if isinstance(answer, bytes) else answer
    channel_to_it = Channel(incoming, BytesIO())
    return Side(
        "base",
        cast("subprocess.Popen[bytes]", process),
        channel_to_it,
        Mailbox(channel_to_it),
        folder / "base.log",
    )


def test_an_answer_is_heard(process: FakeProcess, tmp_path: Path) -> None:
    """As the message that it is."""
    assert side(process, tmp_path, b'{"Took": [0.5]}\n').hear(Took) == Took(0.5)
    assert not process.killed


def test_a_test_that_failed_leaves_its_side_alive(process: FakeProcess, tmp_path: Path) -> None:
    """It can be asked for something else; what it said is shown as somebody else's."""
    said = b'{"Failed": ["skipped", "no\\n::error::luck"]}\n'
    with pytest.raises(SideFailedError, match=r"^base: no.*luck") as caught:
        side(process, tmp_path, said).hear(Took)
    assert (caught.value.side, caught.value.failure) == ("base", Failure.SKIPPED)
    assert "\n" not in str(caught.value)
    assert not process.killed


def test_a_workload_that_does_not_suit_an_executor_says_why(
    process: FakeProcess, tmp_path: Path
) -> None:
    """It is no failure."""
    with pytest.raises(UnsuitableError, match="no coroutine"):
        side(process, tmp_path, b'{"Unsuited": ["no coroutine"]}\n').hear(Took)
    assert not process.killed


def test_who_does_not_answer_in_time_is_ended(process: FakeProcess, tmp_path: Path) -> None:
    """A deadlock would hold up the run for ever."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as incoming, os.fdopen(writing, "wb"):
        channel_to_it = Channel(incoming, BytesIO())
        one = Side(
            "head",
            cast("subprocess.Popen[bytes]", process),
            channel_to_it,
            Mailbox(channel_to_it),
            tmp_path / "head.log",
        )
        with pytest.raises(SideGoneError, match="head gave no answer within 0 s: is it a deadlock"):
            one.hear(Took, 0.01)
        assert process.killed


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense",
        b'"text"',
        b"{}",
        b'{"Closed": []}',
        b'{"Took": [0]}',
        b'{"Failed": [3]}',
        b'{"Open": [["a"], null]}',
    ],
)
def test_nonsense_ends_the_side(process: FakeProcess, tmp_path: Path, answer: bytes) -> None:
    """Which would otherwise answer the next question with the rest of it."""
    with pytest.raises(SideError, match="base gave an answer that makes no sense: "):
        side(process, tmp_path, answer + b"\n").hear(Took)
    assert process.killed


def test_a_message_without_end_is_not_read(
    process: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is the runner's."""
    monkeypatch.setattr(channel, "MAX_MESSAGE_BYTES", 10)
    endless = BytesIO(b"x" * 1_000)
    with pytest.raises(SideGoneError, match="a line of more than 10 bytes"):
        side(process, tmp_path, endless).hear(Closed)
    assert endless.tell() == 11


def test_whoever_ends_is_quoted(process: FakeProcess, tmp_path: Path) -> None:
    """What it said is no command to the runner that shows it."""
    with pytest.raises(SideError, match=r"ended with exit code 1:\n  \| ::error::said$"):
        side(process, tmp_path, b'{"half": ').hear(Closed)
    assert not process.killed
