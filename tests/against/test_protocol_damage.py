"""Any message of a comparison: read as it was written, and refused where it is damaged."""

from __future__ import annotations

import json
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_speedup.against import protocol
from pytest_speedup.against.describing import describe_call
from pytest_speedup.against.protocol import (
    MAX_CELLS,
    Answer,
    Close,
    Closed,
    Describe,
    Described,
    DescribedCell,
    Failed,
    Failure,
    LoadedFile,
    Message,
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
from pytest_speedup.losses.kinds import NOTED
from pytest_speedup.losses.trace import Task, Trace
from pytest_speedup.model import Bound, Floors
from tests.fuzz.inputs import SEEDS, any_value, damage
from tests.fuzz.test_readers import PROFILE

DOCUMENTED = (AttributeError, KeyError, TypeError, ValueError)

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
TIMES = st.floats(0, 1000)
WORKERS = st.integers(1, 64)

CELLS = st.builds(
    DescribedCell,
    TEXT,
    TEXT,
    WORKERS,
    st.none() | st.floats(0.01, 0.99),
    st.booleans(),
    st.builds(Floors, *[st.none() | st.floats(0.01, 99)] * 2, st.none() | st.integers(1, 999)),
)
PATHS = TEXT.map(lambda text: text.replace("\0", ""))
FILES = st.builds(LoadedFile, TEXT, TEXT, PATHS, WORKERS)
NAMES = st.lists(PATHS, max_size=3).map(tuple)
WAITS = st.dictionaries(st.sampled_from([loss.value for loss in NOTED]), TIMES)
TASKS = st.builds(Task, TIMES, TIMES, TIMES, TIMES, WORKERS, WAITS, TIMES, WORKERS, TIMES)
TRACES = st.builds(
    Trace,
    st.just(0.25),
    st.floats(1, 1000),
    WORKERS,
    st.lists(TASKS, max_size=3).map(tuple),
    st.lists(TIMES, max_size=2).map(tuple),
    gil=st.booleans(),
    core_wait=st.none() | TIMES,
    caller_cpu=TIMES,
)
ARGUMENTS = st.lists(st.integers() | TEXT, max_size=3).map(
    lambda values: describe_call("quick", values, {})
)

REQUESTS = {
    Describe: st.builds(Describe, TEXT, st.none() | TEXT),
    Open: st.builds(Open, st.lists(TEXT, max_size=3).map(tuple), st.none() | TEXT),
    Run: st.builds(Run, TEXT),
    Record: st.builds(Record, TEXT),
    Prove: st.just(Prove()),
    Close: st.just(Close()),
}
ANSWERS = {
    Described: st.builds(
        Described, st.lists(CELLS, max_size=3).map(tuple), st.dictionaries(TEXT, TEXT, max_size=3)
    ),
    Opened: st.builds(Opened, st.sampled_from(Bound), ARGUMENTS, st.booleans()),
    Took: st.builds(Took, st.floats(1e-6, 1000)),
    Proved: st.builds(Proved, st.lists(FILES, max_size=3).map(tuple), WORKERS, NAMES, NAMES),
    Unsuited: st.builds(Unsuited, TEXT),
    Recorded: st.builds(Recorded, TRACES),
    Closed: st.just(Closed()),
    Failed: st.builds(Failed, st.sampled_from(Failure), TEXT),
}


def through_json(message: Message) -> object:
    """Send a message as one process does to another."""
    return json.loads(json.dumps(encode(message)))


def test_every_message_is_tried() -> None:
    """A new one has its place here."""
    assert set(REQUESTS) == set(get_args(Request))
    assert set(ANSWERS) == set(get_args(Answer))
    assert set(protocol.REQUESTS) == {kind.__name__ for kind in REQUESTS}
    assert set(protocol.ANSWERS) == {kind.__name__ for kind in ANSWERS}


@PROFILE
@given(st.one_of(*REQUESTS.values()))
def test_a_request_is_read_as_it_was_written(request: Request) -> None:
    """Through JSON."""
    assert decode_request(through_json(request)) == request


@PROFILE
@given(st.one_of(*ANSWERS.values()))
def test_an_answer_is_read_as_it_was_written(answer: Answer) -> None:
    """Times, tasks and waits to the last digit."""
    assert decode_answer(through_json(answer)) == answer


@PROFILE
@given(st.one_of(*REQUESTS.values()), SEEDS)
def test_a_damaged_request_is_refused_as_documented(request: Request, seed: int) -> None:
    """Or is another request: every field of it is of its kind."""
    try:
        read = decode_request(damage(through_json(request), Random(seed)))
    except DOCUMENTED:
        return
    assert decode_request(through_json(read)) == read


@PROFILE
@given(st.one_of(*ANSWERS.values()), SEEDS)
def test_a_damaged_answer_is_refused_as_documented(answer: Answer, seed: int) -> None:
    """Or is another answer, which was possible as well."""
    try:
        read = decode_answer(damage(through_json(answer), Random(seed)))
    except DOCUMENTED:
        return
    assert decode_answer(through_json(read)) == read


@PROFILE
@given(SEEDS)
def test_anything_else_is_refused_as_documented(seed: int) -> None:
    """Whatever JSON can hold."""
    document = any_value(Random(seed))
    with pytest.raises(DOCUMENTED):
        decode_request(document)
    with pytest.raises(DOCUMENTED):
        decode_answer(document)


def test_more_cells_than_any_suite_has_are_refused() -> None:
    """What a side says is bounded."""
    with pytest.raises(ValueError, match=f"no list of at most {MAX_CELLS}"):
        decode_request({"Open": [["a"] * (MAX_CELLS + 1), None]})


@pytest.mark.parametrize("margin", [0, 1, -0.1, 2, "1%", True])
def test_a_margin_is_a_fraction(margin: object) -> None:
    """A margin of 100 % would accept everything."""
    with pytest.raises(ValueError, match="number"):
        decode_answer({"Described": [[["a", "thread", 2, margin, True, [None] * 6, False]], {}]})


WRONG_FLOORS = [
    *((0, 0), (1, -1), (1, 1e13), (0, "2"), (0, True), (2, 0), (2, "2"), (2, 1e7)),
    *((3, 0), (4, -1), (5, "0.1")),
]


@pytest.mark.parametrize(("place", "floor"), WRONG_FLOORS)
def test_a_floor_is_a_positive_number(place: int, floor: object) -> None:
    """What reaches nothing is none."""
    floors = [floor if index == place else None for index in range(6)]
    with pytest.raises(ValueError, match="number"):
        decode_answer({"Described": [[["a", "thread", 2, None, True, floors, False]], {}]})
