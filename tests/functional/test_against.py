"""A pull request against its base commit, through pytest.

As in :class:`Project`, losses are so large, or margins so wide, that no noise comes near.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from pytest_speedup.against.base import checked_out
from pytest_speedup.gate import BROKEN, NOT_GREEN
from tests.clone import Clone
from tests.functional.project import ALWAYS
from tests.functional.test_processes import INTERRUPTIBLE, PATIENCE, wait_for
from tests.posix import KILLED, is_alive, posix_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.functional.project import Project

WORK = "def work(executor, items):"
ALLOW_SAME = "--speedup-allow=same"
SLOW = (WORK, f"{WORK}\n    time.sleep(0.03 * (executor.name == 'thread'))")


@pytest.fixture
def clone(project: Project) -> Clone:
    """The project with its first commit, and nothing but that to compare with."""
    (project.path / ".gitignore").write_text("__pycache__\n*.xml\n")
    clone = Clone(project.path)
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=base")
    return clone


@pytest.fixture(autouse=True)
def temporary(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Neither working trees nor logs may be left behind."""
    folder = tmp_path_factory.mktemp("temporary files")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    assert list(folder.glob("speedup-*")) == []


def digests(folder: Path) -> dict[str, str]:
    """Every file of a project, git's among them, by a digest; but for what Python compiled."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }


def compare(project: Project, *args: str, margin: str = "99%") -> pytest.RunResult:
    return project.run(
        "--benchmark-only",
        "--speedup-against=HEAD",
        ALLOW_SAME,
        f"--speedup-fail={margin}",
        *args,
    )


def test_the_same_code_passes(project: Project, clone: Clone) -> None:
    """And the user's repository and files are what they were."""
    before = digests(project.path)
    result = compare(project)
    assert result.ret == 0
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "speedup: comparing with HEAD (*)",
            "GREEN: 1 of 1 cell passed; *",
            "work?thread-2? * % (*)*passed*",
            "speedup gate: 1 passed",
        ]
    )
    assert digests(project.path) == before


def test_a_cell_in_which_its_workload_does_not_run_is_skipped(
    project: Project, clone: Clone
) -> None:
    """With the reason; the other cells are compared."""
    result = compare(project, "-rs", "--speedup-executors=asyncio,thread")
    assert result.ret == 0
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(
        ["speedup gate: 1 passed*", "SKIPPED*test_work.pause is no coroutine*"]
    )
    result.stdout.no_fnmatch_line("*PytestBenchmarkWarning*")


def test_both_sides_get_the_plugins_and_settings_of_the_command_line(
    project: Project, clone: Clone
) -> None:
    """A fixture may come of the one, and be told how much to do by the other."""
    project.pytester.makepyfile(
        amounts="""
        import pytest

        def pytest_addoption(parser):
            parser.addini("amount", "how much there is to do")

        @pytest.fixture
        def amount(pytestconfig):
            return int(pytestconfig.getini("amount"))
        """
    )
    project.replace("test_work(speedup)", "test_work(speedup, amount)")
    project.replace("speedup(work, 4)", "speedup(work, amount)")
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=a plugin")
    project.pytester.syspathinsert()
    result = compare(project, "-pamounts", "-oamount=4", "--speedup-budget=0")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["work?thread-2? * % (*) *"])


def test_a_loss_fails_its_test(project: Project, clone: Clone) -> None:
    """Uncommitted, as it is in the user's tree; JUnit counts it, and there is no traceback."""
    project.replace(*SLOW)
    result = compare(project, "--junitxml=junit.xml", margin="50%")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "work thread-2: regressed, speedup *-* % (*)*",
            "  against its base, and parallel*",
            "RED: 1 of 1 cell regressed: work?thread-2?*",
            "speedup gate: 1 regressed",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert ET.parse(project.path / "junit.xml").getroot()[0].get("failures") == "1"  # noqa: S314


def test_an_acknowledged_loss_is_not_red(project: Project, clone: Clone) -> None:
    """It is named, with its reason; alone it vouches for nothing."""
    project.replace(*SLOW)
    day = dt.datetime.now(tz=dt.timezone.utc).date() + dt.timedelta(days=20)
    (project.path / "speedup-acknowledged.toml").write_text(
        '[[acknowledged]]\ncell = "test_work.py::test_work[thread-2]"\n'
        f'reason = "safer"\nuntil = {day}\n'
    )
    result = compare(project, margin="50%")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(
        ["UNDECIDED: 1 of 1 cell lost what was acknowledged*", "*: regressed, *acknowledged: safer"]
    )


