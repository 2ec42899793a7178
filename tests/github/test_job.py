"""What a step is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from speedup_actions.job import MAX_SUMMARY_BYTES, Job

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("text", [None, "", "{", "\xff"])
def test_an_event_that_cannot_be_read_is_refused(tmp_path: Path, text: str | None) -> None:
    """With where it should be."""
    path = tmp_path / "event.json"
    if text is not None:
        path.write_text(text, encoding="latin-1")
    with pytest.raises(SpeedupError, match=r"GITHUB_EVENT_PATH is the payload .*event\.json"):
        _ = Job({"GITHUB_EVENT_PATH": str(path)}).event


def test_an_event_is_read(tmp_path: Path) -> None:
    """As GitHub wrote it."""
    path = tmp_path / "event.json"
    path.write_text(json.dumps({"ref": "ä"}), encoding="utf-8")
    assert Job({"GITHUB_EVENT_PATH": str(path)}).event == {"ref": "ä"}


def test_a_summary_stays_below_the_limit(tmp_path: Path) -> None:
    """GitHub drops a longer one as a whole; a letter is not cut in two."""
    path = tmp_path / "summary.md"
    job = Job({"GITHUB_STEP_SUMMARY": str(path)})
    job.summarize("é" * MAX_SUMMARY_BYTES)
    job.summarize("second")
    text = path.read_bytes().decode()
    assert len(text.encode()) <= MAX_SUMMARY_BYTES + len("second") + 2
    assert text.endswith("é\nsecond\n")


def test_outside_of_github_there_is_no_page() -> None:
    """And nothing is written."""
    Job({}).summarize("text")
    Job({}).output("name", 1)
