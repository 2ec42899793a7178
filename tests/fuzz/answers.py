"""What a side of a comparison answers."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from hypothesis import strategies as st
from pytest_speedup.against.answers import (
    read_closed,
    read_opened,
    read_recorded,
    read_seconds,
    read_workloads,
)

from pytest_speedup.against import (
    Code,
    Side,
    SideError,
    describe_call,
    judge_arguments,
    read_description,
    write_trace,
)
from pytest_speedup.against.cells import match_cells
from pytest_speedup.against.channel import Channel
from pytest_speedup.model import BASE, HEAD, PARALLEL, SERIAL, Round, Task, Trace, Turn
from pytest_speedup.reports import render_stacks, word_verdict
from pytest_speedup.statistics import read_readings, stack_losses
from pytest_speedup.verdict import explain_pairs
from tests.against.test_side import FakeProcess
from tests.fuzz.inputs import cut, documents
from tests.fuzz.reader import Reader, use_nothing

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from pytest_speedup.against.answers import OpenedSide

    from pytest_speedup.against.arguments import Description
    from pytest_speedup.against.channel import Message

TASKS = tuple(
    Task(0.5, 1.0 + n, 1.5 + n, 0.4, n % 2, 0.1, 0.1, 0.0, 0.01, 50, 0.01) for n in range(3)
)
SERIAL_TRACE = Trace(0.0, 4.0, 1, TASKS, caller_cpu=0.5)
TRACE = Trace(0.25, 4.0, 2, TASKS, (0.125, 0.5), gil=True, core_wait=0.75, caller_cpu=0.5)

RUN = {
    "workloads": {
        "test_a.py::test_a": [
            ["test_a.py::test_a[serial-1]", "serial", 1, None],
            ["test_a.py::test_a[thread-2]", "thread", 2, 0.1],
        ]
    }
}
ARGUMENTS = describe_call("quick", [[1, 2], Code(Path("base")), b"bytes"], {"level": 3})
OPENED = {
    "opened": {"bound": "cpu", "arguments": ARGUMENTS, "unsuitable": {"thread-2": "why"}},
}


def line(message: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Write a message as a side does."""
    return json.dumps(message).encode() + b"\n"


def hearing(read: Callable[[Message], object]) -> Callable[[bytes, Path], object]:
    """Hear what a side wrote."""

    def hear(answer: bytes, folder: Path) -> object:
        log = folder / "base.log"
        log.touch()
        process = cast("subprocess.Popen[bytes]", FakeProcess())
        return Side(BASE, process, Channel(BytesIO(answer), BytesIO()), log).hear(read)

    return hear


def match(described: dict[str, list[list[object]]]) -> None:
    """Match what the base has with what head has, and say what is missing."""
    _, verdicts = match_cells({BASE: described, HEAD: RUN["workloads"]})
    for verdict in verdicts.values():
        word_verdict(verdict).encode()


def judge(opened: OpenedSide) -> None:
    """Judge whether head has such arguments."""
    judge_one(opened.arguments)


def judge_one(said: Description) -> None:
    """Judge arguments as each of the three sides', and say why they differ."""
    ours = read_description(ARGUMENTS)
    for three in ((said, ours, ours), (ours, said, ours), (ours, ours, said), (said, said, said)):
        judged = judge_arguments(*three)
        assert judged.same == (not judged.reason)
        assert f"{judged.reason}{judged.notice}".isprintable()
        f"{judged.reason}{judged.notice}".encode("ascii")


def explain(trace: Trace) -> None:
    """Find where the time went, as far as the times do not contradict each other."""
    stacks = [stack_losses(SERIAL_TRACE, trace, 1.5), stack_losses(trace, TRACE)]
    good = stack_losses(SERIAL_TRACE, TRACE)
    for stack in stacks:
        if stack.seconds > 0:
            "".join(render_stacks([("base", stack), ("head", good)])).encode()
            explain_pairs([(stack, good), (stack, good)], -0.3)


def measure(seconds: float) -> None:
    """Estimate from rounds with such a turn."""
    turns = Round((Turn(SERIAL, 0.5), Turn(PARALLEL, seconds)))
    read_readings([turns, turns, Round((Turn(SERIAL, 0.5), Turn(PARALLEL, 0.3)))])


def answers(
    name: str,
    valid: object,
    read: Callable[[Message], object],
    use: Callable[[Any], object] = use_nothing,
) -> Reader:
    """Make a reader of one kind of answers."""
    whole = documents(json.loads(json.dumps(valid)), line)
    inputs = st.one_of(whole, whole.map(lambda data: data.rstrip(b"\n") + b"\n"), cut(line(valid)))
    return Reader(name, inputs, hearing(read), (SideError,), (line(valid),), use)


ANSWERS = (
    answers("read_workloads", RUN, read_workloads, match),
    answers("read_opened", OPENED, read_opened, judge),
    answers("read_description", ARGUMENTS, read_description, judge_one),
    answers("read_seconds", {"seconds": 0.25}, read_seconds, measure),
    answers("read_recorded", {"trace": write_trace(TRACE)}, read_recorded, explain),
    answers("read_closed", {"closed": None}, read_closed),
)
