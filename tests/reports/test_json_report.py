from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import jsonschema
import pytest

from pytest_speedup.model import SCHEMA_VERSION, Outcome, RunReport
from pytest_speedup.reports import render_json
from tests.reports.builders import make_cell_report, make_report, one_of_each

SCHEMA = json.loads(
    resources.files("pytest_speedup.reports").joinpath("schema.json").read_text("utf-8")
)


@pytest.mark.parametrize(
    "report",
    [
        one_of_each(),
        make_report(),
        make_report(make_cell_report(None), gated=False),
        make_report(make_cell_report(Outcome.NEW), complaints=("speedup gate: x",), moved=("y",)),
        replace(
            make_report(make_cell_report()),
            exit_code=1,
            against="main",
            base_commit="a" * 40,
            baseline="1 saved run",
        ),
    ],
)
def test_reports_are_as_the_schema_says(report: RunReport) -> None:
    """The schema is strict: what it does not describe is not there."""
    document = json.loads(render_json(report))
    jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert document["schema_version"] == SCHEMA_VERSION


def test_the_schema_is_one() -> None:
    """And everything in it is described by a type."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_figures_are_those_of_the_run() -> None:
    """In seconds and ratios."""
    document = json.loads(render_json(make_report(make_cell_report(Outcome.REGRESSED))))
    (cell,) = document["cells"]
    assert cell["measurement"]["speedup"]["value"] == 1.5
    assert cell["measurement"]["rounds"][0] == {"serial": 0.1, "parallel": 0.07}
    assert cell["verdict"]["red"] is True
    assert cell["stacks"]["now"]["losses"]["GIL"] == 0.3
    assert (cell["verdict"]["before"], cell["verdict"]["margin"]) == (2.14, 0.1)
    assert document["gate"]["kind"] == "RED"
    assert (document["gate"]["judged"], document["gate"]["decided"]) == (1, 1)
    assert document["gate"]["red"] is True
    assert document["gate"]["outcomes"]["regressed"] == 1
