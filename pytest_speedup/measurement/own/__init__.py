"""Code with workers of its own: how it is called with a count, and whether the count arrives."""

from pytest_speedup.measurement.own.handed import Handed, HandedPair
from pytest_speedup.measurement.own.signature import misuse_named, name_of, never_reads
from pytest_speedup.measurement.own.target import Target, read_target
from pytest_speedup.measurement.own.work import (
    EQUAL,
    Compare,
    OwnWork,
    check_compare,
    check_tasks,
)

__all__ = [
    "EQUAL",
    "Compare",
    "Handed",
    "HandedPair",
    "OwnWork",
    "Target",
    "check_compare",
    "check_tasks",
    "misuse_named",
    "name_of",
    "never_reads",
    "read_target",
]
