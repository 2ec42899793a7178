"""The one job that a branch's protection asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.github.steps import WORKFLOWS, Runner, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

JOBS = read_yaml(WORKFLOWS / "ci.yml")["jobs"]
NEEDED = JOBS["required"]["needs"]


def required(path: Path, event_name: str, **results: str) -> int:
    """Run the job after others that ended so, and the rest well."""
    ended = {name: {"result": results.get(name, "success"), "outputs": {}} for name in NEEDED}
    runner = Runner(path, path / "temporary", event_name, contexts={"needs": ended})
    return runner.run_job("ci.yml", "required").failed


def test_it_needs_all_others_and_always_runs() -> None:
    """A job that is skipped counts as passed for GitHub."""
    assert {*NEEDED} == {*JOBS} - {"required"}
    assert JOBS["required"]["if"] == "${{ always() }}"
    assert JOBS["required"]["name"] == "Required"


@pytest.mark.parametrize("event_name", ["pull_request", "push", "merge_group"])
def test_it_passes_when_all_passed(tmp_path: Path, event_name: str) -> None:
    """Whatever the event."""
    assert required(tmp_path, event_name) == 0


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("result", ["failure", "cancelled", "skipped"])
def test_it_fails_with_any_of_them(tmp_path: Path, name: str, result: str) -> None:
    """Also for one that did not run."""
    assert required(tmp_path, "pull_request", **{name: result}) == 1


def test_a_push_has_no_gate(tmp_path: Path) -> None:
    """It is skipped there, and nothing else is."""
    assert "github.event_name != 'push'" in JOBS["gate"]["if"]
    assert required(tmp_path, "push", gate="skipped") == 0
    assert required(tmp_path, "push", gate="failure") == 1
    assert required(tmp_path, "push", tests="skipped") == 1
