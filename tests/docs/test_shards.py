"""The page on shards: its commands, run as they stand in a stranger's small repository."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.gate import BROKEN
from tests.clone import Clone
from tests.docs.pages import ROOT, read_page
from tests.left_out import LEFT_OUT

if TYPE_CHECKING:
    from pathlib import Path

(BLOCK,) = read_page(ROOT / "docs" / "guide" / "shards.md").blocks
COMMANDS = [shlex.split(line) for line in BLOCK.text.splitlines()]

WORK = """
import time

def pause(item):
    time.sleep(0.02)

def work(executor, items):
    return list(executor.map(pause, range(items)))

def test_few(speedup):
    speedup(work, 4)

def test_many(speedup):
    speedup(work, 8)
"""
INI = """
[pytest]
speedup_executors = thread
speedup_workers = 2
speedup_fail = 99%
addopts = -p no:cacheprovider
"""
SLOW = """
def slow(executor, items):
    time.sleep(0.5 * (executor.name == "thread"))
    return work(executor, items)
"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Two workloads that sleep, in two commits."""
    clone = Clone(tmp_path / "stranger")
    clone.commit(INI, "pytest.ini")
    clone.commit("__pycache__\n*.json\n*.md\n", ".gitignore")
    clone.commit(WORK, "test_work.py")
    clone.commit("later", "note.txt")
    return clone


def run(
    clone: Clone, pytester: pytest.Pytester, command: list[str], *more: str
) -> pytest.RunResult:
    words = command[1:] if command[0] == "python" else ["-m", "pytest", *command[1:], *LEFT_OUT]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(clone.path)
        patch.delenv("PYTEST_XDIST_WORKER", raising=False)
        return pytester.run(sys.executable, *words, *more)


def report(clone: Clone, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((clone.path / name).read_text("utf-8"))
    return document


def test_the_commands_of_the_page(clone: Clone, pytester: pytest.Pytester) -> None:
    """Two shards with a workload each, and one verdict; a shard by itself is none."""
    first, second, merge = COMMANDS
    results = [run(clone, pytester, one) for one in (first, second)]
    assert [one.ret for one in results] == [0, 0], [one.stdout.str() for one in results]
    for number, result in enumerate(results, start=1):
        result.assert_outcomes(passed=1, deselected=1)
        result.stdout.fnmatch_lines(
            [f"shard {number} of 2: green as far as it goes: 1 of 1 cell passed*"]
        )
    merged = run(clone, pytester, merge)
    assert merged.ret == 0, merged.stderr.str()
    merged.stdout.fnmatch_lines(
        [
            "proof: base loaded *",
            "GREEN: 2 of 2 cells passed*",
            "few?thread-2? *passed",
            "many?thread-2? *passed",
            "speedup gate: 2 passed",
            "speedup report: speedup.md",
        ]
    )
    assert "**GREEN: 2 of 2 cells passed" in (clone.path / "speedup.md").read_text("utf-8")
    shards = [report(clone, f"shard-{number}.json")["shard"] for number in (1, 2)]
    assert [one["dividing"] for one in shards] == [2, 2]
    assert report(clone, "speedup.json")["workloads"][0]["seconds"] > 0
    alone = run(clone, pytester, merge[:5], "--report=again.md")
    assert alone.ret == BROKEN
    assert "shard 2 of 2 is missing" in alone.stderr.str()


def test_a_loss_in_one_shard_is_red_in_both(clone: Clone, pytester: pytest.Pytester) -> None:
    """And a third one, for which there is no workload, is green and has to be there."""
    clone.commit(WORK.replace("speedup(work, 8)", "speedup(slow, 8)") + SLOW, "test_work.py")
    codes = []
    for number in (1, 2, 3):
        command = [
            *COMMANDS[0][:3],
            f"--speedup-shard={number}/3",
            f"--speedup-report=shard-{number}.json",
            "--speedup-fail=50%",
        ]
        codes.append(run(clone, pytester, command).ret)
    assert sorted(codes) == [0, 0, 1]
    assert codes[2] == 0
    assert report(clone, "shard-3.json")["gate"]["standing"] == (
        "shard 3 of 3: no workload is left for it, and nothing was measured"
    )
    names = [f"shard-{number}.json" for number in (1, 2, 3)]
    merged = run(clone, pytester, ["python", "-m", "pytest_speedup", "merge", *names])
    assert merged.ret == 1, merged.stderr.str()
    merged.stdout.fnmatch_lines(["RED: 1 of 2 cells regressed: many?thread-2?*"])


def test_a_plan_names_the_part(clone: Clone, pytester: pytest.Pytester) -> None:
    """And measures nothing."""
    result = run(clone, pytester, COMMANDS[1], "--speedup-plan")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "PLAN: nothing was measured",
            "shard 2 of 2: 1 of the 2 cells of all shards",
            "  workload test_work.py::test_many",
            "cells: 1",
            "  test_work.py::test_many?thread-2?: thread, workers 2, margin 99 %",
        ]
    )


@pytest.mark.parametrize(
    ("costs", "workload"),
    [({"test_few": 9.0, "test_many": 1.0}, "few"), ({"test_few": 1.0, "test_many": 9.0}, "many")],
)
def test_the_last_report_says_what_takes_long(
    clone: Clone, pytester: pytest.Pytester, costs: dict[str, float], workload: str
) -> None:
    """The longest workload is the first shard's."""
    spent = [{"name": f"test_work.py::{name}", "seconds": one} for name, one in costs.items()]
    last = json.dumps({"schema_version": 1, "workloads": spent})
    (clone.path / "last.json").write_text(last)
    options = ["--speedup-plan", "--speedup-shard-costs=last.json"]
    result = run(clone, pytester, COMMANDS[0], *options)
    result.stdout.fnmatch_lines([f"  workload test_work.py::test_{workload}"])
    (clone.path / "last.json").write_text("{}")
    refused = run(clone, pytester, COMMANDS[0], *options)
    assert refused.ret == pytest.ExitCode.USAGE_ERROR
    refused.stderr.fnmatch_lines(["ERROR: *last.json is no report as *"])
    (clone.path / "last.json").unlink()
    without = run(clone, pytester, COMMANDS[0], *options)
    without.stdout.fnmatch_lines(["*last.json is not there: workloads are shared out by their*"])


def test_a_shard_of_a_change_that_says_so_is_refused(
    clone: Clone, pytester: pytest.Pytester
) -> None:
    """It would leave out what it loses; in one line, before anything is measured."""
    clone.commit(f"{INI}speedup_shard = 2/2\n", "pytest.ini")
    words = ["pytest", "--benchmark-only", "--speedup-against=HEAD~1"]
    result = run(clone, pytester, words)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: speedup_shard in a file: a change would choose which *"])