def test_cells_of_one_commit_only_are_named(project: Project, clone: Clone) -> None:
    """New ones pass, missing ones do not."""
    project.replace("def test_work", "def test_other")
    result = compare(project)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines_random(
        [
            "*test_other?thread-2?: new, the base does not have it",
            "*test_work?thread-2?: missing, *renamed or removed*",
            "NOT GREEN: 1 of 1 cell missing: work?thread-2?*",
        ]
    )


def test_other_arguments_are_incomparable(project: Project, clone: Clone) -> None:
    """Another amount of work has another speedup."""
    project.replace("speedup(work, 4)", "speedup(work, 5)")
    result = compare(project)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["*incomparable, its arguments or its size changed: *"])


def test_what_differs_from_run_to_run_is_passed_in_an_object(
    project: Project, clone: Clone
) -> None:
    """A folder or a port of each process's own: of a path, only the type is compared."""
    project.replace("range(items)", "range(3)")
    project.replace("import time", "import os\nimport pathlib\nimport time")
    project.replace("speedup(work, 4)", "speedup(work, pathlib.Path(str(os.getpid())))")
    clone.commit("path", "note.txt")
    result = compare(project)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["speedup gate: 1 passed*"])


def test_a_base_whose_test_fails_is_incomparable(project: Project, clone: Clone) -> None:
    """With what went wrong in it."""
    project.replace("speedup(work, 4)", "speedup(work, 4 / 0)")
    clone.commit("broken base", "note.txt")
    project.replace("4 / 0", "4")
    result = compare(project)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["*incomparable, base: *ZeroDivisionError*"])


def test_a_test_that_fails_in_mid_round_is_broken(project: Project, clone: Clone) -> None:
    """The other side has its workload open still, and is told to close it."""
    project.replace(WORK, f"RUNS = []\n\n{WORK}\n    RUNS.append(1)\n    assert len(RUNS) < 9")
    result = compare(project, "--speedup-allow=incomparable")
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*broken, head: *test_work* failed: assert 9 < 9"])


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("import nonsense", "*ModuleNotFoundError: No module named 'nonsense'*"),
        ("import os; os._exit(7)", "*exit code 7*"),
    ],
)
def test_a_base_that_does_not_start_has_its_own_exit_code(
    project: Project, clone: Clone, broken: str, said: str
) -> None:
    """With the last lines of what it said."""
    clone.commit(broken, "conftest.py")
    (project.path / "conftest.py").write_text("")
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*the process of base ended with exit code*"])
    result.stdout.fnmatch_lines([said])


@pytest.mark.parametrize(
    ("nonsense", "said"),
    [
        ("b'garbage\\n'", "*Expecting value*"),
        ("b'[' * 100_000 + b'\\n'", "*nested more than 64 deep*"),
        ("b'{\"Described\": [[], 1]}\\n'", "*has no attribute 'items'*"),
        (
            'b\'{"Described": [[["a", "b", 0, null, true, [null, null, null], false]], {}]}\\n\'',
            "*0 is no number of workers*",
        ),
    ],
    ids=["no JSON", "too deep", "another form", "another value"],
)
def test_a_base_that_answers_nonsense_has_the_same_exit_code(
    project: Project, clone: Clone, nonsense: str, said: str
) -> None:
    """Its code can find the way to who asks, and write to it; that is no more than text."""
    clone.commit(
        "import os\nfrom contextlib import suppress\n\n"
        "for number in range(3, 40):\n    with suppress(OSError):\n"
        f"        os.write(number, {nonsense})\n",
        "conftest.py",
    )
    (project.path / "conftest.py").write_text("")
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*the process of base gave an answer that makes no sense: *"])
    result.stdout.fnmatch_lines([said])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_base_whose_tests_do_not_import_is_incomparable(project: Project, clone: Clone) -> None:
    """With why; other files of it are no matter for these cells, but are named."""
    whole = (project.path / "test_work.py").read_text()
    clone.commit("import nonsense", "test_other.py")
    clone.commit(f"import nonsense\n{whole}", "test_work.py")
    (project.path / "test_other.py").unlink()
    (project.path / "test_work.py").write_text(whole)
    result = compare(project)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(
        [
            "base: test_other.py cannot be collected: *No module named 'nonsense'*",
            "*incomparable, base: test_work.py cannot be collected: *No module named 'nonsense'*",
        ]
    )


