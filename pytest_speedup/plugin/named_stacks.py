"""The stacks of a cell that stand beside each other: before and now, or base and head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.gate import mean_stack

if TYPE_CHECKING:
    from pytest_speedup.model import Explanation, Stack, Summary
    from pytest_speedup.plugin.gate import Gate


def measured_stacks(gate: Gate, summary: Summary) -> list[tuple[str, Stack]]:
    """Name those of a cell that was measured, and of the saved runs that it is compared with."""
    samples = summary.samples
    named = (("saved", gate.saved_stacks(samples.cell.id)), ("now", samples.stacks))
    return [(name, mean_stack(stacks)) for name, stacks in named if stacks]


def compared_stacks(explanation: Explanation | None) -> list[tuple[str, Stack]]:
    """Name those of a cell whose base and head took turns."""
    if explanation is None:
        return []
    return [("base", explanation.before), ("head", explanation.after)]
