from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.executors import SerialExecutor
from workloads import consumers, downloads

if TYPE_CHECKING:
    from types import ModuleType


def test_each_download_waits_as_long_as_it_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """One after another on serial code, and only when it is asked for."""
    slept: list[float] = []
    monkeypatch.setattr("workloads.downloads.time.sleep", slept.append)
    arrivals = downloads.arrivals(SerialExecutor(), downloads.Load(3, 0.25))
    assert (next(arrivals), slept) == ("item-0", [0.25])
    assert (list(arrivals), slept) == (["item-1", "item-2"], [0.25] * 3)


@pytest.mark.parametrize("module", [downloads, consumers])
def test_the_default_size_waits_longer_than_the_quick_one(module: ModuleType) -> None:
    """A quick run is for correctness."""
    loads = [module.SIZES[size] for size in ("quick", "default", "seed")]
    totals = [load.items * load.seconds for load in loads]
    assert totals == sorted(set(totals))
