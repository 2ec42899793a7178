from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.recording import executor_of, read_recording, write_run
from pytest_speedup.errors import SpeedupError
from tests.lab.prepared import make_run

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """To the digits that are kept of a duration."""
    path = tmp_path / "recording.jsonl"
    runs = [make_run(0.5), make_run(0.25)]
    path.write_text("".join(f"{write_run(run)}\n" for run in runs))
    assert read_recording(path) == runs


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"fetch thread-2": ["wait", "nonsense"]}', '{"fetch thread-2": ["tea"]}'],
    ids=["empty", "cut off", "no run", "no rounds", "no bound"],
)
def test_a_damaged_recording_is_named(tmp_path: Path, text: str) -> None:
    """In one line, with what to do."""
    path = tmp_path / "recording.jsonl"
    path.write_text(text)
    with pytest.raises(SpeedupError, match=r"recording\.jsonl .*: record it anew$"):
        read_recording(path)


def test_runs_of_other_cells_are_refused(tmp_path: Path) -> None:
    """They cannot be saved runs of each other."""
    path = tmp_path / "recording.jsonl"
    other = {"other thread-2": make_run()["fetch thread-2"]}
    path.write_text(f"{write_run(make_run())}\n{write_run(other)}\n")
    with pytest.raises(SpeedupError, match="all of the same cells"):
        read_recording(path)


def test_a_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The default one comes with a clone only."""
    with pytest.raises(SpeedupError, match=r"none\.jsonl cannot be read: .*clone"):
        read_recording(tmp_path / "none.jsonl")


def test_a_cell_names_its_executor() -> None:
    """Whatever the worker count."""
    assert executor_of("primes process-16") == "process"
