"""A block that asks its sides what they loaded: no answer but a whole one is taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from pytest_speedup.against import OutsideError, SideError
from pytest_speedup.against.block import Block, Patience
from pytest_speedup.against.protocol import Failed, Failure, Proved
from pytest_speedup.against.side import SideFailedError, SideGoneError
from pytest_speedup.model import BASE, HEAD

if TYPE_CHECKING:
    from pytest_speedup.against import Proof
    from pytest_speedup.against.side import Side


@dataclass
class FakeSide:
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


def prove(sides: dict[str, FakeSide], proofs: dict[str, FakeProof]) -> None:
    block = Block({name: cast("Side", one) for name, one in sides.items()}, Patience(1.0))
    block.prove({name: cast("Proof", one) for name, one in proofs.items()})


def test_all_sides_are_held_against_their_code() -> None:
    """Each by its own."""
    proofs = {BASE: FakeProof(), HEAD: FakeProof()}
    prove({name: FakeSide(name) for name in proofs}, proofs)
    assert [len(one.taken) for one in proofs.values()] == [1, 1]


@pytest.mark.parametrize("lying", [BASE, HEAD])
def test_a_foreign_file_of_either_side_goes_through(lying: str) -> None:
    """And is no fault of the workload, which would be a cell's alone."""
    proofs = {name: FakeProof(foreign=name == lying) for name in (BASE, HEAD)}
    with pytest.raises(OutsideError):
        prove({name: FakeSide(name) for name in proofs}, proofs)


def test_a_side_that_cannot_tell_is_as_one_that_loaded_something_else() -> None:
    """Not as one that failed to run a workload."""
    error = SideFailedError(HEAD, Failed(Failure.FAILED, "what it loaded is not known"))
    proofs = {name: FakeProof() for name in (BASE, HEAD)}
    with pytest.raises(OutsideError, match="is not known"):
        prove({BASE: FakeSide(BASE), HEAD: FakeSide(HEAD, error)}, proofs)


def test_a_side_that_is_gone_is_gone() -> None:
    """It is not taken for one that has nothing to tell."""
    proofs = {name: FakeProof() for name in (BASE, HEAD)}
    sides = {BASE: FakeSide(BASE), HEAD: FakeSide(HEAD, SideGoneError(HEAD, "it is gone"))}
    with pytest.raises(SideGoneError, match="it is gone"):
        prove(sides, proofs)
