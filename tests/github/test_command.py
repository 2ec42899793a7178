"""``python -m pytest_speedup comment``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.__main__ import main
from pytest_speedup.model import MARK

if TYPE_CHECKING:
    from pathlib import Path

    from tests.github.conftest import Fake


@pytest.fixture
def report(tmp_path: Path, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A report, in a workflow's environment."""
    monkeypatch.setenv("GITHUB_API_URL", fake.address)
    monkeypatch.setenv("GITHUB_REPOSITORY", "owner/name")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.delenv("GITHUB_EVENT_PATH", raising=False)
    path = tmp_path / "report.md"
    path.write_text(f"{MARK}\n**GREEN**\n", encoding="utf-8")
    return path


def test_the_command_takes_the_report(
    fake: Fake, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what GitHub sets in a workflow."""
    assert main(["comment", str(report), "--pull-request=7"]) == 0
    assert capsys.readouterr().out == "new\n"
    assert fake.comments[0]["body"] == report.read_text(encoding="utf-8")


def test_the_pull_request_is_that_of_the_event(
    fake: Fake, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When no other is named."""
    event = report.with_name("event.json")
    event.write_text(json.dumps({"pull_request": {"number": 12}}), encoding="utf-8")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    assert main(["comment", str(report)]) == 0
    assert fake.asked[-1] == "POST /repos/owner/name/issues/12/comments"


def test_a_run_of_an_older_head_is_not_commented(
    fake: Fake,
    report: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its figures would replace those of the newer."""
    head = {"owner": {"login": "fork"}, "full_name": "fork/name"}
    run = {"event": "pull_request", "head_repository": head, "head_branch": "b", "head_sha": "1"}
    event = report.with_name("event.json")
    event.write_text(json.dumps({"workflow_run": run}), encoding="utf-8")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    assert main(["comment", str(report)]) == 0
    assert "no comment" in capsys.readouterr().out
    assert fake.asked == ["GET /repos/owner/name/pulls"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("something else", "is no report of --speedup-report=NAME.md"),
        (MARK, "set GITHUB_TOKEN"),
    ],
)
def test_what_is_missing_is_named(
    report: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str | None,
    said: str,
) -> None:
    """Before anybody is asked."""
    monkeypatch.delenv("GITHUB_TOKEN")
    report.unlink()
    if text is not None:
        report.write_text(text, encoding="utf-8")
    assert main(["comment", str(report), "--pull-request=7"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.mark.skipif(sys.platform == "win32", reason="links are for administrators there")
def test_a_report_that_leads_elsewhere_is_refused(
    fake: Fake, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An artifact of somebody else could show a file of the runner."""
    link = report.with_name("link.md")
    link.symlink_to(report)
    assert main(["comment", str(link), "--pull-request=7"]) == 2
    assert "leads elsewhere" in capsys.readouterr().err
    assert fake.asked == []


def test_an_endless_report_is_read_to_a_bound(
    fake: Fake, report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And refused with the number of letters that GitHub takes."""
    with report.open("ab") as file:
        file.truncate(2**32)  # takes no room on most disks
    assert main(["comment", str(report), "--pull-request=7"]) == 2
    assert "GitHub takes 65,536 letters" in capsys.readouterr().err
    assert fake.asked == []
