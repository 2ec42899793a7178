"""What saved runs leave open is measured side by side with the code that they were saved from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.gate import NOT_GREEN
from tests.clone import Clone
from tests.functional.project import change, scale
from tests.functional.test_against import WORK

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.project import Project

SLOW = (WORK, f"{WORK}\n    time.sleep(0.2 * (executor.name == 'thread'))")

BESIDE = "speedup: comparing with "


@pytest.fixture
def clone(project: Project) -> Clone:
    """The project in a repository that has a commit."""
    (project.path / ".gitignore").write_text("__pycache__\n.benchmarks\n")
    project.rest()
    clone = Clone(project.path)
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=base")
    return clone


def gate(project: Project, *args: str, margin: str = "60%") -> pytest.RunResult:
    return project.gate("--benchmark-only", *args, margin=margin)


def seem_slower(path: Path) -> None:
    """Have a saved run say that it was a million times as fast."""
    scale(path, speedup=1e6, parallel=1e-6)


def load_others(path: Path) -> None:
    """Have a saved run say that it had another version loaded of what this one has, too."""

    def alter(document: dict[str, Any]) -> None:
        (name, *_) = document["speedup"]["loaded"]
        document["speedup"]["loaded"][name] = "0.0.1"

    change(path, alter)


def test_code_that_lost_is_red_and_fails_its_test(project: Project, clone: Clone) -> None:
    """After it had passed, as saved runs alone said too little."""
    project.save()
    project.replace(*SLOW)
    clone.git("commit", "--all", "--quiet", "--message=slow")
    result = gate(project)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [f"*{BESIDE}*", "RED: 1 of 1 cell regressed: *", "FAILED test_work.py*"]
    )


def test_code_that_held_leaves_the_machine_and_what_is_installed(
    project: Project, clone: Clone
) -> None:
    """A machine that got slower fails nothing; another version of a package does."""
    path = project.save()
    clone.commit("other", "other.txt")
    seem_slower(path)
    machine = gate(project)
    machine.stdout.fnmatch_lines(
        [f"*{BESIDE}*", "*inconclusive*nor did what it loads change: the machine*"]
    )
    assert machine.ret == NOT_GREEN  # nothing else is decided
    machine.stdout.no_fnmatch_line("*not selected, and not compared*")
    load_others(path)
    installed = gate(project)
    assert installed.ret == NOT_GREEN
    installed.stdout.fnmatch_lines(
        ["NOT GREEN: 1 of 1 cell environment: *", "*environment*has changed since: * 0.0.1 -> *"]
    )
    allowed = gate(project, "--speedup-allow=environment")
    assert allowed.ret == pytest.ExitCode.OK
    allowed.stdout.fnmatch_lines(["GREEN: the code of 1 of 1 cell did not lose; 1 environment"])


def test_nothing_is_compared_where_there_is_nothing_to_compare_with(
    project: Project, clone: Clone
) -> None:
    """The verdict of the saved runs stands, and why is said once."""
    path = project.save()
    seem_slower(path)
    same = gate(project)
    same.stdout.fnmatch_lines(["speedup: what saved runs leave open stays open: *from HEAD itself"])
    clone.commit("more", "empty.txt")
    clone.git("rm", "--quiet", "empty.txt")
    clone.git("commit", "--quiet", "--message=back")
    back = gate(project)
    back.stdout.fnmatch_lines(
        ["speedup: what saved runs leave open *whose files are those of HEAD"]
    )
    assert back.ret == pytest.ExitCode.TESTS_FAILED
    clone.commit("other", "other.txt")
    refused = gate(project, "--speedup-confirm=no")
    for result in (same, refused):
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.stdout.no_fnmatch_line(f"*{BESIDE}*")
    change(path, lambda document: document["commit_info"].update(id="1" * 40))
    gone = gate(project)
    assert gone.ret == pytest.ExitCode.TESTS_FAILED
    gone.stdout.fnmatch_lines(["speedup: what saved runs leave open stays open: *fetch*"])


def test_confirming_is_for_saved_runs(project: Project) -> None:
    """Said where nothing is judged by them, it is refused in a line."""
    result = project.run("--speedup-confirm=no")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--speedup-confirm is for saved runs: add --benchmark-compare*"])


def test_a_change_that_will_not_have_its_code_compared_has(project: Project, clone: Clone) -> None:
    """As the files of the saved run did not refuse that."""
    path = project.save()
    clone.commit("[pytest]\nspeedup_confirm = no\n", "pytest.ini")
    seem_slower(path)
    result = gate(project)
    moved = "this change moves speedup_confirm from none to 'no'; it is judged by that of the base"
    result.stdout.fnmatch_lines([f"*{BESIDE}*", moved])


@pytest.mark.parametrize("ini", ["addopts = -k nothing", "testpaths = elsewhere"])
def test_what_a_change_deselects_is_missing(project: Project, ini: str) -> None:
    """And what who calls pytest does is not."""
    project.save()
    (project.path / "elsewhere").mkdir()
    (project.path / "elsewhere" / "test_unit.py").write_text("def test_unit():\n    pass\n")
    (project.path / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
    result = gate(project)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["NOT GREEN: 1 of 1 cell missing: *"])
    (project.path / "pytest.ini").write_text("[pytest]\n")
    chosen = gate(project, "-k", "nothing")
    chosen.stdout.no_fnmatch_line("*: missing*")
