"""What makes pytest's exit code 0 a pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from speedup_actions.vouching import ONLY_MEASURED, ask_git, doubt, ends_otherwise

from pytest_speedup.model import Kind
from tests.github.project import Checked, check_out, pull_request, replace_pytest
from tests.github.steps import needs_bash

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "1" * 40


def report(path: Path, **changes: Any) -> Path:  # noqa: ANN401 - JSON
    gate = {"kind": "GREEN", "exit_code": 0, **changes.pop("gate", {})}
    file = path / "speedup.json"
    cells = [{"measurement": None, "verdict": {"red": False}}]
    file.write_text(json.dumps({"commit": COMMIT, "gate": gate, "cells": cells, **changes}))
    return file


@pytest.mark.parametrize("kind", ["GREEN", "NEW"])
def test_a_green_report_of_the_commit_vouches(tmp_path: Path, kind: str) -> None:
    """And one of cells that are all new, as those of the pull request that brings them."""
    assert doubt(report(tmp_path, gate={"kind": kind}), COMMIT) == ""


@pytest.mark.parametrize(
    "kind", [kind.value for kind in Kind if kind not in (Kind.GREEN, Kind.NEW)]
)
def test_no_other_kind_does(tmp_path: Path, kind: str) -> None:
    """Among them what was measured and compared with nothing."""
    said = doubt(report(tmp_path, gate={"kind": kind}), COMMIT)
    assert said == f"pytest exited with 0 and left no green report of {COMMIT}"


@pytest.mark.parametrize(
    "changes",
    [
        {"commit": "2" * 40},
        {"commit": None},
        {"gate": {"exit_code": 1}},
        {"gate": {"exit_code": None}},
        {"gate": {"exit_code": False}},
        {"gate": {"kind": ["GREEN"]}},
        {"cells": []},
        {"cells": None},
        {"cells": [{"measurement": None, "verdict": None}, 1]},
    ],
)
def test_neither_does_a_report_of_something_else(tmp_path: Path, changes: dict[str, Any]) -> None:
    """Of another commit, or of a run that ended otherwise."""
    assert doubt(report(tmp_path, **changes), COMMIT)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"gate": 1}', '"GREEN"', None])
def test_neither_does_what_is_no_report(tmp_path: Path, text: str | None) -> None:
    """Or nothing at all."""
    file = tmp_path / "speedup.json"
    if text is not None:
        file.write_text(text)
    assert doubt(file, COMMIT)


def test_nothing_vouches_for_a_commit_that_nobody_knows(tmp_path: Path) -> None:
    """A report outside of a repository has none either, which is no match."""
    assert ask_git(tmp_path, "rev-parse", "HEAD") == ""
    assert "git cannot say" in doubt(report(tmp_path, commit=None), "")


def test_a_beginning_may_be_measured_only(tmp_path: Path) -> None:
    """Where that is what was asked."""
    assert doubt(report(tmp_path, gate={"kind": "MEASURED"}), COMMIT, ONLY_MEASURED) == ""


SHARD = {"number": 2, "count": 8, "cells": ["a"], "code": {}}
IDLE: dict[str, Any] = {
    "shard": SHARD | {"cells": []},
    "cells": [],
    "gate": {"kind": "MEASURED", "compared": True},
}


def test_a_shard_vouches_for_itself_alone(tmp_path: Path) -> None:
    """A part of a suite is no pass of a gate that was not asked for one, nor another part."""
    of_shard = report(tmp_path, shard=SHARD)
    assert doubt(of_shard, COMMIT, shard="2/8") == ""
    for asked in ("", "1/8", "2/4", "x"):
        assert doubt(of_shard, COMMIT, shard=asked)
    assert doubt(report(tmp_path), COMMIT, shard="2/8")
    assert doubt(report(tmp_path, shard=[]), COMMIT)


def test_a_shard_for_which_no_workload_is_left_passes(tmp_path: Path) -> None:
    """Where it was asked for, and knew what it would have compared."""
    assert doubt(report(tmp_path, **IDLE), COMMIT, shard="2/8") == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"shard": None},
        {"shard": SHARD},
        {"shard": IDLE["shard"] | {"number": 1}},
        {"shard": IDLE["shard"] | {"code": None}},
        {"cells": [{"verdict": None}]},
        {"gate": {"kind": "MEASURED", "compared": False}},
        {"gate": {"kind": "UNDECIDED", "compared": True}},
        {"gate": {"kind": "MEASURED", "compared": True, "exit_code": 10}},
    ],
)
def test_nothing_else_that_measured_nothing_does(tmp_path: Path, changes: dict[str, Any]) -> None:
    """It would have had cells, or did not come to that."""
    number = (changes.get("shard") or SHARD)["number"]
    assert doubt(report(tmp_path, **{**IDLE, **changes}), COMMIT, shard=f"{number}/8")


def test_a_report_may_say_better_than_the_run_ended(tmp_path: Path) -> None:
    """As where something failed after it was written."""
    assert not ends_otherwise(report(tmp_path), 0)
    assert ends_otherwise(report(tmp_path), 11)
    assert ends_otherwise(tmp_path / "none.json", 0)


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """A pull request whose test is not worth measuring."""
    checked = check_out(tmp_path, "# before", "def test_nothing():\n    pass\n")
    checked.runner.event_name = "pull_request"
    checked.runner.event = pull_request(checked)
    return checked


@needs_bash
@pytest.mark.parametrize(
    "arguments",
    ["--co", "--help", "--version", "--markers", "--speedup-plan", "-pno:terminal"],
)
@pytest.mark.parametrize("action", ["gate", "nightly"])
def test_what_measures_nothing_is_no_pass(checked: Checked, action: str, arguments: str) -> None:
    """With pytest itself, which exits with 0; the line stands in the log and on the page."""
    if arguments == "-pno:terminal":
        # Of the process itself: Python's own way out is watched.
        end = "ctypes.CDLL(None)._exit(0)"
        ending = f"import ctypes\n\ndef pytest_sessionstart():\n    {end}\n"
        (checked.project / "conftest.py").write_text(ending)
    more = f"-pno:cacheprovider -pno:hypothesispytest {arguments}"
    inputs = {"begin": "true"} if action == "nightly" else {}
    done = checked.runner.use(action, working_directory="project", arguments=more, **inputs)
    why = f"pytest exited with 0 and left no green report of {checked.head}"
    assert (done.failed, done.outputs["exit-code"]) == (11, "11"), done.log
    assert why in done.log.splitlines()
    assert f"**No verdict: {why}**" in done.summary


@needs_bash
@pytest.mark.parametrize(("action", "code"), [("gate", 10), ("nightly", 11)])
def test_a_list_of_fixtures_is_no_pass(checked: Checked, action: str, code: int) -> None:
    """It collects tests: a gate that was asked for has judged none of them."""
    inputs = {"begin": "true"} if action == "nightly" else {}
    options = "-pno:cacheprovider -pno:hypothesispytest --fixtures"
    done = checked.runner.use(action, working_directory="project", arguments=options, **inputs)
    assert (done.failed, done.outputs["exit-code"]) == (code, str(code)), done.log


@needs_bash
@pytest.mark.parametrize("action", ["gate", "nightly"])
@pytest.mark.parametrize(
    "variables",
    [
        {"FAKE_COMMIT": "2" * 40},
        {"FAKE_KIND": "UNDECIDED"},
        {"FAKE_DOCUMENT": "{}"},
    ],
)
def test_an_action_looks_into_the_report(
    checked: Checked, action: str, variables: dict[str, str]
) -> None:
    """Whatever its page says."""
    replace_pytest(checked)
    checked.runner.variables.update(variables, FAKE_REPORTS="**GREEN**")
    done = checked.runner.use(action, working_directory="project")
    assert done.failed == 11
    assert "GREEN" not in done.summary


@needs_bash
def test_a_test_that_commits_does_not_choose_the_commit(checked: Checked) -> None:
    """What was checked out when pytest began counts."""
    replace_pytest(checked)
    fake = (checked.project / "pytest.py").read_text()
    commit = 'subprocess.check_call(["git", "commit", "--quiet", "--allow-empty", "-mx"])'
    (checked.project / "pytest.py").write_text(
        fake.replace("    code =", f"    {commit}\n    code =")
    )
    assert checked.runner.use("gate", working_directory="project").failed == 11
