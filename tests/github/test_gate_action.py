"""The gate's steps, run in a repository that has a base and a pull request."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.model import MARK
from tests.github.project import check_out, pull_request, replace_pytest
from tests.github.steps import ACTIONS, ROOT, needs_bash

if TYPE_CHECKING:
    from tests.github.project import Checked

pytestmark = needs_bash

WORK = """
import time

def pause(seconds):
    time.sleep(seconds)

def work(executor):
    return list(executor.map(pause, [0.02] * 4))

def test_work(speedup):
    speedup(work)
"""
SLOW = WORK.replace("    return", "    time.sleep(0.3 * (executor.name == 'thread'))\n    return")
QUICK = "-pno:cacheprovider -pno:hypothesispytest --speedup-executors=thread --speedup-workers=2"


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    """A pull request, checked by a pytest that keeps its arguments."""
    checked = check_out(tmp_path, WORK, SLOW)
    replace_pytest(checked)
    checked.runner.event_name = "pull_request"
    checked.runner.event = pull_request(checked)
    return checked


@pytest.mark.parametrize(
    ("after", "more", "code", "verdict"),
    [
        (f"{WORK}\n# no change", "--speedup-fail=50%", 0, "GREEN"),
        (SLOW, "--speedup-fail=50%", 1, "RED"),
    ],
)
def test_a_loss_is_red_and_the_same_code_green(
    tmp_path: Path, after: str, more: str, code: int, verdict: str
) -> None:
    """Measured: with the verdict on the run's page, and the reports kept as an artifact."""
    checked = check_out(tmp_path, WORK, after)
    checked.runner.event_name = "pull_request"
    checked.runner.event = pull_request(checked)
    done = checked.runner.use("gate", working_directory="project", arguments=f"{QUICK} {more}")
    assert done.failed == code, done.log
    assert f"comparing with merge-base:{checked.base} ({checked.base[:12]})" in done.log
    assert re.match(f"{MARK}\n\\*\\*{verdict}", done.summary)
    assert done.outputs["exit-code"] == str(code)
    (kept,) = done.given_to("actions/upload-artifact")
    assert kept["name"] == "speedup-report"
    reports = {path.name for path in Path(kept["path"]).iterdir()}
    assert (
        {"speedup.md", "speedup.json"}
        <= reports
        <= {f"speedup.{x}" for x in ("md", "json", "html")}
    )
    assert checked.clone.git("status", "--porcelain", "--untracked-files=no") == ""


def test_a_pull_request_is_compared_with_what_it_was_merged_into(checked: Checked) -> None:
    """GitHub checks out a merge, with a main that may be newer than the event says."""
    checked.clone.git("checkout", "--quiet", "main")
    newer = checked.clone.commit("of others", "other.txt")
    checked.clone.git("checkout", "--quiet", "--detach")
    checked.clone.git("merge", "--quiet", "--no-ff", checked.head, "--message=merge")
    checked.runner.use("gate", working_directory="project")
    assert checked.compared_with == newer


def test_a_head_by_itself_is_compared_with_where_it_left(checked: Checked) -> None:
    """What came to main since is not of the pull request."""
    checked.runner.use("gate", working_directory="project")
    assert checked.compared_with == f"merge-base:{checked.base}"


ZERO = 40 * "0"


@pytest.mark.parametrize(
    ("name", "event", "base", "compared_with"),
    [
        ("push", {"before": "1" * 40, "ref": "refs/heads/main"}, "", "1" * 40),
        ("push", {"before": ZERO, "ref": "refs/heads/new"}, "", "merge-base:origin/main"),
        ("merge_group", {"merge_group": {"base_sha": "2" * 40}}, "", "2" * 40),
        ("workflow_dispatch", {}, "v1.0", "v1.0"),
        ("push", {"before": "1" * 40, "ref": "refs/heads/main"}, "v1.0", "v1.0"),
    ],
)
def test_each_event_has_its_base(
    checked: Checked, name: str, event: dict[str, Any], base: str, compared_with: str
) -> None:
    """And the input goes before all."""
    checked.runner.event_name = name
    checked.runner.event = {"repository": {"default_branch": "main"}, **event}
    done = checked.runner.use("gate", working_directory="project", base=base)
    assert done.failed == 0, done.log
    assert checked.compared_with == compared_with


