"""Recorded runs made from plain numbers."""

from __future__ import annotations

from benchmarks.lab.prepared import PreparedCell, prepare
from benchmarks.lab.recording import RecordedCell, RecordedRun
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Round, Turn

NAMES = ("fetch thread-2", "fetch thread-4")


def make_block(parallel: float, rounds: int = 6) -> tuple[Round, ...]:
    """Serial code takes a second; each round takes 0.1 % more than the last one."""
    return tuple(
        Round((Turn(SERIAL, 1.0), Turn(PARALLEL, parallel * (1 + 0.001 * index))))
        for index in range(rounds)
    )


def make_cell(*parallel: float) -> RecordedCell:
    """One block for each parallel time."""
    return RecordedCell(Bound.WAIT, tuple(make_block(each) for each in parallel))


def make_run(parallel: float = 0.5, blocks: int = 3) -> RecordedRun:
    return {name: make_cell(*[parallel] * blocks) for name in NAMES}


def make_prepared(*parallel: float) -> PreparedCell:
    return prepare(NAMES[0], make_cell(*parallel))
