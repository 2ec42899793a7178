"""Rounds of a block: which turns its sides are asked for, and which of them count."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, cast

from pytest_speedup.against.block import Block, Patience
from pytest_speedup.against.protocol import Run, Took
from pytest_speedup.model import BASE, HEAD, TWIN, arm_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup.against.side import Side

TURNS = ("serial-1", "thread-2")


@dataclass
class FakeSide:
    """Notes its turns among those of the others; the first of all takes 0 s, the next 1 s."""

    name: str
    asked: list[str]
    seconds: Iterator[int]

    def tell(self, request: object) -> None:
        assert isinstance(request, Run)
        self.asked.append(arm_of(self.name, request.turn))

    def hear(self, _kind: object, _seconds: float) -> Took:
        return Took(float(next(self.seconds)))


def make_block(asked: list[str]) -> Block:
    seconds = count()
    sides = {name: FakeSide(name, asked, seconds) for name in (BASE, HEAD, TWIN)}
    return Block({name: cast("Side", one) for name, one in sides.items()}, Patience(1.0))


def test_base_and_head_take_turns_in_one_loop() -> None:
    """Serial code and parallel alike: each pair as A B B A, and every turn counts."""
    asked: list[str] = []
    rounds = list(islice(make_block(asked).rounds(TURNS), 2))
    turns = [turn for one in rounds for turn in one.turns]
    assert [turn.arm for turn in turns] == asked
    assert [turn.seconds for turn in turns] == [float(index) for index in range(16)]
    for start in range(0, 16, 4):
        one, other, again, last = asked[start : start + 4]
        assert one == last != other == again


def test_each_twin_takes_a_turn_before_those_that_count() -> None:
    """It idled while the base ran its cells: here the first two of every six are left away."""
    asked: list[str] = []
    rounds = list(islice(make_block(asked).controls(TURNS), 2))
    turns = [turn for one in rounds for turn in one.turns]
    assert [len(one.turns) for one in rounds] == [8, 8]
    assert [turn.seconds for turn in turns] == [
        float(6 * six + index) for six in range(4) for index in (2, 3, 4, 5)
    ]
    for start in range(0, 24, 6):
        warm, warm_too, one, other, again, last = asked[start : start + 6]
        assert (warm, warm_too) == (one, other)
        assert one == last != other == again
    assert {arm_of(name, turn) for name in (BASE, TWIN) for turn in TURNS} == set(asked)
