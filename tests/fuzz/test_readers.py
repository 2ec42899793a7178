"""Every reader of outside data, tried with inputs of all kinds.

``python -m tox -e fuzz`` tries ten thousand inputs each and prints how many; a usual run tries a
few, always the same.
"""

from __future__ import annotations

import ast
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.answers import ANSWERS
from tests.fuzz.files import FILES
from tests.fuzz.github import GITHUB
from tests.fuzz.texts import WRITTEN
from tests.test_layers import ACTIONS, LAB, PACKAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.fuzz.reader import Reader

READERS = (*FILES, *ANSWERS, *WRITTEN, *GITHUB)

settings.register_profile(
    "quick",
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "fuzz", settings.get_profile("quick"), max_examples=10_000, derandomize=False, print_blob=True
)
PROFILE = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

PARSING = {"load_json", "load_toml", "read_file", "loads", "receive"}
"""Functions that turn what came from outside into values; whoever calls one is a reader."""

BY_CALLER = {
    "against/channel.py receive": "hear Closed",
    "against/channel.py _receive": "hear Closed",
    "against/declared.py _text": "declared_in_files",
    "against/declared.py _commit_of": "source_of",
    "against/base_env.py read_told": "read_told",
    "against/base_env.py _declared": "environment_name",
    "against/projects.py read_toml": "project_name",
    "against/projects.py _of_setup_cfg": "project_name",
    "against/projects.py _of_setup_py": "project_name",
    "against/projects.py source_of": "source_of",
    "lab/live.py gate": "load_json",
    "against/harness.py _tests_in": "tests of a file",
    "speedup_actions/vouching.py _read": "load_json",
    "lab/recording.py read_recording": "read_recording",
    "github.py _ask": "comments",
    "github.py read_event": "event",
    "lab/logs.py read_lines": "read_log",
    "storage/acknowledged.py read_entries": "read_acknowledged",
    "documents.py load_json": "load_json",
    "documents.py load_toml": "load_toml",
    "storage/reports.py read_report": "read_report",
    "storage/reports.py read_spent": "read_spent",
    "storage/saved.py read_document": "read_run",
}
"""Which reader reaches them."""

OWN_PROCESSES = {
    "against/projects.py sites_of",
    "executors/dask.py get",
    "executors/mpi.py _begin",
    "losses/wire.py send",
    "against/serving.py serve",
    "plugin/serving.py pytest_runtestloop",
    "against/serving.py receive",
}
"""Callers that are told something by this run's own processes, which run the same code."""


@pytest.mark.parametrize("reader", READERS, ids=str)
def test_a_reader_raises_what_it_documents(
    reader: Reader, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """And nothing else, whatever it is given; what it lets pass harms nobody behind it."""
    tried = 0

    @PROFILE
    @given(reader.inputs)
    def attempt(data: Any) -> None:  # noqa: ANN401 - as the strategy makes it
        nonlocal tried
        tried += 1
        reader.attempt(data, tmp_path)

    attempt()
    record_property("inputs", tried)


@pytest.mark.parametrize("reader", [one for one in READERS if one.valid], ids=str)
def test_a_reader_reads_what_is_valid(reader: Reader, tmp_path: Path) -> None:
    """A reader that refuses everything would never crash."""
    for data in reader.valid:
        reader.use(reader.read(data, tmp_path))


def callers() -> Iterator[str]:
    """All functions of ours that parse what comes from outside."""
    for path, place in places().items():
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef) and PARSING & set(calls(function)):
                yield f"{place} {function.name}"


def places() -> dict[Path, str]:
    """All files of ours that are run by users, by actions or in the laboratory."""
    roots = {PACKAGE: PACKAGE, LAB: LAB.parent, ACTIONS: ACTIONS.parent}
    return {
        path: path.relative_to(root).as_posix()
        for top, root in roots.items()
        for path in sorted(top.rglob("*.py"))
    }


def calls(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = node.func
            yield name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")


def test_every_reader_is_tried() -> None:
    """A new one has its place here before it is merged."""
    assert set(callers()) == BY_CALLER.keys() | OWN_PROCESSES
    assert set(BY_CALLER.values()) <= {one.name for one in READERS}


def test_every_option_is_tried() -> None:
    """Whatever a text is read with."""
    parsers = ast.parse((PACKAGE / "parsing.py").read_text("utf-8")).body
    named = {one.name for one in parsers if isinstance(one, ast.FunctionDef)}
    assert {one for one in named if one.startswith("parse_")} <= {one.name for one in READERS}
