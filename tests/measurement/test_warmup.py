from __future__ import annotations

import pytest

from pytest_speedup.measurement import warm_up
from pytest_speedup.measurement.reference import RAMP_SECONDS
from pytest_speedup.model import Bound


@pytest.mark.parametrize(("bound", "runs"), [(Bound.WAIT, 1), (Bound.CPU, 4)])
def test_computing_warms_up_until_its_cores_are_at_speed(
    monkeypatch: pytest.MonkeyPatch, bound: Bound, runs: int
) -> None:
    """Waiting warms up once; here each run takes a good quarter of the ramp."""
    time = 50.0

    def run() -> int:
        nonlocal time
        time += RAMP_SECONDS * 0.26
        return 7

    monkeypatch.setattr("pytest_speedup.measurement.reference.now", lambda: time)
    assert [one.result for one in warm_up(run, bound)] == [7] * runs
