"""Cells that are far from what they could be, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.losses.explanation import explain_shortfall, word_shortfall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_speedup.model import Summary

OF_CEILING = 0.8
OF_IDEAL = 0.5
"""Shares of the ceiling and of the worker count below which a speedup is poor."""


def render_poor(summaries: Iterable[Summary]) -> Iterator[str]:
    """Render a line for each poor cell: its speedup, and what keeps it from being ideal."""
    for one in summaries:
        cell, line = one.samples.cell, poor_line(one)
        if line:
            yield f"  {cell.title} {cell.name}: {line}"


def poor_line(summary: Summary) -> str:
    """Say what a poor cell reached and lacks; empty for one that is not poor, or unexplained."""
    shortfall = explain_shortfall(summary.samples.stacks)
    if shortfall is None or not _is_poor(summary):
        return ""
    workers = summary.samples.cell.workers
    return f"{summary.speedup.value:.2f}x of {workers}, {word_shortfall(shortfall)}"


def _is_poor(one: Summary) -> bool:
    """More workers than CPUs cannot reach their count, only their ceiling."""
    share = one.speedup.value / one.samples.cell.workers
    return one.efficiency < OF_CEILING or (share < OF_IDEAL and not one.samples.oversubscribed)
