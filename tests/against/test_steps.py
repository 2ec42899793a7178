from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.cells import Compared
from pytest_speedup.model import Outcome, Verdict
from tests.against.fakes import FakeBlock, both, make_comparison

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_speedup.model import Step


@pytest.mark.parametrize("outcome", [None, *Outcome])
@pytest.mark.parametrize("ended", [True, False])
def test_a_cell_that_the_time_ran_out_for_is_not_decided(
    outcome: Outcome | None, *, ended: bool
) -> None:
    """It gets no more time, and nobody knows what became of it."""
    cell = Compared("x", "x", "thread", "thread-2", ended=ended)
    cell.verdict = outcome and Verdict("x", outcome)
    assert cell.decided is (outcome is not None and outcome.is_decided)


def test_each_step_counts_what_is_decided(tmp_path: Path) -> None:
    """Of all cells, those that passed a block ago included; what leans red goes first."""
    steps: list[Step] = []
    compared = make_comparison(FakeBlock({"slow": 1.5}, both("same", "slow")), tmp_path)
    compared.progress = steps.append
    compared.run()
    assert [(one.block, one.workload, one.decided, one.cells) for one in steps] == [
        (1, "same", 0, 2),
        (1, "slow", 0, 2),
        (2, "slow", 0, 2),
        (2, "same", 0, 2),
        (3, "slow", 1, 2),
    ]
