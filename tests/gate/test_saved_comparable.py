from __future__ import annotations

from dataclasses import replace

from pytest_speedup.gate import differences
from pytest_speedup.model import Bound, Cell, Cpus, Machine, Reading, Readings, SavedCell

CELL = Cell("test_work[thread-2]", "test_work", "thread", 2, "default")
MACHINE = Machine(
    "This CPU", Cpus(4, 2, None), "CPython 3.13", gil=False, start_method="spawn", system="Linux"
)
READING = Reading(0.0, 0.01)
SAVED = SavedCell(
    "0001_x.json",
    CELL,
    begins=False,
    bound=Bound.CPU,
    machine=MACHINE,
    readings=Readings(READING, None, READING),
)


def test_every_difference_is_named_in_one_go() -> None:
    """Nobody must put right one after the other to learn of the next."""
    elsewhere = Machine(
        "That CPU",
        Cpus(16, 8, None),
        "CPython 3.14",
        gil=True,
        start_method="fork",
        system="Plan 9",
    )
    saved = replace(SAVED, machine=elsewhere, cell=replace(CELL, size="seed"))
    assert differences(saved, CELL, MACHINE) == [
        "size seed then, default now",
        "system Plan 9 then, Linux now",
        "CPU model That CPU then, This CPU now",
        "effective CPUs 8 then, 2 now",
        "Python CPython 3.14 then, CPython 3.13 now",
        "GIL on then, off now",
        "start method fork then, spawn now",
    ]


def test_the_same_cell_in_the_same_place_has_no_differences() -> None:
    """What a run is called and what it read are no obstacles."""
    other = replace(
        SAVED, run="0002_y.json", readings=Readings(Reading(1.0, 0.5), READING, READING)
    )
    assert differences(other, CELL, replace(MACHINE)) == []


def test_limits_of_another_kind_but_the_same_size_are_comparable() -> None:
    """Two CPUs by mask and two CPUs by quota do the same work."""
    by_quota = replace(MACHINE, cpus=Cpus(64, None, 2.0))
    assert differences(replace(SAVED, machine=by_quota), CELL, MACHINE) == []
