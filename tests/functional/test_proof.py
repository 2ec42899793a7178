"""What a side loads is its own, or nothing is judged: through pytest, with real processes."""

from __future__ import annotations

import json
import os
import py_compile
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import BROKEN, NOT_GREEN
from tests.clone import Clone

if TYPE_CHECKING:
    from tests.functional.project import Project

CODE = "def pause(item):\n    return item\n"
TEST = """
import time

from code_of_it import pause

def task(item):
    time.sleep(0.02)
    return pause(item)

def work(executor, items):
    return list(executor.map(task, range(items)))

def test_work(speedup):
    speedup(work, 4)
"""
FOREIGN = """
import os
import pathlib

def pause(item):
    {when}pathlib.Path(os.environ["ELSEWHERE"]).{how}
    return item
"""


@pytest.fixture
def clone(project: Project) -> Clone:
    """A project whose code stands in ``src``, with its first commit."""
    clone = Clone(project.path)
    (project.path / ".gitignore").write_text("__pycache__\ngenerated.py\n*.log\nstd*\nrunpytest*\n")
    (project.path / "pytest.ini").write_text("[pytest]\npythonpath = src\n")
    (project.path / "test_work.py").write_text(TEST)
    clone.commit(CODE, "src/code_of_it.py")
    return clone


def compare(project: Project, *args: str) -> pytest.RunResult:
    return project.run_apart(
        "--benchmark-only", "--speedup-against=HEAD", "--speedup-fail=99%", *args
    )


def test_the_proof_says_what_each_side_loaded(project: Project, clone: Clone) -> None:
    """And how much of it differs."""
    (project.path / "src" / "code_of_it.py").write_text(f"{CODE}\n# another\n")
    result = compare(project, "--speedup-report=std.json,std.md")
    assert result.ret == 0
    tree = clone.git("rev-parse", "HEAD^{tree}")[:12]
    commit = clone.git("rev-parse", "HEAD")
    base = f"proof: base loaded * files of its tree {tree}, all as in commit {commit[:12]}, from *"
    head = f"head loaded * files *, 1 of them not as in commit {commit[:12]}, from its tree"
    line = f"{base}; {head}; 1 of its files differs"
    result.stdout.fnmatch_lines([line])
    document = json.loads((project.path / "std.json").read_text())
    of_base, of_head = document["proof"]["sides"]
    assert (of_base["commit"], of_base["modified"]) == (commit, False)
    assert (of_head["commit"], of_head["modified"]) == (commit, True)
    assert of_head["files"] == of_head["committed"] + 1
    assert document["proof"]["differing"] == 1
    assert f"commit {commit[:12]}" in (project.path / "std.md").read_text()


@pytest.mark.parametrize("executor", ["thread", "process"])
def test_a_side_that_opens_a_file_of_the_others_tree_is_broken(
    project: Project, clone: Clone, monkeypatch: pytest.MonkeyPatch, executor: str
) -> None:
    """Also in a worker process alone: here only tasks of the base do so."""
    foreign = FOREIGN.format(when="", how="read_text()")
    clone.commit(foreign, "src/code_of_it.py")
    (project.path / "src" / "code_of_it.py").write_text(CODE)
    monkeypatch.setenv("ELSEWHERE", str(project.path / "test_work.py"))
    result = compare(project, f"--speedup-executors={executor}")
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(
        ["*speedup: base loaded *test_work.py, which is in head's working tree or installed*"]
    )


