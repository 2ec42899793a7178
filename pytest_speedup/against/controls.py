"""Controls: what a commit cannot change, measured on two processes of the base."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup.against.block import SERIAL_TURN, TWINS
from pytest_speedup.gate import (
    CONTROL_DEVIATIONS,
    Control,
    Excuse,
    read_excuse,
    typical_of,
)
from pytest_speedup.model import BASE, Bound, arm_of, control_turn, kernel_turn, split_turn
from pytest_speedup.statistics import Shift, read_shift

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_speedup.against.block import Block
    from pytest_speedup.against.cells import Compared
    from pytest_speedup.model import Round

ROUNDS = {Bound.CPU: 3, Bound.WAIT: 1}
"""Rounds of controls in a block of a workload, which are a part of what its cells get."""

CEILING_ROUNDS = 3
"""Rounds of the kernel for the ceiling of a turn, of which the fastest counts."""


class Kind(NamedTuple):
    """Controls that vary alike, whatever their number of workers: they count as one.

    Attributes:
        what: what runs; empty for a cell of the user's.
        executor: the name of the executor that it runs on.
        bound: what it spends its time on.
    """

    what: str
    executor: str
    bound: Bound


@dataclass(frozen=True, slots=True)
class ControlTurn:
    """One control.

    Attributes:
        turn: what runs.
        executor: the name of the executor that it runs on.
        bound: what it spends its time on.
    """

    turn: str
    executor: str
    bound: Bound

    @property
    def kind(self) -> Kind:
        """What it is counted with."""
        return Kind(split_turn(self.turn)[0], self.executor, self.bound)


@dataclass(slots=True)
class Controls:
    """What the controls showed so far.

    Attributes:
        shifts: changes from the base to its twin, by kind of control and by the number of the
            block.
        ceilings: speedups of the kernel by turn, as measured on the base.
    """

    shifts: dict[Kind, dict[int, Shift]] = field(default_factory=dict)
    ceilings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def beside(
        self, block: Block, cells: Sequence[Compared], bound: Bound, number: int
    ) -> Iterator[Callable[[], None]]:
        """Have the twin open a workload that is measured.

        Args:
            block: the processes.
            cells: those that are measured.
            bound: what they spend their time on.
            number: that of the block.

        Yields:
            What is to be called after each round of the cells: it measures a round of controls,
            as long as the block needs any.
        """
        controls = control_turns(cells, bound)
        names = [one.turn for one in controls]
        rounds: list[Round] = []
        turns = [SERIAL_TURN, *(one.turn for one in cells)]
        with block.controlled([one.id for one in cells], turns, names):
            source = islice(block.controls(names), ROUNDS[bound])
            yield lambda: rounds.extend(islice(source, 1))
        for one in controls:
            self.shifts.setdefault(one.kind, {})[number] = read_shift(rounds, one.turn, TWINS)

    @contextmanager
    def ceilings_beside(
        self, block: Block, cells: Sequence[Compared]
    ) -> Iterator[Callable[[], None]]:
        """Have the base run the kernel on what it was not measured on yet.

        Yields:
            What is to be called after each round of the cells: it measures a round of the kernel,
            until there are enough.
        """
        missing = [one.turn for one in cells if one.turn not in self.ceilings]
        names = [kernel_turn(turn) for turn in (SERIAL_TURN, *missing)]
        source = islice(block.rounds_of(BASE, names), CEILING_ROUNDS)
        rounds: list[Round] = []
        yield lambda: rounds.extend(islice(source, 1))
        for turn in missing:
            alone, many = (
                min(each for one in rounds for each in one.seconds(arm_of(BASE, kernel_turn(name))))
                for name in (SERIAL_TURN, turn)
            )
            self.ceilings[turn] = alone / many

    def excuse(self, cell: Compared) -> Excuse:
        """Find what the controls of a cell's executor excuse, by the blocks that it was in."""
        controls = [
            _control(kind, [by_block[number] for number in cell.numbers if number in by_block])
            for kind, by_block in self.shifts.items()
            if (kind.executor, kind.bound) == (cell.executor, cell.bound)
        ]
        return read_excuse([one for one in controls if one.blocks], len(cell.numbers))


def _control(kind: Kind, shifts: Sequence[Shift]) -> Control:
    typical = typical_of(CONTROL_DEVIATIONS[kind.bound])
    return Control(f"{kind.what} {kind.executor}".strip(), tuple(shifts), typical)


def control_turns(cells: Sequence[Compared], bound: Bound) -> list[ControlTurn]:
    """Choose the controls that go with cells.

    Args:
        cells: the first is the null cell, which runs the base's code.
        bound: what they spend their time on.

    Returns:
        The null cell, the control workload on its executor, and the ceiling's kernel on the last
        cell of each executor.
    """
    null = cells[0]
    widest = {one.executor: one.turn for one in cells}
    return [
        ControlTurn(null.turn, null.executor, bound),
        ControlTurn(control_turn(null.turn), null.executor, bound),
        *(ControlTurn(kernel_turn(turn), executor, bound) for executor, turn in widest.items()),
    ]