@pytest.mark.parametrize(
    ("name", "event", "said"),
    [
        ("workflow_dispatch", {}, "give the input 'base'"),
        ("schedule", {}, "give the input 'base'"),
        ("push", {"before": ZERO, "ref": "refs/heads/main"}, "nothing was on main before"),
        ("push", {"before": "--help", "ref": "refs/heads/main"}, "should name a commit in full"),
        ("pull_request_target", {}, "use pull_request"),
    ],
)
def test_an_event_without_a_base_is_refused(
    checked: Checked, name: str, event: dict[str, Any], said: str
) -> None:
    """In one line, before pytest runs: a gate that compares nothing is no pass."""
    checked.runner.event_name = name
    checked.runner.event = {"repository": {"default_branch": "main"}, **event}
    done = checked.runner.use("gate", working_directory="project")
    assert done.failed == 2
    (line,) = done.log.splitlines()
    assert said in line
    assert not (checked.project / "asked.json").exists()


@pytest.mark.parametrize("code", [0, 1, 10, 11])
def test_the_exit_code_is_that_of_pytest(checked: Checked, code: int) -> None:
    """And where pytest wrote no report the page of the run, and the comment, say what it means."""
    checked.runner.variables["FAKE_CODE"] = str(code)
    done = checked.runner.use("gate", working_directory="project")
    assert (done.failed, done.outputs["exit-code"]) == (code, str(code))
    assert f"**No verdict: pytest exited with {code}: " in done.summary
    assert Path(done.outputs["markdown"]).read_text().startswith(MARK)
    assert len(done.given_to("actions/upload-artifact")) == 1


def test_a_process_that_is_killed_is_no_pass(checked: Checked) -> None:
    """A shell would say 137."""
    (checked.project / "pytest.py").write_text("import os, signal; os.kill(os.getpid(), 9)")
    done = checked.runner.use("gate", working_directory="project")
    assert done.failed == 137
    assert "ended from outside" in done.summary


PATIENT = """
import pathlib, signal, sys, time

def end(number, frame):
    pathlib.Path("told").write_text("yes")
    sys.exit(2)

signal.signal(signal.SIGTERM, end)
pathlib.Path("ready").write_text("yes")
while not pathlib.Path("given up").exists():
    time.sleep(0.01)
"""


