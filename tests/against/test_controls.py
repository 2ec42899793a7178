from __future__ import annotations

import pytest

from pytest_speedup.against.cells import Compared
from pytest_speedup.against.judging import Controls, Kind
from pytest_speedup.gate import Excuse
from pytest_speedup.model import Bound
from pytest_speedup.statistics import BlockChange, Shift

SAME = BlockChange(Shift(0.0, 4), Shift(0.0, 4))


def make_cell(*numbers: int) -> Compared:
    """A cell of waiting threads that was in these blocks."""
    blocks = [SAME] * len(numbers)
    return Compared("x", "x", "thread", "thread-2", blocks=blocks, numbers=[*numbers])


def make_controls(*shifts: float, executor: str = "thread", bound: Bound = Bound.WAIT) -> Controls:
    """The kernel, by block."""
    by_block = {number: Shift(value, 4) for number, value in enumerate(shifts)}
    return Controls({Kind("kernel", executor, bound): by_block})


def test_a_control_that_moved_in_the_cells_blocks_excuses_it() -> None:
    """By its kind and executor, whatever the number of workers."""
    excuse = make_controls(0.3, 0.3).excuse(make_cell(0, 1))
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
    assert controls.excuse(make_cell(0, 1)) == Excuse()


def test_the_blocks_are_those_that_the_cell_was_in() -> None:
    """Not as many of the first ones: it may have been left out of some."""
    moved_later = make_controls(0.0, 0.0, 0.3, 0.3)
    assert moved_later.excuse(make_cell(2, 3)) != Excuse()
    moved_first = make_controls(0.3, 0.3, 0.0, 0.0)
    assert moved_first.excuse(make_cell(2, 3)) == Excuse()
