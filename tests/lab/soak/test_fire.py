from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from benchmarks.lab.soak.choice import Strike
from benchmarks.lab.soak.fire import AGAIN, Fire
from tests.lab.soak.runs import Logged, target_in

if TYPE_CHECKING:
    from pathlib import Path


def test_each_disturbance_begins_and_ends_in_its_time(tmp_path: Path) -> None:
    """Two may go on at once."""
    log: list[str] = []
    strikes = [Strike(Logged("a", log), 1.0, 2.0), Strike(Logged("b", log), 2.0, 5.0)]
    fire = Fire(target_in(tmp_path), strikes, Random(1))
    seen = []
    for second in range(5):
        fire.tick(second)
        seen.append(list(log))
    fire.stop()
    assert seen[0] == []
    assert seen[1] == ["a begins"]
    assert seen[2] == ["a begins", "b begins"]
    assert seen[3] == seen[4] == ["a begins", "b begins", "a ends"]
    assert log == ["a begins", "b begins", "a ends", "b ends"]
    assert [blow.name for blow in fire.blows] == ["a", "b"]


def test_what_found_nobody_is_tried_again(tmp_path: Path) -> None:
    """There was no child yet, say; it counts when there is one."""
    log: list[str] = []
    disturbance = Logged("a", log, finds=False)
    fire = Fire(target_in(tmp_path), [Strike(disturbance, 0.0, 1.0)], Random(1))
    fire.tick(0.0)
    assert log == ["a begins"]
    assert fire.blows == []
    disturbance.finds = True
    fire.tick(AGAIN[1])
    fire.stop()
    assert log == ["a begins", "a begins", "a ends"]
    assert [blow.name for blow in fire.blows] == ["a"]
