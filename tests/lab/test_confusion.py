from __future__ import annotations

import pytest

from benchmarks.lab.confusion import confusion_rows, fault_rows, wrong_runs
from benchmarks.lab.faults import FAULTS, SOUND
from benchmarks.lab.live import LiveRun, read_causes
from pytest_speedup.losses.kinds import Loss

TALLY = FAULTS["sleep-inside-lock"].cells
RIGHT = LiveRun(1, TALLY, "", {TALLY[0]: Loss.LOCK, TALLY[1]: Loss.LOCK})
OTHER = LiveRun(1, ("test_fetch[thread-4]",), "", {TALLY[0]: Loss.BLOCKED})
GREEN = LiveRun(0, (), "")


def test_red_cells_must_be_just_those_of_the_fault() -> None:
    """What is wrong is shown; sound code and neighbours must be green."""
    assert wrong_runs("sleep-inside-lock", [RIGHT, OTHER, GREEN]) == [OTHER, GREEN]
    assert wrong_runs(SOUND, [GREEN, RIGHT]) == [RIGHT]
    assert wrong_runs("busy-neighbour", [GREEN, OTHER]) == [OTHER]
    assert list(fault_rows("sleep-inside-lock", [RIGHT, OTHER])) == [
        "sleep-inside-lock: 1 of 2 times red in test_tally[thread-4] and test_tally[process-4]",
        "  wrong: exit code 1, red ('test_fetch[thread-4]',)",
    ]
    assert list(fault_rows(SOUND, [GREEN])) == ["no fault: 1 of 1 times green"]


def test_causes_are_counted_in_the_cells_of_the_fault() -> None:
    """And every claim counts where there is none."""
    claim = LiveRun(0, (), "", {"test_tiny[process-2]": Loss.CPU})
    rows = list(confusion_rows({"sleep-inside-lock": [RIGHT, RIGHT, OTHER], SOUND: [GREEN, claim]}))
    assert [row.split("  ")[0] for row in rows] == ["fault", "sleep-inside-lock", "no fault"]
    assert rows[1].endswith("lock wait 4, waiting inside tasks 1, unexplained 1")
    assert rows[2].endswith("test_tiny[process-2]: CPU time 1")
    assert list(confusion_rows({SOUND: [GREEN]}))[1].split() == ["no", "fault", "none", "none"]


def report_of(*why: str) -> dict[str, object]:
    cell = {"id": "x.py::test_a[thread-4]", "verdict": {"why": list(why)}}
    return {"cells": [cell, {"id": "x.py::test_a[serial-1]", "verdict": None}]}


@pytest.mark.parametrize(
    ("why", "causes"),
    [
        (("+12.5 ms lock wait (waiting for it), 98%",), {"test_a[thread-4]": Loss.LOCK}),
        (("tasks 3 instead of 1", "+1.48 s core wait (x)"), {"test_a[thread-4]": Loss.CORE_WAIT}),
        (("unexplained: no loss grew",), {}),
        ((), {}),
    ],
)
def test_causes_are_read_from_the_report(why: tuple[str, ...], causes: dict[str, Loss]) -> None:
    """As any program would."""
    assert read_causes(report_of(*why)) == causes
