"""Controls: what a commit cannot change, measured on two processes of the base."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from pytest_speedup.against.block import SERIAL_TURN, TWINS
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.model import BASE, Bound, arm_of, control_turn, kernel_turn, split_turn
from pytest_speedup.statistics import read_shift
from pytest_speedup.verdict import CONTROL_DEVIATIONS, Control, Typical, typical_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_speedup.against.block import Block
    from pytest_speedup.against.cells import Compared
    from pytest_speedup.model import Round
    from pytest_speedup.statistics import Shift

ROUNDS = {Bound.CPU: 3, Bound.WAIT: 1}
"""Rounds of controls in a block of a workload, which are a part of what its cells get."""


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
    def kind(self) -> tuple[str, str, Bound]:
        """Controls of one kind vary alike."""
        return split_turn(self.turn)[0], self.executor, self.bound


@dataclass(slots=True)
class Controls:
    """What the controls showed so far.

    Attributes:
        shifts: changes from the base to its twin, by block.
        ceilings: speedups of the kernel by cell, as last measured on the base.
    """

    shifts: dict[ControlTurn, list[Shift]] = field(default_factory=dict)
    ceilings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def beside(
        self, block: Block, cells: Sequence[Compared], bound: Bound
    ) -> Iterator[Callable[[], None]]:
        """Have the twin open a workload that is measured.

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
            self.shifts.setdefault(one, []).append(read_shift(rounds, one.turn, TWINS))
        if bound is Bound.CPU:
            self._note_ceilings(cells, rounds)

    def _note_ceilings(self, cells: Sequence[Compared], rounds: Sequence[Round]) -> None:
        """Compare the fastest runs of the kernel, which is the same in all for one or many."""

        def fastest(turn: str) -> float:
            arm = arm_of(BASE, kernel_turn(turn))
            return min(seconds for one in rounds for seconds in one.seconds(arm))

        alone = fastest(SERIAL_TURN)
        for cell in cells:
            self.ceilings[cell.turn] = alone / fastest(cell.turn)

    def of(self, bound: Bound) -> list[Control]:
        """List the controls of computing or of waiting cells."""
        return [
            Control(one.turn, tuple(blocks), self._typical(one))
            for one, blocks in self.shifts.items()
            if one.bound is bound
        ]

    def _typical(self, control: ControlTurn) -> Typical:
        alike = [blocks for one, blocks in self.shifts.items() if one.kind == control.kind]
        return typical_of(alike, CONTROL_DEVIATIONS[control.bound])


def control_turns(cells: Sequence[Compared], bound: Bound) -> list[ControlTurn]:
    """Choose the controls that go with cells.

    Args:
        cells: the first is the null cell, which runs the base's code.
        bound: what they spend their time on.

    Returns:
        The null cell, the control workload on its executor, and the ceiling's kernel for
        serial code and each cell.
    """
    null = cells[0]
    turns = [(SERIAL_TURN, SerialExecutor.name), *((one.turn, one.executor) for one in cells)]
    kernels = [ControlTurn(kernel_turn(turn), executor, bound) for turn, executor in turns]
    control = ControlTurn(control_turn(null.turn), null.executor, bound)
    return [ControlTurn(null.turn, null.executor, bound), control, *kernels]
