from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.model import (
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    PARALLEL,
    SERIAL,
    Round,
    Turn,
)
from pytest_speedup.storage import read_rounds, write_rounds

ARMS = (SERIAL, PARALLEL, KERNEL_SERIAL, KERNEL_PARALLEL)
NANOSECONDS = st.integers(min_value=1, max_value=10**12)


def turns(arm: str) -> st.SearchStrategy[Turn]:
    return NANOSECONDS.map(lambda count: Turn(arm, count / 1e9))


ROUNDS = st.lists(
    st.lists(st.sampled_from(ARMS).flatmap(turns), min_size=1, max_size=6).map(
        lambda list_: Round(tuple(list_))
    ),
    min_size=1,
    max_size=5,
)


def test_the_form_is_the_documented_one() -> None:
    """Whoever reads a saved file by hand finds what the documentation says."""
    rounds = [
        Round((Turn(PARALLEL, 0.004808765), Turn(SERIAL, 0.001288022))),
        Round((Turn(KERNEL_SERIAL, 1.0), Turn(KERNEL_PARALLEL, 2e-9))),
    ]
    assert write_rounds(rounds) == "p4808.765s1288.022 k1000000.000c0.002"


@given(ROUNDS)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_rounds_survive_to_the_nanosecond(rounds: list[Round]) -> None:
    """What is written is read again: arms, order and durations."""
    again = read_rounds(write_rounds(rounds), set())
    assert [[turn.arm for turn in one.turns] for one in again] == [
        [turn.arm for turn in one.turns] for one in rounds
    ]
    written = [turn.seconds for one in again for turn in one.turns]
    assert written == pytest.approx([t.seconds for one in rounds for t in one.turns], abs=1e-9)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no round"),
        ("s1.000p2.000  s1.000p2.000", "no round"),
        ("s1.000p2.00", "no round"),
        ("s1.000x2.000", "no round"),
        ("snan", "no round"),
        ("s-1.000p2.000", "no round"),
        ("s1.000p0.000", "took no time"),
        ("s1.000", "lacks a turn of parallel or serial"),
    ],
)
def test_damaged_rounds_are_refused(text: str, complaint: str) -> None:
    """Half a round is no round: it would pair the wrong turns."""
    with pytest.raises(ValueError, match=complaint):
        read_rounds(text, {SERIAL, PARALLEL})
