"""One block: which turns its sides are asked for, which count, and what its sides loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count, islice
from typing import TYPE_CHECKING, cast

import pytest

from pytest_speedup.against.block import Block, Patience
from pytest_speedup.against.describing import describe_call
from pytest_speedup.against.proof import OutsideError
from pytest_speedup.against.protocol import Failed, Failure, Opened, Proved, Run, Took
from pytest_speedup.against.side import SideError, SideFailedError, SideGoneError
from pytest_speedup.model import BASE, BASE_AGAIN, HEAD, Bound, arm_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup.against.proof import Proof
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
    sides = {
        name: cast("Side", FakeSide(name, asked, seconds)) for name in (BASE, HEAD, BASE_AGAIN)
    }
    return Block(sides, Patience(1.0), no_base_again)


def no_base_again() -> Side:
    raise AssertionError


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


def test_each_of_both_bases_takes_a_turn_before_those_that_count() -> None:
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
    assert {arm_of(name, turn) for name in (BASE, BASE_AGAIN) for turn in TURNS} == set(asked)


@dataclass
class ProvingSide:
    """Answers, or raises."""

    name: str
    error: SideError | None = None

    def tell(self, _request: object) -> None:
        pass

    def hear(self, _kind: object, _seconds: float) -> Proved:
        if self.error is not None:
            raise self.error
        return Proved((), 1)


@dataclass
class FakeProof:
    """Takes an answer, or refuses it."""

    foreign: bool = False
    taken: list[Proved] = field(default_factory=list)

    def take(self, proved: Proved) -> None:
        if self.foreign:
            message = "it loaded what is not its own"
            raise OutsideError(message)
        self.taken.append(proved)


def prove(sides: dict[str, ProvingSide], proofs: dict[str, FakeProof]) -> None:
    running = {name: cast("Side", one) for name, one in sides.items()}
    block = Block(running, Patience(1.0), no_base_again)
    block.prove({name: cast("Proof", one) for name, one in proofs.items()})


def test_all_sides_are_held_against_their_code() -> None:
    """Each by its own."""
    proofs = {BASE: FakeProof(), HEAD: FakeProof()}
    prove({name: ProvingSide(name) for name in proofs}, proofs)
    assert [len(one.taken) for one in proofs.values()] == [1, 1]


@pytest.mark.parametrize("lying", [BASE, HEAD])
def test_a_foreign_file_of_either_side_goes_through(lying: str) -> None:
    """And is no fault of the workload, which would be a cell's alone."""
    proofs = {name: FakeProof(foreign=name == lying) for name in (BASE, HEAD)}
    with pytest.raises(OutsideError):
        prove({name: ProvingSide(name) for name in proofs}, proofs)


def test_a_side_that_cannot_tell_is_as_one_that_loaded_something_else() -> None:
    """Not as one that failed to run a workload."""
    error = SideFailedError(HEAD, Failed(Failure.FAILED, "what it loaded is not known"))
    proofs = {name: FakeProof() for name in (BASE, HEAD)}
    with pytest.raises(OutsideError, match="is not known"):
        prove({BASE: ProvingSide(BASE), HEAD: ProvingSide(HEAD, error)}, proofs)


def test_a_side_that_is_gone_is_gone() -> None:
    """It is not taken for one that has nothing to tell."""
    proofs = {name: FakeProof() for name in (BASE, HEAD)}
    sides = {BASE: ProvingSide(BASE), HEAD: ProvingSide(HEAD, SideGoneError(HEAD, "it is gone"))}
    with pytest.raises(SideGoneError, match="it is gone"):
        prove(sides, proofs)


@dataclass
class WillingSide:
    """Does whatever it is asked."""

    name: str
    asked: list[object] = field(default_factory=list)

    def tell(self, request: object) -> None:
        self.asked.append(request)

    def hear(self, kind: type[object], _seconds: float) -> object:
        return Took(1.0) if kind is Took else kind.__new__(kind)


def test_the_base_is_started_again_for_the_first_controls_and_once() -> None:
    """Most blocks need none, and a process takes longer to start than to measure."""
    base, head, again = (WillingSide(name) for name in (BASE, HEAD, BASE_AGAIN))
    started: list[WillingSide] = []

    def start() -> Side:
        started.append(again)
        return cast("Side", again)

    sides = {BASE: cast("Side", base), HEAD: cast("Side", head)}
    block = Block(sides, Patience(1.0), start)
    list(islice(block.rounds(TURNS), 2))
    assert started == []
    for _ in range(2):
        with block.controlled(["a.py::test_a"], TURNS, ["thread-2"]):
            assert started == [again]
            assert again.asked[-1] == Run("thread-2")


@dataclass
class SlowSide(WillingSide):
    """Whose turns take a hundred seconds each."""

    def hear(self, kind: type[object], _seconds: float) -> object:
        if kind is Opened:
            return Opened(Bound.CPU, describe_call("quick", (), {}), own_work=False)
        return Took(100.0) if kind is Took else kind.__new__(kind)


@pytest.mark.parametrize(
    ("longest", "ran"),
    [
        (300.0, ["serial-1", "thread-2", "thread-4"]),
        (200.0, ["serial-1", "thread-2", "thread-4"]),
        (199.0, ["serial-1", "thread-2"]),
        (99.0, ["serial-1"]),
    ],
)
def test_cells_that_there_is_no_time_for_are_not_warmed_up(longest: float, ran: list[str]) -> None:
    """A round is said to take what it takes at least: what was run, four times."""
    sides = {name: SlowSide(name) for name in (BASE, HEAD)}
    block = Block(
        {name: cast("Side", side) for name, side in sides.items()}, Patience(1.0), no_base_again
    )
    turns = ("serial-1", "thread-2", "thread-4")
    with block.opened(["a.py::test_a"], turns, None, longest) as ready:
        assert ready.round_seconds == 4 * 100.0 * len(ran)
    for side in sides.values():
        assert [one.turn for one in side.asked if isinstance(one, Run)] == ran
