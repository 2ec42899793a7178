from __future__ import annotations

import pytest

from pytest_speedup.model import Cpus


@pytest.mark.parametrize(
    ("cpus", "effective"),
    [
        (Cpus(logical=8, affinity=4, quota=2.5), 2.5),
        (Cpus(logical=8, affinity=2, quota=2.5), 2),
        (Cpus(logical=2, affinity=4, quota=6.0), 2),
        (Cpus(logical=8, affinity=None, quota=None), 8),
        (Cpus(logical=8, affinity=4, quota=None), 4),
        (Cpus(logical=8, affinity=None, quota=0.5), 0.5),
    ],
)
def test_the_smallest_limit_counts(cpus: Cpus, effective: float) -> None:
    """A limit that is not set limits nothing; half a CPU is less than one."""
    assert cpus.effective == effective
