"""What of a suite one comparison judges: every cell in one part, and one error rate for all."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.cells import Part
from pytest_speedup.model import BASE, HEAD, Floors, Outcome
from tests.against.fakes import FakeBlock, both, make_comparison, make_workloads

if TYPE_CHECKING:
    from pytest_speedup.against.comparison import Comparison

FIRST = Part(frozenset({"slow"}))
SECOND = Part(frozenset({"same"}), tells_missing=False)


def compare(part: Part, block: FakeBlock | None = None) -> tuple[Comparison, dict[str, Outcome]]:
    """Compare a workload that is the same, and one that got slower, as far as the part goes."""
    block = block or FakeBlock({"slow": 1.5}, both("same", "slow"))
    with TemporaryDirectory() as logs:
        comparison = make_comparison(block, Path(logs))
        comparison.part = part
        verdicts = comparison.run()
    return comparison, {cell: verdict.outcome for cell, verdict in verdicts.items()}


def test_each_part_judges_its_own_workloads() -> None:
    """And measures no other; together they judge what the whole does."""
    block = FakeBlock({"slow": 1.5}, both("same", "slow"))
    _, first = compare(FIRST, block)
    assert {workload for workload, _ in block.log} == {"same"}
    _, second = compare(SECOND)
    _, whole = compare(Part())
    assert first == {"same[thread-2]": Outcome.PASSED}
    assert second == {"slow[thread-2]": Outcome.REGRESSED}
    assert first | second == whole


@pytest.mark.parametrize("part", [Part(), FIRST, SECOND])
def test_the_error_rate_is_divided_by_all_cells_and_floors(part: Part) -> None:
    """Whatever the part: three floors, of which one holds for a cell that the base lacks."""
    floors = {
        "same[thread-2]": Floors(at_least=0.1),
        "slow[thread-2]": Floors(at_least=0.1),
        "new[thread-2]": Floors(at_least=0.1),
    }
    workloads = {BASE: make_workloads("same", "slow"), HEAD: make_workloads("same", "slow", "new")}
    block = FakeBlock({"slow": 1.5}, workloads, floors={BASE: floors, HEAD: floors})
    elsewhere = part.elsewhere | ({"new"} if part is FIRST else set())
    comparison, outcomes = compare(Part(frozenset(elsewhere), part.tells_missing), block)
    assert comparison.dividing == 2 + 3
    assert ("new[thread-2]" in outcomes) is (part is not FIRST)


def test_the_share_of_a_cell_is_that_of_the_whole_suite() -> None:
    """A part does not spend more for having fewer cells."""
    shares = {}
    for part in (Part(), FIRST):
        comparison, _ = compare(part)
        shares[part] = comparison.judging.share()
    assert shares[FIRST] == shares[Part()] == pytest.approx(0.05 / 2)


def test_what_the_base_alone_has_is_missing_once() -> None:
    """No workload of head's has it: one of the parts tells."""

    def block() -> FakeBlock:
        return FakeBlock({}, {BASE: make_workloads("same", "gone"), HEAD: make_workloads("same")})

    _, first = compare(FIRST, block())
    _, second = compare(SECOND, block())
    assert first == {"same[thread-2]": Outcome.PASSED, "gone[thread-2]": Outcome.MISSING}
    assert second == {}


def test_what_a_workload_takes_is_counted() -> None:
    """The seconds inside its turns, of all blocks: two for a pass, three for a loss."""
    comparison, _ = compare(Part())
    assert comparison.spent.keys() == {"same", "slow"}
    assert comparison.spent["slow"] > 1.5 * comparison.spent["same"] > 0
