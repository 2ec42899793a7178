from __future__ import annotations

import errno
import json
import os
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_speedup.gate import NOT_GREEN
from tests.functional.project import change, speedup_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.functional.project import Project


def truncate(path: Path) -> None:
    path.write_text(path.read_text()[:-200])


def empty(path: Path) -> None:
    path.write_text("")


def foreign(path: Path) -> None:
    path.write_text('{"results": []}')


def not_a_number(path: Path) -> None:
    def alter(document: dict[str, Any]) -> None:
        speedup_of(document)["readings"]["speedup"][0] = float("nan")

    change(path, alter)


def older(path: Path) -> None:
    def alter(document: dict[str, Any]) -> None:
        speedup_of(document)["version"] = 0

    change(path, alter)


def unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "damage", [truncate, empty, foreign, not_a_number, older, unreadable], ids=lambda f: f.__name__
)
def test_a_damaged_baseline_stops_the_gate(
    project: Project, damage: Callable[[Path], None]
) -> None:
    """One line that names the file, before anything is measured, and an exit code of its own."""
    path = project.save()
    damage(path)
    result = project.gate()
    assert result.ret == NOT_GREEN
    lines = [line for line in [*result.outlines, *result.errlines] if str(path) in line]
    assert len(lines) == 1
    assert "Traceback" not in str(result.stdout) + str(result.stderr)


def test_a_storage_that_is_no_folder_is_named(project: Project) -> None:
    """What was measured is shown; that it was not saved is an error."""
    (project.path / ".benchmarks").write_text("not a folder")
    result = project.run("--benchmark-autosave")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["*.benchmarks*could not be saved: *; nothing was changed"])
    assert "Traceback" not in str(result.stdout) + str(result.stderr)


def full_disk(_descriptor: int) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_loses_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """No half-written file, and the older one as it was."""
    first = project.save()
    content = first.read_text()
    monkeypatch.setattr(os, "fsync", full_disk)
    result = project.run("--benchmark-autosave", "--benchmark-json=run.json")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["*No space left on device*"])
    assert first.read_text() == content
    assert list(first.parent.iterdir()) == [first]
    assert not (project.path / "run.json").exists()


INTERRUPTED_SAVE = """
import os

def interrupt(descriptor):
    raise KeyboardInterrupt

os.fsync = interrupt
"""


def test_ctrl_c_during_save_loses_nothing(project: Project) -> None:
    """The file is there whole or not at all."""
    first = project.save()
    project.pytester.makeconftest(INTERRUPTED_SAVE)
    result = project.run_apart("--benchmark-autosave")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*.benchmarks*: the save was interrupted; nothing was changed"])
    assert "Traceback" not in str(result.stdout) + str(result.stderr)
    assert list(first.parent.iterdir()) == [first]
    json.loads(first.read_text())


WATCHED = """
kept_out = []

def test_work(speedup, benchmark):
    def work(executor):
        kept_out.append(benchmark.has_error)
        return list(executor.map(abs, [1]))

    speedup(work)
    assert kept_out
    assert all(kept_out)
    assert not benchmark.has_error
"""


def test_a_cell_is_kept_out_of_saved_runs_until_it_is_whole(project: Project) -> None:
    """Ctrl-C may come at any time, and once more while the first one is handled."""
    (project.path / "test_work.py").write_text(WATCHED)
    project.run("--benchmark-only", "--benchmark-max-time=0.05").assert_outcomes(passed=1)
