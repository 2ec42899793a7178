from __future__ import annotations

from io import BytesIO
from itertools import count
from random import Random
from typing import TYPE_CHECKING, cast

from benchmarks.lab.soak.child import GRACE, MARGIN, Child, wait_for_end, watch
from benchmarks.lab.soak.choice import Strike
from benchmarks.lab.soak.fire import Fire
from benchmarks.lab.soak.printed import Printed
from benchmarks.lab.soak.processes import Process
from tests.lab.soak.runs import Logged, target_in

if TYPE_CHECKING:
    import subprocess
    from io import BufferedReader
    from pathlib import Path

BUDGET = 30.0


class FakeProcess:
    """Ends when it was asked so many times."""

    def __init__(self, polls: float) -> None:
        self.polls = polls

    def poll(self) -> int | None:
        self.polls -= 1
        return 0 if self.polls < 0 else None


class FakeClock:
    """Goes on by what is waited."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


def watched(tmp_path: Path, polls: float) -> tuple[int | None, float, list[str]]:
    log: list[str] = []
    strikes = [Strike(Logged("burner", log), at=1.0, lasts=1e9)]
    process = cast("subprocess.Popen[bytes]", FakeProcess(polls))
    clock = FakeClock()
    fire = Fire(target_in(tmp_path), strikes, Random(1))
    nothing = Printed(cast("BufferedReader", BytesIO()))
    child = Child(process, "one", nothing, nothing)
    code, seconds = watch(child, fire, BUDGET, clock, wait=clock.wait)
    return code, seconds, log


def test_a_hang_is_found(tmp_path: Path) -> None:
    """By a clock of its own; and whatever was done to the run is undone."""
    code, seconds, log = watched(tmp_path, float("inf"))
    assert code is None
    assert BUDGET + MARGIN < seconds < BUDGET + MARGIN + 1
    assert log == ["burner begins", "burner ends"]


def test_a_run_that_ends_is_no_hang(tmp_path: Path) -> None:
    """It is disturbed as long as it runs."""
    code, seconds, log = watched(tmp_path, 100)
    assert code == 0
    assert seconds < 3
    assert log == ["burner begins", "burner ends"]


def test_processes_get_time_to_end() -> None:
    """One that ends in its grace is no orphan."""
    clock = FakeClock()
    calls = count()
    found = wait_for_end(
        "one",
        lambda _: [Process(1, "worker")] if next(calls) < 5 else [],
        clock,
        clock.wait,
    )
    assert found == []
    assert 0 < clock.seconds < GRACE


def test_what_does_not_end_is_an_orphan() -> None:
    """After the grace."""
    clock = FakeClock()
    orphan = Process(1, "worker")
    assert wait_for_end("one", lambda _: [orphan], clock, clock.wait) == [orphan]
    assert clock.seconds >= GRACE
