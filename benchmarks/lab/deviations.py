"""How much a recording's cells vary while their code stays the same."""

from __future__ import annotations

import math
from collections import defaultdict
from statistics import fmean, variance
from typing import TYPE_CHECKING

from pytest_speedup.gate import Deviation, adjusted, adjusted_error, is_contended

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.lab.prepared import PreparedCell
    from pytest_speedup.model import Bound

Kind = tuple["Bound", str, bool]
"""What a cell spends its time on, its executor, and whether it is contended."""

WHOLE = 1.0
"""Share of the measured ceiling that is taken out."""


def measure_deviations(runs: Iterable[Sequence[PreparedCell]]) -> Mapping[Kind, Deviation]:
    """Split the variance of log speedups into that between runs and that between blocks.

    One-way analysis of variance with random effects, per cell, then the mean over the cells of a
    kind; what the rounds of a block show is taken out of the variance between blocks (Searle,
    Casella and McCulloch, Variance Components, 1992).

    Args:
        runs: at least two, each of the same cells, each cell with at least two blocks.
    """
    components: dict[Kind, list[tuple[float, float]]] = defaultdict(list)
    for cells in _by_cell(runs).values():
        components[_kind(cells)].append(_components(cells))
    return {
        kind: Deviation(*(math.sqrt(fmean(side)) for side in zip(*each, strict=True)))
        for kind, each in sorted(components.items(), key=str)
    }


def contended_cells(runs: Iterable[Sequence[PreparedCell]]) -> set[str]:
    """Name the cells that something else than the machine holds back."""
    return {name for name, cells in _by_cell(runs).items() if _kind(cells)[-1]}


def _by_cell(runs: Iterable[Sequence[PreparedCell]]) -> Mapping[str, Sequence[PreparedCell]]:
    by_cell: dict[str, list[PreparedCell]] = defaultdict(list)
    for run in runs:
        for cell in run:
            by_cell[cell.name].append(cell)
    return by_cell


def _kind(cells: Sequence[PreparedCell]) -> Kind:
    contended = is_contended([one for cell in cells for one in cell.readings])
    return cells[0].bound, cells[0].executor, contended


def _components(cells: Sequence[PreparedCell]) -> tuple[float, float]:
    """Variances between runs and, beyond the rounds, between blocks."""
    values = [[adjusted(one, WHOLE) for one in cell.readings] for cell in cells]
    shown = fmean(adjusted_error(one, WHOLE) ** 2 for cell in cells for one in cell.readings)
    between_blocks = fmean(map(variance, values))
    between_runs = variance(map(fmean, values)) - between_blocks / len(values[0])
    return max(0.0, between_runs), max(0.0, between_blocks - shown)
