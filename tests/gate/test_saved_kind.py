from __future__ import annotations

from dataclasses import replace

from pytest_speedup.gate import Baseline, Measured, SavedPolicy, compare
from pytest_speedup.model import Bound, Cell, Cpus, Machine, Outcome, Reading, Readings, SavedCell

CELL = Cell("test_work[thread-2]", "test_work", "thread", 2, "default")
MACHINE = Machine("This CPU", Cpus(4, 2, None), "CPython 3.13", gil=False, start_method="spawn")
READINGS = Readings(Reading(0.0, 0.01), None, Reading(0.0, 0.01))


def saved_on(cpu_model: str) -> SavedCell:
    machine = replace(MACHINE, cpu_model=cpu_model)
    return SavedCell("0001_x.json", CELL, False, Bound.CPU, machine, READINGS)  # noqa: FBT003


def test_an_incomparable_cell_says_how_the_latest_run_differs() -> None:
    """Older runs may be of a machine that is long gone; none of them is judged."""
    saved = [saved_on("Oldest CPU"), saved_on("Latest CPU")]
    measured = Measured(CELL, Bound.CPU, MACHINE, [READINGS])
    verdict = compare(
        measured, Baseline(saved, saved), margin=0.1, error=0.01, policy=SavedPolicy()
    )
    assert verdict.outcome is Outcome.INCOMPARABLE
    assert "CPU model Latest CPU then, This CPU now" in verdict.reason
    assert "Oldest CPU" not in verdict.reason
    assert verdict.change is None
    assert verdict.detectable is None
