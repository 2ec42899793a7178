"""Cells that passed alike, which are shown together so that the others are seen."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pytest_speedup.model import CleanGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.model import Cell, Span, Verdict

FEW = 24
"""Cells of a run, each of which is shown, whatever it came to."""

MAX_GROUPS = 56
"""Groups that are shown. Where workloads are more, those of a file are a group, or all are one."""

LARGEST = 0.99
"""The largest loss of which it can be said that it is ruled out."""


def are_few(cells: int) -> bool:
    """Whether each of as many cells is shown, whatever it came to."""
    return cells <= FEW


def group_clean(verdicts: Iterable[Verdict], cells: Mapping[str, Cell]) -> tuple[CleanGroup, ...]:
    """Group the cells that just passed, by their workloads as far as these are not too many.

    A cell is left alone where anything else is to be said of it: whatever its outcome is but
    passed, a loss that was acknowledged, a reason, counters, a neighbour; and where it is not known
    which loss is ruled out.

    Args:
        verdicts: of all cells of the run, each once.
        cells: by id, as far as they are known.

    Returns:
        The groups, in the order of their first cells; none where cells are few.
    """
    judged = list(verdicts)
    if are_few(len(judged)):
        return ()
    clean = [one for one in judged if one.cell in cells and _is_clean(one)]
    levels: tuple[Callable[[Verdict], str], ...] = (
        lambda one: cells[one.cell].workload,
        lambda one: _file_of(one.cell),
        lambda _: "",
    )
    for key in levels:
        groups: dict[tuple[str, bool], list[Verdict]] = {}
        for one in clean:
            groups.setdefault((key(one), one.watches), []).append(one)
        if len(groups) <= MAX_GROUPS:
            break
    unknown = {_test_of(one.cell) for one in judged if one.cell not in cells}
    return tuple(_group(some, cells, unknown) for some in groups.values())


def _is_clean(verdict: Verdict) -> bool:
    if not verdict.is_quiet or verdict.reason or verdict.change is None or verdict.margin is None:
        return False
    return verdict.ruled_out is not None and verdict.ruled_out <= LARGEST


def _group(
    verdicts: Sequence[Verdict], cells: Mapping[str, Cell], unknown: Iterable[str]
) -> CleanGroup:
    first = cells[verdicts[0].cell]
    workloads = {cells[one.cell].workload for one in verdicts}
    files = {_file_of(one.cell) for one in verdicts}
    margins = [one.margin for one in verdicts if one.margin is not None]
    is_one = len(workloads) == 1
    return CleanGroup(
        title=first.title if is_one else "" if len(files) > 1 else _file_of(first.id),
        workloads=len(workloads),
        cells=tuple(one.cell for one in verdicts),
        spans=_spans({one.cell for one in verdicts}, cells, unknown) if is_one else (),
        margins=(min(margins), max(margins)),
        watches=verdicts[0].watches,
        ruled_out=max(one.ruled_out for one in verdicts if one.ruled_out is not None),
    )


def _spans(
    clean: set[str], cells: Mapping[str, Cell], unknown: Iterable[str]
) -> tuple[tuple[str, tuple[Span, ...]], ...]:
    """Join numbers of workers, by executor; what is not clean, or may be in between, parts them."""
    workload = cells[next(iter(clean))].workload
    join = _singly if _test_of(workload) in unknown else _joined
    by_executor: dict[str, list[Cell]] = {}
    for one in sorted(cells.values(), key=lambda one: one.workers):
        if one.workload == workload:
            by_executor.setdefault(one.executor, []).append(one)
    spans = {executor: tuple(join(some, clean)) for executor, some in by_executor.items()}
    return tuple((executor, some) for executor, some in spans.items() if some)


def _joined(cells: Sequence[Cell], clean: set[str]) -> Iterator[Span]:
    for is_clean, some in groupby(cells, lambda one: one.id in clean):
        if is_clean:
            counts = [one.workers for one in some]
            yield counts[0], counts[-1]


def _singly(cells: Sequence[Cell], clean: set[str]) -> Iterator[Span]:
    return ((one.workers, one.workers) for one in cells if one.id in clean)


def _file_of(cell: str) -> str:
    return cell.partition("::")[0]


def _test_of(cell: str) -> str:
    return cell.partition("[")[0]
