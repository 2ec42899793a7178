"""What a side answers, and what becomes of one that answers nonsense."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any, cast

import pytest
from pytest_speedup.against.answers import (
    read_closed,
    read_opened,
    read_recorded,
    read_seconds,
    read_workloads,
)

from pytest_speedup.against import Side, SideError, channel, describe, read_description
from pytest_speedup.against.channel import Channel
from pytest_speedup.model import Bound

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from pytest_speedup.against.channel import Message


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


def side(process: FakeProcess, folder: Path, answer: bytes) -> Side:
    (folder / "base.log").write_text("::error::said\n")
    return Side(
        "base",
        cast("subprocess.Popen[bytes]", process),
        Channel(BytesIO(answer), BytesIO()),
        folder / "base.log",
    )


ARGUMENTS = describe([1, "two"], "args")
OPENED = {
    "opened": {"bound": "cpu", "arguments": ARGUMENTS, "unsuitable": {"thread-2": "why"}},
}
TRACE = [0.0, 1.0, 2, [], [], False, 0.0, 0.0]
TASK = [0.0, 0.0, 1.0, 1.0, 0, 0.0, 0.0, 0.0, 0.0, 0, 0.0]
RUN = {"workloads": {"w": [["w[thread-2]", "thread", 2, 0.1]]}}


@pytest.mark.parametrize(
    ("answer", "read", "value"),
    [
        (RUN, read_workloads, RUN["workloads"]),
        ({"seconds": 0.5}, read_seconds, 0.5),
        ({"closed": None}, read_closed, None),
    ],
)
def test_answers_are_read(
    process: FakeProcess,
    tmp_path: Path,
    answer: object,
    read: Callable[[Message], object],
    value: object,
) -> None:
    """As they were sent."""
    one = side(process, tmp_path, json.dumps(answer).encode() + b"\n")
    assert one.hear(read) == value


def test_an_opened_workload_is_read() -> None:
    """With where it does not run."""
    opened = read_opened(OPENED)
    assert (opened.bound, opened.arguments) == (Bound.CPU, read_description(ARGUMENTS))
    assert opened.unsuitable == {"thread-2": "why"}


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        (b"nonsense", read_closed),
        (b'"text"', read_closed),
        (b"{}", read_closed),
        (b'{"failed": 3}', read_closed),
        (b'{"seconds": 0}', read_seconds),
        (b'{"seconds": -1}', read_seconds),
        (b'{"seconds": true}', read_seconds),
        (b'{"seconds": 1e12}', read_seconds),
        (b'{"seconds": NaN}', read_seconds),
        (b'{"opened": []}', read_opened),
        (b'{"opened": {"bound": "luck", "arguments": {}, "unsuitable": {}}}', read_opened),
        (b'{"opened": {"bound": "cpu", "arguments": [], "unsuitable": {}}}', read_opened),
        (b'{"workloads": {"w": [["a", "b", 1e9, null]]}}', read_workloads),
        (b'{"workloads": {"w": [["a", "b", 2, 1]]}}', read_workloads),
        (b'{"workloads": {"w": 3}}', read_workloads),
        (b'{"trace": 1}', read_recorded),
        (b'{"trace": [0, 0, 1, [], [], false, 0, 0]}', read_recorded),
        (b'{"trace": [0, 1, 100000, [], [], false, 0, 0]}', read_recorded),
        (b'{"trace": [0, 1, 1, [[1, 2, 3]], [], false, 0, 0]}', read_recorded),
        (b'{"trace": [0, 1e300, 1, [], [], false, 0, 0]}', read_recorded),
    ],
)
def test_nonsense_ends_the_side(
    process: FakeProcess, tmp_path: Path, answer: bytes, read: Callable[[Message], object]
) -> None:
    """Which would otherwise answer the next question with the rest of it."""
    with pytest.raises(SideError, match="base gave an answer that makes no sense: "):
        side(process, tmp_path, answer + b"\n").hear(read)
    assert process.killed


def test_a_message_without_end_is_not_read(
    process: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is the runner's."""
    monkeypatch.setattr(channel, "MOST_BYTES", 10)
    endless = BytesIO(b"x" * 1_000)
    one = side(process, tmp_path, b"")
    one = Side(one.name, one.process, Channel(endless, BytesIO()), one.log)
    with pytest.raises(SideError, match="a line of more than 10 bytes"):
        one.hear(read_closed)
    assert endless.tell() == 11


def test_whoever_ends_is_quoted(process: FakeProcess, tmp_path: Path) -> None:
    """What it said is no command to the runner that shows it."""
    with pytest.raises(SideError, match=r"ended with exit code 1:\n  \| ::error::said$"):
        side(process, tmp_path, b'{"half": ').hear(read_closed)
    assert not process.killed


def test_a_trace_without_tasks_or_with_some_is_read() -> None:
    """In the form of :func:`write_trace`."""
    message: dict[str, Any] = {"trace": TRACE}
    assert read_recorded(message).seconds == 1.0
    message["trace"][3] = [TASK]
    assert read_recorded(message).tasks[0].end == 1.0
