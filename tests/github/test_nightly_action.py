"""The nightly steps, night after night."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_speedup.model import MARK
from tests.github.project import Checked, check_out, replace_pytest
from tests.github.steps import needs_bash

pytestmark = needs_bash

WORK = """
import time

def work(executor):
    return list(executor.map(time.sleep, [0.02] * 4))

def test_work(speedup):
    speedup(work)
"""
REPORT = f"{MARK}\n**GREEN**"


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """A project, measured by a pytest that keeps its arguments and saves a run."""
    checked = check_out(tmp_path, "# before", "# later")
    replace_pytest(checked)
    checked.runner.variables.update(FAKE_SAVES="yes", FAKE_REPORTS=REPORT)
    return checked


def test_the_first_night_is_saved_but_no_pass(checked: Checked) -> None:
    """Nothing was compared: the code says so, and the next night is a comparison."""
    first = checked.runner.use("nightly", working_directory="project")
    assert first.failed == 10
    assert "If it is not the first, the baseline was lost" in first.summary
    assert not [one for one in checked.asked if "compare" in one or "fail" in one]
    assert "--benchmark-autosave" in checked.asked
    second = checked.runner.use("nightly", working_directory="project")
    assert second.failed == 0
    at = checked.asked.index("--benchmark-compare")
    assert checked.asked[at + 1] == "--speedup-fail=10%"
    assert "Nothing was saved before" not in second.summary


def test_a_beginning_that_was_asked_for_is_a_pass(checked: Checked) -> None:
    """The one time that somebody said so."""
    assert checked.runner.use("nightly", working_directory="project", begin="true").failed == 0


@pytest.mark.parametrize(("nights", "code"), [(0, 1), (1, 1), (1, 10)])
def test_a_failure_is_told_as_it_is(checked: Checked, nights: int, code: int) -> None:
    """A missing cell is red on every night, also on one that begins."""
    for _ in range(nights):
        checked.runner.use("nightly", working_directory="project")
    checked.runner.variables["FAKE_CODE"] = str(code)
    done = checked.runner.use("nightly", working_directory="project", begin="true")
    assert (done.failed, done.outputs["exit-code"]) == (code, str(code))


@pytest.mark.parametrize("code", ["0", "1", "10"])
def test_what_was_saved_is_kept(checked: Checked, code: str) -> None:
    """On red nights as well: red cells are not among it."""
    checked.runner.variables["FAKE_CODE"] = code
    done = checked.runner.use("nightly", working_directory="project")
    (restored,) = done.given_to("actions/cache/restore")
    (saved,) = done.given_to("actions/cache/save")
    assert restored["path"] == saved["path"] == "project/.benchmarks"
    assert restored["key"] == saved["key"]
    assert saved["key"].startswith(restored["restore-keys"])
    uploads = {one["name"]: Path(one["path"]) for one in done.given_to("actions/upload-artifact")}
    assert list((checked.clone.path / uploads["speedup-baseline"]).rglob("*.json"))
    assert (uploads["speedup-nightly"] / "speedup.md").read_text() == REPORT


def test_a_night_that_could_not_begin_keeps_nothing(checked: Checked) -> None:
    """It would be kept in place of what there was."""
    done = checked.runner.use("nightly", working_directory="project", arguments="'")
    assert done.failed == 2
    assert done.given_to("actions/cache/save") == []


def test_the_history_is_shown(checked: Checked) -> None:
    """Or why there is none, as with this file that pytest-benchmark did not write."""
    done = checked.runner.use("nightly", working_directory="project")
    assert done.summary.startswith(REPORT)
    assert "```\n" in done.summary
    assert "0001_a.json" in done.summary


@pytest.mark.parametrize("name", ["arguments", "fail", "working_directory", "begin", "baseline"])
def test_no_input_runs_a_command(checked: Checked, name: str) -> None:
    """Each is a word."""
    hostile = "$(touch owned) `touch owned` '; touch owned; ' \"; touch owned; \""
    inputs = {"working_directory": "project", name: hostile}
    checked.runner.use("nightly", **inputs)
    assert list(checked.clone.path.rglob("*owned*")) == []


def test_a_cell_that_is_missing_on_the_second_night_is_red(tmp_path: Path) -> None:
    """Measured: with pytest itself, which says how many there are."""
    checked = check_out(tmp_path, WORK, f"{WORK}# later")
    options = "-pno:cacheprovider -pno:hypothesispytest --speedup-executors=thread"
    inputs = {
        "working_directory": "project",
        "arguments": f"{options} --speedup-workers=2 --speedup-budget=0 --benchmark-max-time=0.1",
    }
    first = checked.runner.use("nightly", **inputs, begin="true")
    assert first.failed == 0, first.log
    renamed = WORK.replace("test_work", "test_renamed")
    (checked.project / "test_work.py").write_text(renamed, encoding="utf-8")
    done = checked.runner.use("nightly", **inputs)
    assert done.failed == 10, done.log
    assert "speedup gate: 1 new, 1 missing\n" in done.log
    assert len(list((checked.project / ".benchmarks").rglob("*.json"))) == 2
    assert "thread-2" in done.summary.partition("```")[2], "the history names the cell"
