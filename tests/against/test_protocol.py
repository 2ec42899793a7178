"""Every message of a comparison, as it is written and as it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_speedup.against.describing import describe_call
from pytest_speedup.against.protocol import (
    ANSWERS,
    REQUESTS,
    Answer,
    Close,
    Closed,
    Describe,
    Described,
    DescribedCell,
    Failed,
    Failure,
    LoadedFile,
    Open,
    Opened,
    Prove,
    Proved,
    Record,
    Recorded,
    Request,
    Run,
    Took,
    Unsuited,
    decode_answer,
    decode_request,
    encode,
)
from pytest_speedup.losses.trace import Task, Trace
from pytest_speedup.model import Bound, Floors

TASK = Task(0.0, 0.0, 1.0, 1.0, 0, {"lock wait": 0.25}, 0.125, 50, 0.5)
TRACE = Trace(0.0, 1.0, 2, (TASK,), (0.25,), gil=True, core_wait=None, caller_cpu=0.5, told=7.5)

FLOORS = Floors(2.5, 0.8, peak=4, tasks_per_second=1e7, p50=0.01, p95=0.02)

ALL_REQUESTS: tuple[Request, ...] = (
    Describe("not slow", None),
    Open(("a[thread-2]", "a[process-2]"), "b[thread-2]"),
    Open(("a[thread-2]",), None),
    Run("kernel thread-2"),
    Record("thread-2"),
    Prove(),
    Close(),
)
ALL_ANSWERS: tuple[Answer, ...] = (
    Described(
        (
            DescribedCell("a[thread-2]", "thread", 2, 0.1, chosen=True),
            DescribedCell("b[serial-1]", "serial", 1, None, chosen=False),
            DescribedCell("c[thread-2]", "thread", 2, None, chosen=True, floors=FLOORS),
        ),
        {"test_c.py": "ImportError: no c"},
    ),
    Opened(Bound.CPU, describe_call("default", (3,), {}), own_work=False),
    Took(0.5),
    Unsuited("computing is not for an event loop"),
    Recorded(TRACE, "4 workers ran as 1: is max_workers used?"),
    Proved(
        (LoadedFile("tree", "acme", "/tmp/acme.py", 7),),  # noqa: S108 - a name
        3,
        ("/tmp/test_acme.py",),  # noqa: S108
        ("/tmp/conftest.py", "/tmp/plugin.py"),  # noqa: S108
    ),
    Closed(),
    *(Failed(kind, "why") for kind in Failure),
)


def wired(message: Request | Answer) -> Any:  # noqa: ANN401 - any JSON
    """Send a message through JSON."""
    return json.loads(json.dumps(encode(message)))


@pytest.mark.parametrize("message", ALL_REQUESTS, ids=str)
def test_a_request_is_read_as_it_was_written(message: Request) -> None:
    """Field by field."""
    assert decode_request(wired(message)) == message


@pytest.mark.parametrize("message", ALL_ANSWERS, ids=str)
def test_an_answer_is_read_as_it_was_written(message: Answer) -> None:
    """Field by field."""
    assert decode_answer(wired(message)) == message


def test_every_kind_of_message_is_tried_here() -> None:
    """A new one belongs into the lists above."""
    assert {type(one).__name__ for one in ALL_REQUESTS} == {*REQUESTS}
    assert {type(one).__name__ for one in ALL_ANSWERS} == {*ANSWERS}


def test_no_message_is_taken_for_one_of_the_other_direction() -> None:
    """A side that echoes what it was asked has not answered."""
    for request in ALL_REQUESTS:
        with pytest.raises(ValueError, match="unknown kind"):
            decode_answer(wired(request))


OPENED = wired(ALL_ANSWERS[1])["Opened"]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "Closed",
        {},
        {"Closed": [], "Took": [1.0]},
        {"Nonsense": []},
        {"Closed": {}},
        {"Closed": [1]},
        {"Took": []},
        {"Took": [0]},
        {"Took": [-1]},
        {"Took": [True]},
        {"Took": [1e12]},
        {"Took": ["1"]},
        {"Opened": ["luck", *OPENED[1:]]},
        {"Opened": ["cpu", [], False]},
        {"Opened": ["cpu", {}, False]},
        {"Opened": [*OPENED[:2], "no"]},
        {"Described": [[["a", "thread", 1e9, None, True]], {}]},
        {"Described": [[["a", "thread", 2, 1, True]], {}]},
        {"Described": [[["a", "thread", 2, 0.1, 1]], {}]},
        {"Described": [[["a", "thread", 2, 0.1]], {}]},
        {"Described": [3, {}]},
        {"Described": [[], []]},
        {"Described": [[], {"a": 1}]},
        {"Proved": [[], 3]},
        {"Proved": [[], 0, [], []]},
        {"Proved": [[], 3, "abc", []]},
        {"Proved": [[], 3, [], [7]]},
        {"Proved": [[], 3, ["/a\0.py"], []]},
        {"Proved": [[["tree", "acme", "/a\0.py", 7]], 3, [], []]},
        {"Proved": [[["tree", "acme", "/acme.py"]], 3, [], []]},
        {"Failed": ["luck", "why"]},
        {"Failed": ["failed", 3]},
        {"Unsuited": [None]},
        {"Recorded": [1]},
        {"Recorded": [[0, 0, 1, [], [], False, 0, 0]]},
        {"Recorded": [[0, 1, 100_000, [], [], False, 0, 0]]},
        {"Recorded": [[0, 1, 1, [[1, 2, 3]], [], False, 0, 0]]},
        {"Recorded": [[0, 1, 1, [[0, 0, 1, 1, 0, {"GIL": 1}, 0, 0, 0]], [], False, 0, 0]]},
        {"Recorded": [[0, 1, 1, [[0, 0, 1, 1, 0, {"lock wait": -1}, 0, 0, 0]], [], False, 0, 0]]},
        {"Recorded": [[0, 1, 1, [[0, 0, 1, 1, 0, [], 0, 0, 0]], [], False, 0, 0]]},
        {"Recorded": [[0, 1e300, 1, [], [], False, 0, 0]]},
        {"Recorded": [[0, 1, 1, [], [], False, 0]]},
    ],
    ids=str,
)
def test_nonsense_is_no_answer(document: object) -> None:
    """With an error that its reader expects."""
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        decode_answer(document)


@pytest.mark.parametrize(
    "document",
    [{"Open": [["a"]]}, {"Open": ["a", None]}, {"Open": [[1], None]}, {"Run": [2]}, {"Close": [1]}],
    ids=str,
)
def test_nonsense_is_no_request(document: object) -> None:
    """The parent is head's, and the copy of the plugin may be damaged."""
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        decode_request(document)
