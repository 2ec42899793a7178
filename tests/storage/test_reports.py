"""Reports as JSON, read again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.losses.explanation import explain_pairs
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.model import (
    CounterChange,
    Cpus,
    Outcome,
    RunReport,
    Standing,
)
from pytest_speedup.reports import render_json
from pytest_speedup.storage import read_report, read_spent
from tests.shards import ids, make_shards, make_verdict
from tests.stacks import make_stack

if TYPE_CHECKING:
    from pathlib import Path

CELLS = ids(2)


def explained() -> RunReport:
    """A shard with cells of several outcomes, one of them told in full."""
    outcomes = dict(
        zip(CELLS, (Outcome.REGRESSED, Outcome.NEW, *[Outcome.PASSED] * 2), strict=True)
    )
    ((_, report),) = make_shards(outcomes, 1)
    pair = make_stack({Loss.GIL: 0.1}), make_stack({Loss.GIL: 0.5})
    explanation = explain_pairs([pair, pair, pair], -0.5)
    assert explanation is not None
    assert explanation.named is not None
    verdict = replace(
        make_verdict(CELLS[0], Outcome.REGRESSED),
        reason="against its base",
        speedup=1.2,
        before=1.9,
        parallel_change=1.5,
        serial_change=1.0,
        counters=(CounterChange("pools created", 1, 9, worse=True),),
        explanation=explanation,
    )
    told = (("base", explanation.before), ("head", explanation.after))
    first = replace(report.cells[0], verdict=verdict, stacks=told)
    return replace(report, cells=(first, *report.cells[1:]))


def written(folder: Path, report: RunReport) -> Path:
    path = folder / "a.json"
    path.write_text(render_json(report), encoding="utf-8")
    return path


def changed(path: Path, place: str, value: object) -> None:
    """Put something else at a place such as ``gate/exit_code``."""
    document = json.loads(path.read_text(encoding="utf-8"))
    *way, last = place.split("/")
    inner: Any = document
    for part in way:
        inner = inner[int(part) if part.isdigit() else part]
    inner[last] = value
    path.write_text(json.dumps(document), encoding="utf-8")


def test_a_report_is_what_was_written(tmp_path: Path) -> None:
    """With verdicts, stacks, explanations, proof and shard; where it stands is worked out anew."""
    report = explained()
    read = read_report(written(tmp_path, report))
    machine = replace(report.machine, cpus=Cpus(4, None, 2))
    assert read == replace(report, standing=Standing(report.standing.kind), machine=machine)


def test_seconds_of_workloads_are_read(tmp_path: Path) -> None:
    """By their names."""
    assert read_spent(written(tmp_path, explained())) == {
        "test_work.py::test_0": 2.0,
        "test_work.py::test_1": 2.0,
    }


@pytest.mark.parametrize("version", [0, 2, "1", None, True, 1.0])
def test_another_schema_is_refused_by_its_number(tmp_path: Path, version: object) -> None:
    """Its fields may be the same, and mean something else."""
    path = written(tmp_path, explained())
    changed(path, "schema_version", version)
    for read in (read_report, read_spent):
        with pytest.raises(SpeedupError, match=r"has schema .*, and this pytest-speedup reads 1"):
            read(path)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("gate/exit_code", True),
        ("gate/kind", "FINE"),
        ("gate/compared", "yes"),
        ("gate/notes", "a"),
        ("cells/0/verdict/outcome", "fine"),
        ("cells/0/verdict/margin", 4),
        ("cells/0/verdict/speedup", 0),
        ("cells/0/verdict/explanation/named", "gravity"),
        ("cells/0/stacks", {}),
        ("cells/0/workers", 0),
        ("shard/number", 2),
        ("shard/count", 0),
        ("shard/count", 1001),
        ("shard/cells", [1]),
        ("shard/end/allowed", ["red"]),
        ("shard/code/modified", 0),
        ("proof/sides/0/name", "head"),
        ("machine/gil", 1),
        ("workloads", [{"name": "a", "seconds": -1}]),
        ("cells", {}),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, place: str, value: object) -> None:
    """In one line, with the name of the file."""
    path = written(tmp_path, explained())
    changed(path, place, value)
    with pytest.raises(SpeedupError, match=r"a\.json is no report as .* writes it") as error:
        read_report(path)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """As the system says it."""
    with pytest.raises(SpeedupError, match=r"none\.json cannot be read: No such file"):
        read_report(tmp_path / "none.json")