def test_a_side_that_dies_in_mid_round_has_its_own_exit_code(
    project: Project, clone: Clone
) -> None:
    """Nothing waits for an answer that cannot come."""
    project.replace(WORK, f"{WORK}\n    os._exit(3)")
    project.replace("import time", "import os\nimport time")
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*the process of head ended with exit code 3, and said nothing*"])


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--speedup-against=nonsense",), "*no commit 'nonsense'; fetch it with: git fetch*"),
        (("--speedup-against=",), "*a commit is named as for git*"),
        (("--speedup-against=HEAD", "--speedup-base-env=new"), "*same, install or install?NAME*"),
        (("--speedup-against=HEAD", "--benchmark-compare"), "*one thing each: choose*"),
        (("--speedup-against=HEAD", "--benchmark-disable"), "*--benchmark-disable times nothing*"),
    ],
)
def test_wrong_usage_is_refused_before_anything_runs(
    project: Project, clone: Clone, args: tuple[str, ...], said: str
) -> None:
    """Exit code 4, and one line."""
    result = project.run(*args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([said])


def test_a_base_that_cannot_be_installed_has_its_own_exit_code(
    project: Project, clone: Clone
) -> None:
    """There is nothing to take its dependencies from."""
    result = compare(project, "--speedup-base-env=install")
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*neither pyproject.toml nor setup.py to install from*"])


def test_a_full_disk_has_its_own_exit_code(
    project: Project, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it shows first; nothing is left behind."""

    def copy(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copytree", copy)
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*speedup: *No space left on device*"])


def test_a_base_that_cannot_be_checked_out_has_its_own_exit_code(
    project: Project, clone: Clone
) -> None:
    """An object of it is damaged, say: nobody used anything wrongly."""
    objects = clone.path / ".git" / "objects"
    name = clone.git("rev-parse", "HEAD:test_work.py")
    (objects / name[:2] / name[2:]).unlink()
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*speedup: base * cannot be checked out into *: *unable to read*"])


def test_more_pools_are_red(project: Project, clone: Clone) -> None:
    """Whatever the time says: here it accepts anything."""
    project.replace(WORK, f"{WORK}\n    ThreadPoolExecutor(1).shutdown()")
    project.replace("import time", "import time\nfrom concurrent.futures import ThreadPoolExecutor")
    result = compare(project)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*by its counters (pools created), time did not show it", "*pools created 2 instead of 1"]
    )


def test_without_a_repository_it_says_so(project: Project) -> None:
    """There is nothing to compare with."""
    result = project.run("--speedup-against=HEAD")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*compared by its commits, and * is in none*"])


ENDLESS = """
import os
import pathlib
import time

def work(executor, folder):
    pathlib.Path(folder, str(os.getpid())).touch()
    time.sleep(0.1 if executor.name == "serial" else 3600)

def test_work(speedup, request):
    speedup(work, os.environ["FOLDER"])
"""


@posix_only
@pytest.mark.parametrize("stop", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_nothing_is_left_when_it_is_stopped(
    project: Project, clone: Clone, tmp_path_factory: pytest.TempPathFactory, stop: str
) -> None:
    """Neither a process nor a file, and the user's are what they were."""
    folder = tmp_path_factory.mktemp("pids")
    clone.commit(ENDLESS, "test_work.py")
    before = digests(project.path)
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTIBLE, *ALWAYS, "--speedup-against=HEAD", ALLOW_SAME],
        cwd=project.path,
        env={**os.environ, "FOLDER": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as run:
        try:
            # Both sides open their workloads at the same time.
            assert wait_for(lambda: len(list(folder.iterdir())) == 2)
            run.send_signal(getattr(signal, stop))
            assert run.wait(PATIENCE) == pytest.ExitCode.INTERRUPTED
        finally:
            run.kill()
    pids = [int(path.name) for path in folder.iterdir()]
    assert wait_for(lambda: not any(map(is_alive, pids)))
    assert digests(project.path) == before


KILLED_THERE = """
import os
import signal
import sys

import pytest

from pytest_speedup.against import base, block, scratch

def end(*_arguments, **_options):
    os.kill(os.getpid(), signal.SIGKILL)

module, name = sys.argv.pop(1).split(".")
setattr(globals()[module], name, end)
sys.exit(pytest.main())
"""


@posix_only
@pytest.mark.parametrize("point", ["base.check_out", "block.fresh_block", "scratch._forget"])
def test_what_a_killed_run_leaves_goes_with_the_next(
    project: Project, clone: Clone, temporary: Path, point: str
) -> None:
    """Killed before the base is there, when both are about to run, and while it tidies up."""
    before = digests(project.path)
    options = (*ALWAYS, "--speedup-against=HEAD", ALLOW_SAME, "--speedup-budget=0")
    command = [sys.executable, "-c", KILLED_THERE, point, *options]
    run = subprocess.run(command, cwd=project.path, stdout=subprocess.DEVNULL, check=False)
    assert run.returncode == KILLED
    assert list(temporary.glob("speedup-*")) != []
    assert digests(project.path) == before
    with checked_out(project.path, "HEAD"):
        pass
    assert digests(project.path) == before
