"""The comment's steps, against a server that keeps comments as GitHub does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.model import MARK
from tests.github.steps import Runner, needs_bash

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github.conftest import Fake

pytestmark = needs_bash

SHA = "a" * 40
BRANCH = "topic$(touch owned)&state=closed"


def head_of(owner: str, sha: str = SHA) -> dict[str, Any]:
    """The head of a pull request, as GitHub lists it."""
    repo = {"full_name": f"{owner}/name"}
    return {"label": f"{owner}:{BRANCH}", "sha": sha, "repo": repo}


@pytest.fixture
def runner(tmp_path: Path, fake: Fake) -> Runner:
    """After a run for a pull request from a fork, whose artifact was fetched."""
    fake.pulls = [{"number": 7, "state": "open", "head": head_of("fork")}]
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    report = tmp_path / "temporary" / "speedup-comment" / "speedup.md"
    report.parent.mkdir(parents=True)
    report.write_text(f"{MARK}\n**GREEN**\n", encoding="utf-8")
    owner = {"login": "fork"}
    run = {
        "id": 99,
        "event": "pull_request",
        "head_sha": SHA,
        "head_branch": BRANCH,
        "head_repository": {"full_name": "fork/name", "owner": owner},
        "pull_requests": [],  # as it is for a fork
    }
    variables = {"GITHUB_API_URL": fake.address, "GITHUB_REPOSITORY": "owner/name"}
    return Runner(
        workspace, tmp_path / "temporary", "workflow_run", {"workflow_run": run}, variables
    )


def test_the_report_of_a_fork_is_written_on_its_pull_request(fake: Fake, runner: Runner) -> None:
    """Which GitHub names, for its artifact could name any."""
    done = runner.use("comment")
    assert done.failed == 0, done.log
    (fetched,) = done.given_to("actions/download-artifact")
    assert fetched["run-id"] == "99"
    assert fetched["name"] == "speedup-report"
    assert fake.asked[0] == "GET /repos/owner/name/pulls"
    assert fake.asked[-1] == "POST /repos/owner/name/issues/7/comments"
    assert runner.use("comment").failed == 0
    assert len(fake.comments) == 1
    assert list(runner.workspace.iterdir()) == []


@pytest.mark.parametrize(
    "pull",
    [
        {"number": 7, "state": "open", "head": head_of("fork", "b" * 40)},
        {"number": 7, "state": "open", "head": head_of("other")},
        {"number": 7, "state": "closed", "head": head_of("fork")},
        {"number": 7, "state": "open", "head": {**head_of("fork"), "repo": None}},
    ],
)
def test_other_pull_requests_are_left_alone(
    fake: Fake, runner: Runner, pull: dict[str, Any]
) -> None:
    """Those of other commits, of other forks, and closed ones."""
    fake.pulls = [pull]
    done = runner.use("comment")
    assert done.failed == 0
    assert "no comment" in done.log
    assert fake.comments == []


def test_of_two_pull_requests_none_is_guessed(fake: Fake, runner: Runner) -> None:
    """One branch may be wanted in two."""
    fake.pulls = [{"number": n, "state": "open", "head": head_of("fork")} for n in (7, 8)]
    done = runner.use("comment")
    assert done.failed == 2
    assert "any of the pull requests 7, 8" in done.log
    assert fake.comments == []


def test_the_run_of_a_push_has_no_pull_request(fake: Fake, runner: Runner) -> None:
    """The workflow asks first; so does the action."""
    runner.event["workflow_run"]["event"] = "push"
    done = runner.use("comment")
    assert done.failed == 2
    assert "about no pull request" in done.log
    assert fake.asked == []


HOSTILE = f"""{MARK}
@everybody owner/name#1 #2 GH-3 https://evil.example www.evil.example
[click](https://evil.example) ![picture](//evil.example/x.png) [a][b]
[b]: //evil.example
<img src=x> <a href=//evil.example>x</a> <script>x</script> <details open> <!-- hidden
&#64;everybody &commat;everybody &#x40;everybody
"""


def test_what_a_fork_wrote_calls_nobody_and_leads_nowhere(fake: Fake, runner: Runner) -> None:
    """It appears in the robot's name, and is shown as letters."""
    (runner.temporary / "speedup-comment" / "speedup.md").write_text(HOSTILE, encoding="utf-8")
    assert runner.use("comment").failed == 0
    assert (
        fake.comments[0]["body"]
        == f"""{MARK}
@<!-- -->everybody owner/name#<!-- -->1 #<!-- -->2 GH<!-- -->-3 https:<!-- -->//evil.example \
www<!-- -->.evil.example
[click]<!-- -->(https:<!-- -->//evil.example) ![picture]<!-- -->(//evil.example/x.png) \
[a]<!-- -->[b]
[b]<!-- -->: //evil.example
&lt;img src=x> &lt;a href=//evil.example>x&lt;/a> &lt;script>x&lt;/script> &lt;details open> \
&lt;!-- hidden
&amp;#<!-- -->64;everybody &amp;commat;everybody &amp;#<!-- -->x40;everybody
"""
    )


@pytest.mark.parametrize("name", ["author", "report", "artifact"])
@pytest.mark.parametrize(
    "text", ["$(touch owned) `touch owned` '; touch owned; ' \"; touch owned; \"", "--api=x"]
)
def test_no_input_runs_a_command(runner: Runner, name: str, text: str) -> None:
    """Nor is one an option."""
    done = runner.use("comment", **{name: text})
    assert list(runner.workspace.iterdir()) == []
    assert "unrecognized" not in done.log
    assert "Traceback" not in done.log


def test_code_in_the_workspace_is_not_run(fake: Fake, runner: Runner) -> None:
    """Should somebody check a fork out there, its modules are none of the comment's."""
    for name in ("json.py", "argparse.py", "sitecustomize.py", "pytest_speedup.py"):
        (runner.workspace / name).write_text("open('owned', 'w')\n", encoding="utf-8")
    runner.variables["PYTHONPATH"] = str(runner.workspace)
    assert runner.use("comment").failed == 0
    assert not (runner.workspace / "owned").exists()
    assert len(fake.comments) == 1


def test_in_the_gates_own_job_the_event_names_the_pull_request(fake: Fake, runner: Runner) -> None:
    """For a repository without forks one workflow is enough."""
    runner.event = {"pull_request": {"number": 12}}
    report = runner.workspace / "speedup.md"
    report.write_text(MARK, encoding="utf-8")
    done = runner.use("comment", report=str(report))
    assert done.failed == 0, done.log
    assert done.used == []
    assert fake.asked[-1] == "POST /repos/owner/name/issues/12/comments"
