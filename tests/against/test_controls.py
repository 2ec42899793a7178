from __future__ import annotations

import pytest

from pytest_speedup.against.cells import Compared
from pytest_speedup.against.controls import Controls, Kind
from pytest_speedup.gate import Excuse
from pytest_speedup.model import Bound
from pytest_speedup.statistics import BlockChange, Shift

SAME = BlockChange(Shift(0.0, 4), Shift(0.0, 4))


def make_cell(blocks: int, executor: str = "thread") -> Compared:
    return Compared("x", "x", executor, f"{executor}-2", blocks=[SAME] * blocks)


def make_controls(*shifts: float, executor: str = "thread", bound: Bound = Bound.WAIT) -> Controls:
    """The kernel, by block."""
    by_block = {number: Shift(value, 4) for number, value in enumerate(shifts)}
    return Controls({Kind("kernel", executor, bound): by_block})


def test_a_control_that_moved_in_the_cells_blocks_excuses_it() -> None:
    """By its kind and executor, whatever the number of workers."""
    excuse = make_controls(0.3, 0.3).excuse(make_cell(2))
    assert excuse.evidence == "kernel thread +35.0%"
    assert excuse.shift > 0.3


@pytest.mark.parametrize(
    "controls",
    [
        make_controls(0.3, 0.3, executor="process"),
        make_controls(0.3, 0.3, bound=Bound.CPU),
        make_controls(0.0, 0.0, 0.3, 0.3, 0.3, 0.3, 0.3),
        make_controls(0.3),
        Controls(),
    ],
    ids=["executor", "bound", "later blocks", "one block", "none"],
)
def test_what_others_or_other_blocks_saw_excuses_nothing(controls: Controls) -> None:
    """The cell had two blocks, of waiting threads."""
    assert controls.excuse(make_cell(2)) == Excuse()
