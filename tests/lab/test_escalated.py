"""Live runs of the gate on saved runs: what is judged, and what counts as right."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.__main__ import main
from benchmarks.lab.escalated import (
    CHANGES,
    TURN,
    Escalated,
    EscalatedRun,
    append_run,
    left_to_run,
    read_log,
    word_run,
)
from benchmarks.lab.live import LiveRun
from benchmarks.lab.variants import WORKLOADS
from pytest_speedup.errors import SpeedupError
from tests.clone import Clone
from tests.test_layers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.lab.live import LiveSuite

PASSED = {"passed": 4, "regressed": 0}


def ran(change: str, *red: str, code: int = 0, **outcomes: int) -> EscalatedRun:
    return EscalatedRun(change, 60.0, code, outcomes or PASSED, red)


@pytest.mark.parametrize(
    ("run", "right"),
    [
        (ran("same"), True),
        (ran("same", code=10, inconclusive=2), True),
        (ran("same", "test_primes[thread-2]", code=1), False),
        (ran("same", code=10, environment=1), False),
        (ran("same", code=11, broken=4), False),
        (ran("same", code=4), False),
        (ran("lost-in-primes", "test_primes[thread-2]", code=11, broken=1), False),
        (ran("lost-in-primes", "test_primes[thread-2]", code=1), True),
        (ran("lost-in-primes"), False),
        (ran("lost-in-primes", "test_counter[thread-2]", code=1), False),
        (ran("dependency", code=10, environment=3), True),
        (ran("dependency", environment=3), False),
        (ran("dependency", "test_downloads[thread-2]", code=1, regressed=1), False),
    ],
)
def test_red_is_right_where_something_was_lost(run: EscalatedRun, *, right: bool) -> None:
    """And another package is not the code's loss."""
    assert run.is_right is right
    assert word_run(run).endswith("WRONG") is not right


def test_a_log_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Without the outcomes that no cell came to; what is none is named."""
    log = tmp_path / "log.jsonl"
    assert read_log(log) == []
    append_run(log, ran("same"))
    append_run(log, ran("dependency", "test_a[thread-2]", code=1, environment=1))
    first, second = read_log(log)
    assert (first.change, first.outcomes, first.is_right) == ("same", {"passed": 4}, True)
    assert second == ran("dependency", "test_a[thread-2]", code=1, environment=1)
    log.write_text('["flood", 1.0, 0, {}, []]\n')
    with pytest.raises(SpeedupError, match="unknown change 'flood'"):
        read_log(log)


def test_changes_take_turns_and_go_on_where_they_stopped() -> None:
    """Each as often as it is wanted, with what has run."""
    done = [ran("same"), ran("same")]
    assert left_to_run(["same", "dependency"], done, 3) == ["dependency"] * 2 + [
        "same",
        "dependency",
    ]
    assert left_to_run([], [], 1) == [*TURN]
    assert Counter(TURN) == {**dict.fromkeys(CHANGES, 1), "same": 6}
    assert left_to_run([], [*done, ran("dependency")], 2) == [
        *(TURN[1], TURN[3], *TURN[4:9], TURN[10]),
        *TURN,
    ]
    with pytest.raises(SpeedupError, match="flood is not a change; there are same, "):
        left_to_run(["flood"], [], 1)


def test_reporting_alone_runs_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And a wrong run is not forgotten."""
    pytest.importorskip("scipy", reason="exact intervals need the lab's group")
    log = tmp_path / "log.jsonl"
    append_run(log, ran("same", "test_primes[thread-2]", code=1))
    assert main(["escalated", "--times=0", f"--log={log}"]) == 1
    assert "0 of 1" in capsys.readouterr().out
    assert main(["escalated", "flood", f"--log={tmp_path / 'other'}"]) == 2


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    """Judge each change without measuring, and note what was there: texts and packages."""
    monkeypatch.chdir(ROOT)
    seen: list[tuple[str, str, str]] = []

    def look(suite: LiveSuite) -> None:
        assert suite.root is not None
        (version,) = suite.environment.values()
        texts = [(suite.root / "workloads" / f"{name}.py").read_text("utf-8") for name in WORKLOADS]
        changed = Clone(suite.root).git("diff", "--name-only", "base").split()
        lost = [
            name
            for name, text in zip(WORKLOADS, texts, strict=True)
            if "share=0.25" in text or "0.25, spin" in text
        ]
        seen.append((version.rpartition("-")[2], ",".join(lost), " ".join(changed)))

    def gate(suite: LiveSuite) -> LiveRun:
        look(suite)
        return LiveRun(0, (), "GREEN", outcomes={"passed": 1})

    monkeypatch.setattr("benchmarks.lab.live.LiveSuite.save", lambda _suite: None)
    monkeypatch.setattr("benchmarks.lab.live.LiveSuite.gate", gate)
    suite = Escalated.made(tmp_path)
    for change in CHANGES:
        assert suite.judge(change).change == change
    return seen


def test_each_change_is_a_commit_of_its_own(judged: list[tuple[str, str, str]]) -> None:
    """Of the base: what one loses is not there for the next."""
    expected = [("1", "", "note.txt")]
    expected += [("1", name, f"note.txt workloads/{name}.py") for name in WORKLOADS]
    expected.append(("2", "", "note.txt"))
    assert judged == expected
