"""What holds for every workflow and action, whatever they do."""

from __future__ import annotations

import configparser
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.github.steps import ACTIONS, EXPRESSION, ROOT, WORKFLOWS, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = sorted([*WORKFLOWS.glob("*.yml"), *ACTIONS.glob("*/action.yml")])
PINNED = re.compile(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}")
OWN = re.compile(r"\$/\.github/(actions/[\w-]+|workflows/[\w-]+\.yml)")
"""Of this repository, at the commit that runs; no checkout could put another in its place."""

MAY_WRITE = {
    ("comment.yml", "comment"): {"pull-requests"},
    ("docs.yml", "publish"): {"id-token", "pages"},
    ("release.yml", "publish"): {"id-token"},
}
"""The jobs with a right to change anything, and which."""

VERSIONS = ["py310", "py311", "py312", "py313", "py314", "py314t", "py315"]
SYSTEMS = ["ubuntu-latest", "macos-latest", "windows-latest"]


def workflows() -> list[Path]:
    return sorted(WORKFLOWS.glob("*.yml"))


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every job, with the workflow's name and its own."""
    for path in workflows():
        for name, job in read_yaml(path)["jobs"].items():
            yield path.name, name, job


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step of every job and action, with the file's name."""
    for file, _, job in jobs():
        for step in job.get("steps", ()):
            yield file, step
    for path in ACTIONS.glob("*/action.yml"):
        for step in read_yaml(path)["runs"]["steps"]:
            yield f"{path.parent.name}/{path.name}", step


def test_there_is_something_to_look_at() -> None:
    """An empty folder would keep every rule."""
    assert {path.name for path in workflows()} == {
        "ci.yml",
        "comment.yml",
        "docs.yml",
        "gate.yml",
        "nightly.yml",
        "release.yml",
    }
    assert len(list(steps())) > 30


def test_what_is_used_is_pinned_to_a_commit_or_our_own() -> None:
    """A tag may be moved to other code; the version stands beside it for people."""
    used = [(file, step["uses"]) for file, step in steps() if "uses" in step]
    used += [(file, job["uses"]) for file, _, job in jobs() if "uses" in job]
    loose = [one for one in used if not PINNED.fullmatch(one[1]) and not OWN.fullmatch(one[1])]
    assert loose == []
    for path in FILES:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "@" in line and "uses:" in line:
                assert re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_one_action_has_one_version() -> None:
    """An update of one place only would leave the old code in the others."""
    used = {step["uses"] for _, step in steps() if "@" in step.get("uses", "")}
    assert len({one.partition("@")[0] for one in used}) == len(used)


@pytest.mark.parametrize("path", workflows(), ids=lambda path: path.name)
def test_a_workflow_has_no_rights_of_its_own(path: Path) -> None:
    """Each job says what it needs."""
    document = read_yaml(path)
    assert document["permissions"] == {}
    for job in document["jobs"].values():
        assert "permissions" in job


def test_rights_to_write_are_few() -> None:
    """And known here."""
    writing = {}
    for file, name, job in jobs():
        granted = {right for right, level in job["permissions"].items() if level != "read"}
        if granted:
            writing[file, name] = granted
    assert writing == MAY_WRITE


def test_who_may_write_runs_no_code_of_a_pull_request() -> None:
    """Neither a checkout nor a script: just actions at their commits."""
    for file, name, job in jobs():
        if (file, name) in MAY_WRITE:
            assert [
                step for step in job["steps"] if "run" in step or "checkout" in step["uses"]
            ] == []


def test_no_workflow_runs_foreign_code_with_our_token() -> None:
    """``pull_request_target`` would; ``workflow_run`` is for the comment alone."""
    triggers = {path.name: set(read_yaml(path)["on"]) for path in workflows()}
    assert [name for name, on in triggers.items() if "pull_request_target" in on] == []
    assert [name for name, on in triggers.items() if "workflow_run" in on] == ["comment.yml"]


def test_scripts_have_no_expressions() -> None:
    """Whatever GitHub would paste into a script would be run."""
    assert [file for file, step in steps() if EXPRESSION.search(step.get("run", ""))] == []
    assert [file for file, step in steps() if "${{" in str(step.get("shell", ""))] == []


def test_no_secret_is_used() -> None:
    """Publishing is trusted by name, and the token of a job has the rights of that job."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    assert "secrets." not in text
    assert "secrets:" not in text


def test_a_checkout_leaves_no_token_behind() -> None:
    """Later steps run the project's code."""
    for file, step in steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, file


def test_a_job_ends_in_time() -> None:
    """A hung one would take six hours; one that calls a workflow has that one's limit."""
    for file, name, job in jobs():
        assert "uses" in job or job["timeout-minutes"] <= 90, f"{file}: {name}"


@pytest.mark.parametrize("path", workflows(), ids=lambda path: path.name)
def test_runs_do_not_pile_up(path: Path) -> None:
    """Those of one branch wait for each other, or end each other."""
    document = read_yaml(path)
    assert "concurrency" in document or all("concurrency" in j for j in document["jobs"].values())


def test_every_version_is_tested_on_every_system() -> None:
    """As the project declares them."""
    matrix = read_yaml(WORKFLOWS / "ci.yml")["jobs"]["tests"]["strategy"]["matrix"]
    assert (matrix["env"], matrix["os"]) == (VERSIONS, SYSTEMS)
    versions = {one["env"]: one["python"] for one in matrix["include"]}
    for env in VERSIONS:
        assert f"py{versions[env].replace('.', '')}" == env


def test_environments_are_those_of_tox() -> None:
    """A name that tox does not know would run the default tests, and pass."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    known = {section.removeprefix("testenv:") for section in tox.sections()} | {*VERSIONS}
    ci = read_yaml(WORKFLOWS / "ci.yml")["jobs"]
    named = {*ci["environments"]["strategy"]["matrix"]["env"]}
    named |= {one["env"] for one in ci["tests"]["strategy"]["matrix"]["include"]}
    for _, step in steps():
        named |= {*re.findall(r"tox -e (\w+)", step.get("run", ""))}
    assert named - known == set()
    assert {"docs", "package", "actions", "lint", "types", "lowest"} <= named


def test_who_builds_has_the_tags() -> None:
    """The version is that of the last one."""
    for file, name, job in jobs():
        builds = [
            s
            for s in job.get("steps", ())
            if re.search("pip install -|tox -e|.ci/run", s.get("run", ""))
        ]
        for step in job.get("steps", ()) if builds else ():
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["fetch-depth"] == 0, f"{file}: {name}"


def test_inputs_are_used_and_described() -> None:
    """A typing error in an expression would give an empty text."""
    for path in ACTIONS.glob("*/action.yml"):
        action = read_yaml(path)
        text = path.read_text(encoding="utf-8")
        used = {*re.findall(r"inputs\.([\w-]+)", text)}
        assert used == action["inputs"].keys(), path
        assert all(one["description"] for one in action["inputs"].values())


def test_updates_are_looked_for_where_actions_are_used() -> None:
    """Dependabot looks into folders that it is told."""
    updates = read_yaml(ROOT / ".github" / "dependabot.yml")["updates"]
    folders = {one["package-ecosystem"]: one.get("directories") for one in updates}
    assert folders["github-actions"] == ["/", "/.github/actions/*"]
    assert "pip" in folders
    assert all(len(one["groups"]) == 1 for one in updates)