def test_pytest_is_told_when_the_runner_ends_the_step(checked: Checked) -> None:
    """And waited for: it has a working tree and workers to remove."""
    (checked.project / "pytest.py").write_text(PATIENT)
    environment = {
        **os.environ,
        "GITHUB_WORKSPACE": str(checked.clone.path),
        "RUNNER_TEMP": str(checked.runner.temporary),
        "SPEEDUP_DIRECTORY": "project",
        "SPEEDUP_BASE": checked.base,
    }
    command = [sys.executable, "-I", str(ACTIONS / "run.py"), "gate"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        while not (checked.project / "ready").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(timeout=60) == 2
        finally:
            process.kill()
            (checked.project / "given up").write_text("yes")
    assert (checked.project / "told").exists()


def test_reports_of_an_earlier_step_are_not_shown(checked: Checked) -> None:
    """A second gate in the same job may write none."""
    checked.runner.variables["FAKE_REPORTS"] = f"{MARK}\nfirst"
    checked.runner.use("gate", working_directory="project")
    checked.runner.variables["FAKE_REPORTS"] = ""
    done = checked.runner.use("gate", working_directory="project")
    assert "first" not in done.summary


HOSTILE = (
    "$(touch owned) `touch owned` ${{ github.token }} $IFS{touch,owned} && touch owned > owned",
    "'; touch owned; '",
    '"; touch owned\n touch owned; "',
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", ["arguments", "base", "working_directory", "artifact"])
def test_no_input_runs_a_command(checked: Checked, name: str, text: str) -> None:
    """Each is a word to pytest, to git or to nobody."""
    inputs = {"working_directory": "project", name: text}
    done = checked.runner.use("gate", **inputs)
    assert list(checked.clone.path.rglob("*owned*")) == []
    assert "secret" not in done.log
    if name == "base":
        assert checked.compared_with == text


def test_a_branch_runs_no_command(checked: Checked) -> None:
    """However it is called."""
    hostile = "$(touch${IFS}owned);`touch${IFS}owned`"
    checked.runner.event = pull_request(
        checked, head={"sha": checked.head, "ref": hostile}, title=hostile
    )
    done = checked.runner.use("gate", working_directory="project")
    assert done.failed == 0, done.log
    checked.runner.event_name = "push"
    repository = {"default_branch": hostile}
    checked.runner.event = {"before": ZERO, "ref": "refs/heads/x", "repository": repository}
    checked.runner.use("gate", working_directory="project")
    assert checked.compared_with == f"merge-base:origin/{hostile}"
    assert list(checked.clone.path.rglob("*owned*")) == []


def test_arguments_are_words_as_in_a_shell(checked: Checked) -> None:
    """Quotes hold a word together; nothing else is special."""
    checked.runner.use(
        "gate", working_directory="project", arguments="-k 'a or b' tests/*.py \"$HOME\" ~ $(x)"
    )
    assert checked.asked[3:] == ["-k", "a or b", "tests/*.py", "$HOME", "~", "$(x)"]


def test_a_quotation_without_an_end_is_refused(checked: Checked) -> None:
    """In one line."""
    done = checked.runner.use("gate", working_directory="project", arguments="-k 'a")
    assert done.failed == 2
    (line,) = done.log.splitlines()
    assert "No closing quotation" in line


@pytest.mark.parametrize(
    "folder", ["..", "/", "project/../..", "nowhere", "link", "project/test_work.py"]
)
def test_the_folder_is_one_of_the_repository(checked: Checked, folder: str) -> None:
    """Reached by no way out of it."""
    (checked.clone.path / "link").symlink_to(checked.clone.path.parent)
    done = checked.runner.use("gate", working_directory=folder)
    assert done.failed == 2
    (line,) = done.log.splitlines()
    assert "working-directory is a folder of the repository" in line


def test_the_log_of_arguments_gives_the_runner_no_command(checked: Checked) -> None:
    """A line that begins with two colons would be one."""
    done = checked.runner.use(
        "gate", working_directory="project", arguments="'a\n::add-path::/tmp'"
    )
    assert not re.search("^::", done.log, re.MULTILINE)


@pytest.mark.skipif(
    not (ROOT / "pytest_speedup").is_dir(), reason="actions come with the package beside them"
)
def test_an_absent_plugin_is_named_with_the_command_that_brings_it(
    checked: Checked, tmp_path: Path
) -> None:
    """In one line."""
    venv.create(tmp_path / "bare", with_pip=False)
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    python = tmp_path / "bare" / scripts / "python"
    done = checked.runner.use("gate", working_directory="project", python=str(python))
    assert done.failed == 2
    (line,) = done.log.splitlines()
    assert line.startswith("pytest-speedup is not installed")
    assert line.endswith("python -m pip install pytest-speedup")
    assert done.given_to("actions/upload-artifact") == []


def test_without_a_name_no_artifact_is_kept(checked: Checked) -> None:
    """The report is on the page of the run all the same."""
    done = checked.runner.use("gate", working_directory="project", artifact="")
    assert done.summary
    assert done.used == []
