"""Which faults were seen, and what was said to be their cause."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.lab.faults import FAULTS, SOUND

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.lab.live import LiveRun

UNEXPLAINED = "unexplained"


def wrong_runs(fault: str, runs: Sequence[LiveRun]) -> list[LiveRun]:
    """Find the runs in which other cells turned red than those that the fault hits."""
    expected = () if fault == SOUND else FAULTS[fault].red_cells
    return [run for run in runs if (run.exit_code, run.red) != (int(bool(expected)), expected)]


def fault_rows(fault: str, runs: Sequence[LiveRun]) -> Iterator[str]:
    """Say how often just the right cells turned red, and what was wrong otherwise."""
    wrong = wrong_runs(fault, runs)
    cells = () if fault == SOUND else FAULTS[fault].red_cells
    where = f"red in {' and '.join(cells)}" if cells else "green"
    yield f"{fault or 'no fault'}: {len(runs) - len(wrong)} of {len(runs)} times {where}"
    for run in wrong:
        yield f"  wrong: exit code {run.exit_code}, red {run.red or 'none'}"


def confusion_rows(runs: Mapping[str, Sequence[LiveRun]]) -> Iterator[str]:
    """Say for each fault what was named as the cause in the cells that it hits."""
    yield f"{'fault':20}{'cause':24}named"
    for fault, some in runs.items():
        if fault != SOUND:
            cause = FAULTS[fault].cause.value
            yield f"{fault:20}{cause:24}{_count(_named(fault, some))}"
    claims = [
        f"{cell}: {loss.value}" for run in runs.get(SOUND, ()) for cell, loss in run.causes.items()
    ]
    if SOUND in runs:
        yield f"{'no fault':20}{'none':24}{_count(claims) or 'none'}"


def _named(fault: str, runs: Sequence[LiveRun]) -> list[str]:
    return [
        run.causes[cell].value if cell in run.causes else UNEXPLAINED
        for run in runs
        for cell in FAULTS[fault].cells
    ]


def _count(names: Sequence[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in Counter(names).most_common())
