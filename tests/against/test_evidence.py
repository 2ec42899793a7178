"""What sides are held against is said by a type: nothing is unproven by what was left out."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, cast

import pytest

from pytest_speedup.against import (
    Comparison,
    OutsideError,
    Proven,
    SideError,
    UnprovenTrees,
    Wanted,
)
from pytest_speedup.against.touches import Seen
from pytest_speedup.model import BASE, HEAD, TWIN, Touch
from tests.test_layers import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.against import Proof
    from pytest_speedup.against.block import Block


@dataclass
class FakeProof:
    """Of a side that loaded something, or nothing."""

    loaded: bool = True
    seen: Seen = field(default_factory=Seen)

    def require_any(self) -> None:
        if not self.loaded:
            message = "no process of it was seen to load any file"
            raise OutsideError(message)


@dataclass
class FakeBlock:
    """Of sides that are asked."""

    asked: list[str] = field(default_factory=list)

    def prove(self, proofs: Mapping[str, object]) -> None:
        self.asked += proofs


def proven(*names: str, loaded: bool = True) -> Proven:
    return Proven({name: cast("Proof", FakeProof(loaded)) for name in names})


@pytest.mark.parametrize("names", [(), (BASE,), (HEAD, TWIN), (BASE, HEAD)])
def test_no_side_can_be_left_out(names: tuple[str, ...]) -> None:
    """Nor can all of them: what is not asked would look proven."""
    with pytest.raises(SideError, match="nothing would be proven of "):
        proven(*names)


def test_every_side_is_asked_before_and_after_it_worked() -> None:
    """In the order of its name."""
    block = FakeBlock()
    evidence = proven(BASE, HEAD, TWIN)
    evidence.ask(cast("Block", block))
    evidence.ask_after_work(cast("Block", block), "work")
    assert block.asked == [BASE, HEAD, TWIN] * 2


def test_what_is_loaded_in_turns_is_their_workloads() -> None:
    """What was loaded before is nobody's, and each block begins with fresh processes."""
    evidence, block = proven(BASE, HEAD, TWIN), cast("Block", FakeBlock())
    seen = evidence.proofs[HEAD].seen
    seen.take("before.py", "before")
    evidence.ask(block)
    seen.take("one.py", "one")
    seen.take_unasked("/usr/bin/server")
    evidence.ask_after_work(block, "one")
    evidence.ask(block)
    evidence.ask_after_work(block, "two")
    windows = {name: ({*one.names}, one.unasked) for name, one in seen.windows.items()}
    assert windows == {"one": ({"one.py"}, True), "two": (set(), False)}


def test_who_worked_must_have_loaded_something() -> None:
    """Before that there may be nothing yet."""
    evidence = proven(BASE, HEAD, TWIN, loaded=False)
    evidence.ask(cast("Block", FakeBlock()))
    with pytest.raises(OutsideError, match="no process of it was seen"):
        evidence.ask_after_work(cast("Block", FakeBlock()), "work")


def test_trees_that_are_no_commits_say_so() -> None:
    """By a type of their own; a comparison has no way to be without an answer."""
    block = FakeBlock()
    UnprovenTrees().ask(cast("Block", block))
    UnprovenTrees().ask_after_work(cast("Block", block), "work")
    assert block.asked == []
    assert UnprovenTrees().touches([Wanted("a", "a", "thread", 2)]) == {"a": Touch.UNKNOWN}
    (one,) = (one for one in fields(Comparison) if one.name == "evidence")
    assert one.default is MISSING
    assert one.default_factory is MISSING


def test_only_the_laboratory_compares_trees_that_are_no_commits() -> None:
    """The product has no place where it could."""

    found = {
        file.name
        for file in (ROOT / "pytest_speedup").rglob("*.py")
        if "UnprovenTrees(" in file.read_text(encoding="utf-8")
    }
    assert found == set()
