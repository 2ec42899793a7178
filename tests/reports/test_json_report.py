from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import jsonschema
import pytest

from pytest_speedup.model import SCHEMA_VERSION, Outcome, RunReport, Verdict
from pytest_speedup.reports import junit_properties, render_json
from pytest_speedup.statistics import summarize
from tests.reports.builders import CHANGE, make_cell_report, make_report, one_of_each
from tests.samples import make_samples

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


def test_what_was_measured_and_judged_becomes_properties() -> None:
    """With the ends of the intervals."""
    verdict = Verdict("x", Outcome.PASSED, CHANGE, 0.05, before=1.9, margin=0.1)
    found = dict(junit_properties(summarize(make_samples(2.0)), verdict))
    assert found["speedup"] == found["speedup_low"] == "2"
    assert found["speedup_ceiling"] == "4"
    assert found["speedup_outcome"] == "passed"
    assert (found["speedup_change"], found["speedup_change_high"]) == ("0.7", "0.73")
    assert found["speedup_detectable_loss"] == "0.05"
    assert (found["speedup_before"], found["speedup_margin"]) == ("1.9", "0.1")


def test_what_is_not_known_has_no_property() -> None:
    """A comparison with a commit measures no cell by itself; a new cell has no change."""
    assert dict(junit_properties(None, None)) == {}
    assert dict(junit_properties(None, Verdict("x", Outcome.NEW))) == {"speedup_outcome": "new"}
