from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.against.cells import Compared, spreads_of
from pytest_speedup.against.schedule import MAX_STRIDE, Group, share_rounds
from pytest_speedup.gate import PairedPolicy
from pytest_speedup.model import Bound
from pytest_speedup.statistics import BlockChange, Shift

if TYPE_CHECKING:
    from collections.abc import Sequence

POLICY = PairedPolicy()


def share(cells: Sequence[Compared], suite: Sequence[Compared] | None = None) -> list[Group]:
    """Share the rounds of cells, which are all of their suite unless told."""
    return share_rounds(cells, spreads_of({"work": suite or cells}, POLICY))


def make_cell(executor: str, workers: int, swing: float, serial: float = 0.02) -> Compared:
    """A computing cell whose blocks go up and down."""
    turn = f"{executor}-{workers}"
    blocks = [
        BlockChange(Shift(sign * swing, 9), Shift(sign * serial, 9)) for sign in (1, -1) * 100
    ]
    return Compared(turn, "work", executor, turn, bound=Bound.CPU, blocks=blocks)


def test_what_varies_less_takes_part_less_often() -> None:
    """Half the deviation is as sure with a quarter of the rounds; serial code has half of them."""
    cells = [make_cell("thread", 2, 0.02), make_cell("process", 2, 0.04)]
    cells += [make_cell("thread", 4, 0.02), make_cell("process", 4, 0.04)]
    assert share(cells) == [
        Group(("process-2", "process-4"), 1),
        Group(("serial-1",), 2),
        Group(("thread-2", "thread-4"), 4),
    ]


def test_nobody_rests_for_long() -> None:
    """However calm."""
    cells = [make_cell("thread", 2, 0.001, serial=0.0001), make_cell("process", 2, 0.1)]
    assert {group.stride for group in share(cells)} == {1, 2, MAX_STRIDE}


def test_only_open_cells_take_part() -> None:
    """But decided ones say how their kind varies."""
    cells = [make_cell("thread", 2, 0.01), make_cell("thread", 4, 0.6)]
    groups = share(cells[:1], cells)
    assert sorted(turn for group in groups for turn in group.turns) == ["serial-1", "thread-2"]
    # As calm as serial code by itself, but cells of its kind are not.
    assert groups[0] == Group(("thread-2",), 1)


def test_without_blocks_all_take_part_in_every_round() -> None:
    """Nothing is known of them."""
    cells = [make_cell("thread", 2, 0.02), make_cell("process", 2, 0.04)]
    for cell in cells:
        cell.blocks.clear()
    assert share(cells) == [Group(("thread-2", "serial-1", "process-2"), 1)]
