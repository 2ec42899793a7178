"""Runs as they are on Windows and macOS, as far as that can be simulated elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.functional.project import ALWAYS, speedup_of
from tests.posix import posix_only

if TYPE_CHECKING:
    from tests.functional.project import Project

HERE = Path(__file__).parent

POOR = """
import multiprocessing
import os
import pathlib
import time

def look(_task):
    time.sleep(0.03)
    assert not pathlib.Path("/proc/self").joinpath("stat").is_file() or unreadable()
    return [hasattr(os, name) for name in ("fork", "killpg", "sched_getaffinity")]

def unreadable():
    try:
        open("/proc/self/stat")
    except FileNotFoundError:
        return True

def work(executor):
    return list(executor.map(look, range(8)))

def test_work(speedup):
    assert multiprocessing.get_all_start_methods() == ["spawn"]
    assert speedup(work) == [[False] * 3] * 8
"""

EXECUTORS = "--speedup-executors=serial,thread,process"


@pytest.fixture
def spawn_only(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project on a Python that can only spawn, and a system that tells nothing of itself."""
    folder = project.path / "python"
    folder.mkdir()
    shutil.copy(HERE / "spawn_only.py", folder / "sitecustomize.py")
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    monkeypatch.setenv("PYTHONPATH", path)
    project.pytester.makepyfile(test_work=POOR)
    return project


@posix_only
def test_the_gate_works_where_processes_can_only_be_spawned(spawn_only: Project) -> None:
    """Measured, saved and judged; what nobody tells is left out, and said to be."""
    saved = spawn_only.run_apart(EXECUTORS, "--benchmark-only", "--benchmark-save=base")
    saved.assert_outcomes(passed=3)
    (path,) = spawn_only.saved()
    document = json.loads(path.read_text(encoding="utf-8"))
    cpus = document["machine_info"]["speedup"]["cpus"]
    assert cpus == {
        "logical": cpus["logical"],
        "affinity": None,
        "cgroup_quota": None,
        "effective": cpus["logical"],
    }
    gate = ["--benchmark-compare", "--speedup-fail=99%", "--speedup-explain=all"]
    judged = spawn_only.run_apart(EXECUTORS, "--benchmark-only", *gate)
    judged.assert_outcomes(passed=3)
    judged.stdout.fnmatch_lines(["*spawn; GIL *", "  core wait * not told by this system; *"])
    assert judged.ret == 0


@posix_only
@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_start_methods_that_are_not_there_are_refused(spawn_only: Project, method: str) -> None:
    """In a line that names what there is."""
    result = spawn_only.run_apart(f"--speedup-start-method={method}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    reason = f"start method '{method}' does not exist on this platform; choose one of spawn"
    result.stderr.fnmatch_lines([f"*--speedup-start-method: {reason}"])
    result.stderr.no_fnmatch_line("*Traceback*")


STRICT = """
import warnings

warnings.filterwarnings("error", category=EncodingWarning, module=r"pytest_speedup(\\.|$)")
"""


@pytest.fixture
def narrow(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project on a console that has few letters, where each guess at an encoding is an error."""
    folder = project.path / "python"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(STRICT, encoding="utf-8")
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("PYTHONWARNDEFAULTENCODING", "1")
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    project.pytester.makeini("[pytest]\nfilterwarnings = error::EncodingWarning:pytest_speedup.*\n")
    project.rest()
    text = (project.path / "test_work.py").read_text(encoding="utf-8")
    text = text.replace("test_work", "test_größe_ж")  # the last is not in cp1252
    (project.path / "test_work.py").write_text(text, encoding="utf-8")
    return project


def run_in(project: Project, *arguments: str) -> bytes:
    """Run a module of Python in a project, and return what it prints, which is no UTF-8."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=project.path, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert b"Traceback" not in done.stdout + done.stderr
    return done.stdout


def test_files_are_utf8_whatever_the_console_is(narrow: Project) -> None:
    """Saved runs, baselines and reports; the console shows what it can."""
    options = ["pytest", *ALWAYS, "--benchmark-only"]
    run_in(narrow, *options, "--benchmark-save=base")
    (path,) = narrow.saved()
    info = speedup_of(json.loads(path.read_text(encoding="utf-8")))
    assert "größe_ж" in json.dumps(info, ensure_ascii=False)
    reports = "--speedup-report=speedup.md,speedup.json,speedup.html"
    gate = ["--benchmark-compare", "--speedup-fail=99%", "--speedup-explain=all"]
    shown = run_in(narrow, *options, *gate, reports)
    assert "\ngröße_? (waiting".encode("cp1252") in shown.replace(b"\r", b"")
    page, document = (narrow.path / f"speedup.{suffix}" for suffix in ("html", "json"))
    assert "größe_ж" in page.read_text(encoding="utf-8")
    written = json.loads(document.read_text(encoding="utf-8"))
    assert "größe_ж" in json.dumps(written, ensure_ascii=False)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("cp1252", "größe_?".encode("cp1252")),
        ("cp437", "größe_?".encode("cp437")),
        ("ascii", b"gr??e_?"),
    ],
)
def test_a_console_shows_what_it_can(
    project: Project, monkeypatch: pytest.MonkeyPatch, encoding: str, shown: bytes
) -> None:
    """No letter that is not there ends the command; JSON has all of them."""
    project.replace("test_work", "test_größe_ж")
    project.run("--benchmark-only", "--benchmark-autosave").assert_outcomes(passed=1)
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    monkeypatch.setenv("PYTHONUTF8", "0")
    assert shown in run_in(project, "pytest_speedup", "history")
    document = json.loads(run_in(project, "pytest_speedup", "history", "--json"))
    assert "größe_ж" in json.dumps(document, ensure_ascii=False)
