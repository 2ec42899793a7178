from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.lab import faulty
from benchmarks.lab.faults import FAULTS
from benchmarks.lab.live import LiveSuite
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor, ThreadExecutor
from pytest_speedup.gate import BROKEN

if TYPE_CHECKING:
    from pathlib import Path

SUITE = """
import os
import time

import pytest

def pause(item):
    time.sleep(0.002)
    return item

def work(executor):
    return list(executor.map(pause, range(3)))

@pytest.mark.parametrize("part", ["first", "second"])
@pytest.mark.speedup(executors=["thread"], workers=[2], rounds=3, margin=0.99)
def test_work(speedup, part):
    assert os.environ["SPEEDUP_FAULT"] != part
    speedup(work)
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveSuite:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "test_suite.py"
    path.write_text(SUITE)
    return LiveSuite(path, tmp_path, ["-pno:hypothesispytest"])


def test_a_fault_reaches_the_suite_and_its_cell_is_named(suite: LiveSuite) -> None:
    """Saved without, judged with it."""
    suite.save()
    run = suite.gate("second")
    assert run.exit_code == BROKEN
    assert run.red == ("test_work[thread-2-second]",)
    assert ": " in run.standing


def test_a_suite_that_fails_without_a_fault_is_no_baseline(suite: LiveSuite) -> None:
    """What pytest said is passed on."""
    suite.path.write_text("def test_work(speedup): assert False")
    with pytest.raises(SpeedupError, match=r"failed without any fault[\s\S]*assert False"):
        suite.save()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_slows_and_breaks_nothing(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong result would be red for another reason."""
    monkeypatch.setattr(faulty, "PAUSE", 0.0)
    monkeypatch.setattr(faulty, "BALLAST", 1000)
    works = [
        faulty.fetch,
        faulty.batch,
        faulty.narrow,
        faulty.tiny,
        faulty.sent,
        faulty.returned,
        faulty.sectioned,
        faulty.tally,
        faulty.consumed,
        faulty.compute,
    ]
    with ThreadExecutor(4) as executor:
        executor.start()
        sound = [work(SerialExecutor()) for work in works]
        monkeypatch.setattr(faulty, "FAULT", fault)
        assert [work(SerialExecutor()) for work in works] == sound
        assert [work(executor) for work in works] == sound


def test_each_fault_hits_cells_of_the_suite(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cells are collected under the names that the evaluation looks for."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    result = pytester.runpytest_inprocess(
        "--collect-only", "-q", "-pno:hypothesispytest", faulty.__file__
    )
    collected = {line.rpartition("::")[2] for line in result.outlines if "::" in line}
    assert {cell for fault in FAULTS.values() for cell in fault.cells} == collected
