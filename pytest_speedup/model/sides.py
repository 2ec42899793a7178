"""The sides of a comparison, and the names of what they run."""

from __future__ import annotations

BASE = "base"
HEAD = "head"
TWIN = "twin"
"""A second process of the base, which shows how far two processes of the same code differ."""

KERNEL_TURN = "kernel"
CONTROL_TURN = "control"


def arm_of(side: str, turn: str) -> str:
    """Name a side's arm, such as ``head thread-4``."""
    return f"{side} {turn}"


def kernel_turn(cell: str) -> str:
    """Name the turn that runs the ceiling's kernel on a cell's executor."""
    return f"{KERNEL_TURN} {cell}"


def control_turn(cell: str) -> str:
    """Name the turn that runs the control workload on a cell's executor."""
    return f"{CONTROL_TURN} {cell}"


def split_turn(turn: str) -> tuple[str, str]:
    """Split the name of a turn into what runs, empty for the workload, and the cell."""
    what, _, cell = turn.rpartition(" ")
    return what, cell
