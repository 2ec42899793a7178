"""Shards of a comparison, through pytest: what makes them parts of one, without any measurement.

Base and head are the same tree here, which is known before anything is measured.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.__main__ import main
from pytest_speedup.gate import BROKEN, NOT_GREEN
from tests.clone import Clone

if TYPE_CHECKING:
    from tests.functional.project import Project

MORE = """
def test_more(speedup):
    speedup(work, 5)
"""


@pytest.fixture
def clone(project: Project) -> Clone:
    """Two workloads in a first commit, which is the tip of a branch."""
    path = project.path / "test_work.py"
    path.write_text(path.read_text("utf-8") + MORE)
    (project.path / ".gitignore").write_text("__pycache__\n*.json\n*.xml\n")
    clone = Clone(project.path)
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=base")
    return clone


def run(project: Project, shard: str, *args: str, against: str = "HEAD") -> pytest.RunResult:
    return project.run(
        "--benchmark-only",
        f"--speedup-against={against}",
        f"--speedup-shard={shard}",
        f"--speedup-report={shard.replace('/', '-')}.json",
        *args,
    )


def report(project: Project, shard: str) -> dict[str, Any]:
    path = project.path / f"{shard.replace('/', '-')}.json"
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def test_shards_know_the_whole_suite(project: Project, clone: Clone) -> None:
    """The same cells, split, rules and code in each, and cells of its own."""
    for shard in ("1/2", "2/2"):
        result = run(project, shard)
        assert result.ret == NOT_GREEN
        result.assert_outcomes(passed=1, deselected=1)
    first, second = (report(project, shard)["shard"] for shard in ("1/2", "2/2"))
    assert first["cells"] == ["test_work.py::test_more[thread-2]"]
    assert second["cells"] == ["test_work.py::test_work[thread-2]"]
    own = {"number", "cells"}
    assert {k: v for k, v in first.items() if k not in own} == {
        k: v for k, v in second.items() if k not in own
    }
    head = clone.git("rev-parse", "HEAD").strip()
    tree = clone.git("rev-parse", "HEAD^{tree}").strip()
    assert first["code"] == {
        "base_commit": head,
        "base_tree": tree,
        "head_commit": head,
        "head_tree": tree,
        "modified": False,
    }


def test_what_was_not_compared_is_no_pass_together(
    project: Project, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another commit was meant; a shard that has no workload does not make it green."""
    assert [run(project, shard).ret for shard in ("1/3", "2/3", "3/3")] == [10, 10, 0]
    monkeypatch.chdir(project.path)
    assert main(["merge", "1-3.json", "2-3.json", "3-3.json"]) == NOT_GREEN


def test_after_a_merge_there_is_nothing_to_compare(
    project: Project, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in one run, which is green at the tip of the branch that was named."""
    branch = clone.git("rev-parse", "--abbrev-ref", "HEAD").strip()
    codes = [run(project, shard, against=branch).ret for shard in ("1/3", "2/3", "3/3")]
    assert codes == [0, 0, 0]
    monkeypatch.chdir(project.path)
    assert main(["merge", "1-3.json", "2-3.json", "3-3.json"]) == 0


def rules(project: Project, *args: str) -> str:
    run(project, "1/2", *args)
    said: str = report(project, "1/2")["shard"]["rules"]
    return said


@pytest.mark.parametrize(
    "option",
    [
        "--speedup-fail=50%",
        "--speedup-budget=7",
        "--speedup-timeout=7",
        "--speedup-allow=missing",
        "--speedup-strict",
        "--speedup-size=quick",
        "--speedup-harness=head",
        "--speedup-base-env=same",
        "-Wignore",
        "-oxfail_strict=true",
    ],
)
def test_what_cells_are_judged_by_is_in_the_rules(
    project: Project, clone: Clone, option: str
) -> None:
    """And so is what each side is called with."""
    assert rules(project) != rules(project, option)


def test_what_is_shown_is_not(project: Project, clone: Clone) -> None:
    """Each job has a report of its own, and may be as talkative as it likes."""
    assert rules(project) == rules(project, "-v", "--junitxml=a.xml", "--speedup-explain=all")


def test_what_differs_from_the_commit_is_in_the_code(project: Project, clone: Clone) -> None:
    """As a file that one job made and others did not, which git does not ignore."""
    (project.path / "made.txt").write_text("x")
    run(project, "1/2", "--speedup-plan")
    run(project, "2/2", "--speedup-budget=0", "--speedup-fail=99%")
    code = report(project, "2/2")["shard"]["code"]
    assert code["modified"] is True
    assert code["head_tree"] != code["base_tree"]


def test_a_shard_that_broke_early_is_refused(
    project: Project, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so by itself, and has no outcome for the whole."""
    conftest = project.path / "conftest.py"
    assert run(project, "1/2").ret == NOT_GREEN
    conftest.write_text("def pytest_collection_modifyitems():\n    raise OSError('gone')\n")
    assert run(project, "2/2").ret == BROKEN
    monkeypatch.chdir(project.path)
    assert main(["merge", "1-2.json", "2-2.json"]) == BROKEN
