"""Shards in the jobs of a matrix, and the job that merges them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import BROKEN
from pytest_speedup.model import MARK, Outcome
from pytest_speedup.reports import render_json
from tests.github.project import check_out, pull_request, replace_pytest
from tests.github.steps import needs_bash
from tests.github.test_gate_action import HOSTILE, QUICK, WORK
from tests.shards import CODE, ids, make_shards

if TYPE_CHECKING:
    from tests.github.project import Checked

pytestmark = needs_bash

CELLS = ids(2)
PASSED = dict.fromkeys(CELLS, Outcome.PASSED)


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """A pull request."""
    checked = check_out(tmp_path, WORK, f"{WORK}\n# no change")
    checked.runner.event_name = "pull_request"
    checked.runner.event = pull_request(checked)
    return checked


def fetched(checked: Checked, outcomes: dict[str, Outcome], head: str = "") -> list[Path]:
    """Put the artifacts of two shards where the first step has fetched them to."""
    paths = []
    for number, (_, report) in enumerate(make_shards(outcomes, 2), start=1):
        folder = checked.runner.temporary / "speedup-shards" / f"speedup-shard-{number}"
        folder.mkdir(parents=True)
        text = render_json(report).replace(CODE.head_commit, head or checked.head)
        (folder / "speedup.json").write_text(text)
        paths.append(folder / "speedup.json")
    return paths


@pytest.mark.parametrize(
    ("outcome", "code", "verdict"),
    [(Outcome.PASSED, 0, "GREEN: 4 of 4"), (Outcome.REGRESSED, 1, "RED: 1 of 4")],
)
def test_all_shards_are_one_verdict(
    checked: Checked, outcome: Outcome, code: int, verdict: str
) -> None:
    """On the run's page, for the comment, and as the artifact that it looks for."""
    fetched(checked, PASSED | {CELLS[0]: outcome})
    done = checked.runner.use("merge", working_directory="project")
    assert (done.failed, done.outputs["exit-code"]) == (code, str(code)), done.log
    assert done.summary.startswith(f"{MARK}\n**{verdict} cells")
    assert verdict in done.log
    assert Path(done.outputs["markdown"]).read_text().startswith(f"{MARK}\n**{verdict}")
    (asked,) = done.given_to("actions/download-artifact")
    assert asked["pattern"] == "speedup-shard-*"
    assert asked["path"] == str(checked.runner.temporary / "speedup-shards")
    (kept,) = done.given_to("actions/upload-artifact")
    assert kept["name"] == "speedup-report"
    assert {"speedup.md", "speedup.json"} <= {one.name for one in Path(kept["path"]).iterdir()}


def test_a_shard_that_is_missing_is_no_pass(checked: Checked) -> None:
    """The page says which, and what that means."""
    first, _ = fetched(checked, PASSED)
    shutil.rmtree(first.parent)
    done = checked.runner.use("merge", working_directory="project")
    assert (done.failed, done.outputs["exit-code"]) == (BROKEN, str(BROKEN))
    assert "**No verdict: speedup merge: shard 1 of 2 is missing: nobody vouches" in done.summary


def test_no_shard_at_all_is_no_pass(checked: Checked) -> None:
    """As where the pattern is that of nothing."""
    done = checked.runner.use("merge", working_directory="project", shards="other-*")
    assert done.failed == 4
    assert "**No verdict: name the report of each shard" in done.summary


def test_shards_of_another_commit_are_no_pass(checked: Checked) -> None:
    """All alike, and not what is checked out."""
    fetched(checked, PASSED, head="9" * 40)
    done = checked.runner.use("merge", working_directory="project")
    assert done.failed == BROKEN
    assert f"left no green report of {checked.head}" in done.summary
    assert "GREEN" not in done.summary


def test_a_link_is_no_report(checked: Checked) -> None:
    """It leads to whatever the runner has."""
    first, second = fetched(checked, PASSED)
    moved = first.rename(checked.runner.temporary / "elsewhere.json")
    first.symlink_to(moved)
    assert second.exists()
    done = checked.runner.use("merge", working_directory="project")
    assert done.failed == BROKEN
    assert "shard 1 of 2 is missing" in done.log


def test_the_projects_own_files_do_not_merge(checked: Checked) -> None:
    """A module of the change would be first on the path."""
    (checked.project / "pytest_speedup").mkdir()
    (checked.project / "pytest_speedup" / "__init__.py").write_text("raise SystemExit(0)\n")
    fetched(checked, PASSED | {CELLS[0]: Outcome.REGRESSED})
    assert checked.runner.use("merge", working_directory="project").failed == 1


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["shards", "working_directory", "artifact"])
def test_no_input_runs_a_command(checked: Checked, name: str, text: str) -> None:
    """Each is a word to an action, or a folder that is not there."""
    fetched(checked, PASSED)
    done = checked.runner.use("merge", **{"working_directory": "project", name: text})
    assert list(checked.clone.path.rglob("*owned*")) == []
    assert "secret" not in done.log


def test_the_gate_runs_the_shard_that_it_is_told(checked: Checked) -> None:
    """And takes a report of that part alone for a pass."""
    replace_pytest(checked)
    shard = {"number": 2, "count": 8, "cells": ["a"], "code": {}}
    gate = {"kind": "GREEN", "exit_code": 0}
    cells = [{"verdict": {"red": False}}]
    document = {"commit": checked.head, "gate": gate, "cells": cells, "shard": shard}
    checked.runner.variables["FAKE_DOCUMENT"] = json.dumps(document)
    done = checked.runner.use("gate", working_directory="project", shard="2/8")
    assert "--speedup-shard=2/8" in checked.asked
    assert done.failed == 0, done.log
    assert checked.runner.use("gate", working_directory="project", shard="1/8").failed == BROKEN
    assert checked.runner.use("gate", working_directory="project").failed == BROKEN


@pytest.mark.parametrize("code", [3, 10, 11])
def test_a_shard_that_ends_worse_than_it_wrote_keeps_no_report(checked: Checked, code: int) -> None:
    """It would be merged as green."""
    replace_pytest(checked)
    report = {"gate": {"kind": "GREEN", "exit_code": 0}, "commit": checked.head}
    checked.runner.variables.update(FAKE_CODE=str(code), FAKE_DOCUMENT=json.dumps(report))
    done = checked.runner.use("gate", working_directory="project", shard="2/8")
    assert done.failed == code
    kept = {one.name for one in (checked.runner.temporary / "speedup-report").iterdir()}
    assert kept == {"speedup.md"}
    report["gate"] = {"kind": "UNDECIDED", "exit_code": code}
    checked.runner.variables["FAKE_DOCUMENT"] = json.dumps(report)
    checked.runner.use("gate", working_directory="project", shard="2/8")
    assert (checked.runner.temporary / "speedup-report" / "speedup.json").exists()


def test_a_shard_is_measured_and_merged(checked: Checked) -> None:
    """As GitHub would have it: the one's artifact is what the other fetches."""
    more = f"{QUICK} --speedup-fail=50%"
    done = checked.runner.use("gate", working_directory="project", arguments=more, shard="1/1")
    assert done.failed == 0, done.log
    assert "**shard 1 of 1: green as far as it goes: 1 of 1 cell passed" in done.summary
    (kept,) = done.given_to("actions/upload-artifact")
    shutil.copytree(kept["path"], checked.runner.temporary / "speedup-shards" / "speedup-shard-1")
    merged = checked.runner.use("merge", working_directory="project")
    assert merged.failed == 0, merged.log
    assert "**GREEN: 1 of 1 cell passed" in merged.summary
