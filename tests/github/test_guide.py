"""The guide to the actions: its workflows keep the rules, and its tables are complete."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.docs.pages import ROOT, read_page
from tests.github.steps import ACTIONS, EXPRESSION, read_yaml
from tests.github.test_policy import PINNED, steps

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = read_page(ROOT / "docs" / "github.md")
OURS = "OWNER/pytest-speedup/.github/actions/"
IN_WORDS = ("by the event", "the job's")
"""Defaults that are no value."""

BLOCKS = [
    {"on" if name is True else name: value for name, value in document.items()}
    for block in GUIDE.blocks
    if isinstance(document := yaml.safe_load(block.text), dict)
]
LOOSE = [
    step
    for block in GUIDE.blocks
    if isinstance(document := yaml.safe_load(block.text), list)
    for step in document
]


def shown_steps() -> Iterator[dict[str, Any]]:
    """Every step of the guide."""
    yield from LOOSE
    for workflow in BLOCKS:
        for job in workflow["jobs"].values():
            yield from job["steps"]


def test_there_are_workflows_to_copy() -> None:
    """The gate, the comment, the gate in several jobs, and the nights."""
    names = ["Speedup", "Speedup comment", "Speedup", "Nightly speedup"]
    assert [one["name"] for one in BLOCKS] == names
    assert BLOCKS[1]["on"]["workflow_run"]["workflows"] == [BLOCKS[0]["name"]]


def test_what_is_copied_has_few_rights() -> None:
    """As few as this project's own workflows."""
    for workflow in BLOCKS:
        assert workflow["permissions"] == {}
        for job in workflow["jobs"].values():
            writes = {right for right, level in job["permissions"].items() if level != "read"}
            assert writes == ({"pull-requests"} if "workflow_run" in workflow["on"] else set())
            assert job["timeout-minutes"]


def test_what_is_copied_is_pinned_and_current() -> None:
    """To the commits that this project uses; and ours to one that the reader fills in."""
    own = {step["uses"] for _, step in steps() if "@" in step.get("uses", "")}
    versions = {one.partition("@")[2] for one in own}
    for step in shown_steps():
        if uses := step.get("uses"):
            name, _, commit = uses.partition("@")
            is_ours = name.startswith(OURS) and commit == "COMMIT"
            assert is_ours or (PINNED.fullmatch(uses) and commit in versions), uses
        assert not EXPRESSION.search(step.get("run", ""))
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_shards_are_kept_where_they_are_looked_for() -> None:
    """By jobs that do not end each other; the last one runs whatever became of them."""
    shard, gate = (BLOCKS[2]["jobs"][name] for name in ("shard", "gate"))
    given = shard["steps"][-1]["with"]
    assert given["shard"] == "${{ matrix.shard }}/${{ strategy.job-total }}"
    pattern = read_yaml(ACTIONS / "merge" / "action.yml")["inputs"]["shards"]["default"]
    assert fnmatch(given["artifact"], pattern)
    assert shard["strategy"]["fail-fast"] is False
    assert shard["strategy"]["matrix"]["shard"] == [1, 2, 3, 4]
    assert (gate["needs"], gate["if"]) == ("shard", "${{ !cancelled() }}")
    assert gate["name"] == BLOCKS[0]["jobs"]["gate"]["name"]


def test_inputs_that_are_given_exist() -> None:
    """GitHub would only warn of others."""
    for step in shown_steps():
        if step.get("uses", "").startswith(OURS):
            name = step["uses"].removeprefix(OURS).partition("@")[0]
            inputs = read_yaml(ACTIONS / name / "action.yml")["inputs"]
            assert step.get("with", {}).keys() <= inputs.keys()


@pytest.mark.parametrize("name", ["comment", "gate", "merge", "nightly"])
def test_tables_have_all_inputs(name: str) -> None:
    """With their defaults."""
    inputs = read_yaml(ACTIONS / name / "action.yml")["inputs"]
    table = GUIDE.table(f"input of `{name}`", "default", "")
    assert table.keys() == inputs.keys()
    for key, (_, default, _) in table.items():
        if default not in IN_WORDS:
            assert default.strip("`") == inputs[key]["default"]