def test_a_worker_alone_is_asked_too(
    project: Project, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the side's own process never opens, a process that it starts may."""
    when = 'if __import__("multiprocessing").parent_process(): '
    clone.commit(FOREIGN.format(when=when, how="read_text()"), "src/code_of_it.py")
    (project.path / "src" / "code_of_it.py").write_text(CODE)
    monkeypatch.setenv("ELSEWHERE", str(project.path / "test_work.py"))
    result = compare(project, "--speedup-executors=process")
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*speedup: base loaded *test_work.py, which is in head's*"])


READ = 'pathlib.Path(os.environ["ELSEWHERE"]).read_text()'
SWALLOWED = {
    "caught": f"""
    try:
        {READ}
        raise KeyboardInterrupt
    except BaseException:
        pass""",
    "a thread of its own": f"""
    thread = threading.Thread(target=lambda: {READ} and 1 / 0)
    thread.start()
    thread.join()""",
    "a child without variables": """
    child = "import sys; open(sys.argv[1]); raise SystemExit(1)"
    subprocess.run([sys.executable, "-c", child, os.environ["ELSEWHERE"]], env={}, stderr=-3)""",
    "a task of a loop": f"""
    async def read():
        {READ}
        raise OSError

    async def all_of_it():
        await asyncio.gather(read(), return_exceptions=True)

    asyncio.run(all_of_it())""",
}


@pytest.mark.parametrize("way", [*SWALLOWED])
def test_no_way_of_catching_errors_hides_a_foreign_file(
    project: Project, clone: Clone, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """It is noted where it is opened: nothing is raised there that code could catch."""
    imports = "import asyncio, os, pathlib, subprocess, sys, threading\n"
    code = f"{imports}def pause(item):{SWALLOWED[way]}\n    return item\n"
    clone.commit(code, "src/code_of_it.py")
    (project.path / "src" / "code_of_it.py").write_text(CODE)
    monkeypatch.setenv("ELSEWHERE", str(project.path / "test_work.py"))
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*speedup: base loaded *test_work.py, which is in head's*"])


def test_code_that_git_ignores_is_nobodys(project: Project, clone: Clone) -> None:
    """It lies in head's tree alone, as a stale build does."""
    (project.path / "src" / "generated.py").write_text("")
    (project.path / "src" / "code_of_it.py").write_text(
        f"try:\n    import generated\nexcept ImportError:\n    pass\n{CODE}"
    )
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*speedup: head loaded *generated.py, which no commit has*"])


def test_a_side_runs_its_source_whatever_was_compiled_of_it(
    project: Project, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not bytecode of another one, of the same second and size, that lies beside the tests."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "")
    (service := project.path / "service").mkdir()
    for name in ("pytest.ini", "test_work.py"):
        (project.path / name).rename(service / name)
    (service / "pytest.ini").write_text("[pytest]\npythonpath = ../src\n")
    clone.commit("FAILS = 0\n\ndef pause(item):\n    assert not FAILS\n", "src/code_of_it.py")
    code = project.path / "src" / "code_of_it.py"
    os.utime(code, (1, 1))
    py_compile.compile(str(code), doraise=True)
    code.write_text(code.read_text().replace("FAILS = 0", "FAILS = 1"))
    os.utime(code, (1, 1))
    monkeypatch.chdir(service)
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*: broken, head: *AssertionError*"])


def test_data_and_files_of_the_run_itself_end_nothing(project: Project, clone: Clone) -> None:
    """Neither what a test writes into its folder, nor what git ignores and is no code."""
    (project.path / "ours.log").write_text("data")
    (project.path / "conftest.py").write_text(
        "import pathlib, tempfile\n"
        "here = pathlib.Path(__file__).parent\n"
        "(here / 'written.log').write_text('data')\n"
        "(here / 'written.log').read_text()\n"
        "[file.read_text() for file in here.glob('ours.log')]\n"
        "tempfile.TemporaryFile().close()\n"
    )
    result = compare(project)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["not proven: data that git does not have: *ours.log*"])


def test_the_same_tree_is_not_measured(project: Project, clone: Clone) -> None:
    """Another commit was meant: nobody vouches for anything, whatever is allowed."""
    result = compare(project, "--speedup-allow=incomparable")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(
        ["speedup: base and head are the same tree *: nothing was measured*"]
    )
    result.stdout.no_fnmatch_line("*comparing with*")


def test_the_tip_of_the_branch_itself_needs_no_comparison(project: Project, clone: Clone) -> None:
    """As in the run after a merge; tests run all the same, and fail if they do."""
    result = compare(project, "--speedup-against=merge-base:main")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["speedup: base and head are the same tree *HEAD is the tip of*"])
    result.assert_outcomes(passed=1)


def test_a_branch_that_left_nothing_behind_is_no_tip(project: Project, clone: Clone) -> None:
    """HEAD lies behind the branch that was named: its merge base is HEAD itself."""
    clone.git("checkout", "--quiet", "-b", "work")
    clone.git("checkout", "--quiet", "main")
    clone.commit("more", "note.txt")
    clone.git("checkout", "--quiet", "work")
    result = compare(project, "--speedup-against=merge-base:main")
    assert result.ret == NOT_GREEN
