"""The proof in words, in every report."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from pytest_speedup.model import ProvedRun, ProvedSide, RunReport, Touch, TouchCounts
from pytest_speedup.reports import RENDERERS, render_json, word_proof
from tests.reports.builders import make_cell_report, make_report
from tests.reports.test_json_report import SCHEMA

BASE = ProvedSide("base", "a" * 40, "b" * 40, False, 3, 3, 0, 0, "from its tree")  # noqa: FBT003
HEAD = ProvedSide("head", "c" * 40, "d" * 40, True, 3, 2, 1, 0, "1 built from its tree")  # noqa: FBT003
PROOF = ProvedRun((BASE, HEAD), 1, ("not proven: data that git does not have: a.csv",))
LINE = (
    "proof: base loaded 3 files of its tree bbbbbbbbbbbb, all as in commit aaaaaaaaaaaa, from its "
    "tree; head loaded 3 files of its tree dddddddddddd, 1 of them not as in commit cccccccccccc, "
    "1 built from that, 1 built from its tree; 1 of its files differs"
)


def report() -> RunReport:
    return replace(make_report(make_cell_report()), against="main", proof=PROOF)


def test_each_side_is_told_of_in_one_line() -> None:
    """With its commit and tree; what is not proven has lines of its own."""
    assert word_proof(PROOF) == [LINE, *PROOF.remarks]


def test_a_tree_that_was_changed_elsewhere_says_so() -> None:
    """What was loaded is the commit's; and no file differs."""
    head = replace(HEAD, committed=3, built=0)
    (line,) = word_proof(ProvedRun((head,), 0))
    assert "all as in commit cccccccccccc, which other files are not" in line
    assert line.endswith("; 0 of its files differ")


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_reports_for_people_have_the_same_lines(suffix: str) -> None:
    """And none where nothing was compared side by side."""
    rendered = RENDERERS[suffix](report())
    for line in word_proof(PROOF):
        assert line.replace("a.csv", "").split(";")[0] in rendered
    assert "proof:" not in RENDERERS[suffix](replace(report(), proof=None))


def test_programs_get_the_figures() -> None:
    """As the schema says."""
    document = json.loads(render_json(report()))
    jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert document["proof"]["differing"] == 1
    assert document["proof"]["touches"] is None
    assert document["cells"][0]["touch"] is None
    head = document["proof"]["sides"][1]
    assert (head["commit"], head["tree"], head["modified"]) == ("c" * 40, "d" * 40, True)
    assert (head["files"], head["committed"], head["built"]) == (3, 2, 1)


def test_what_was_compiled_where_it_was_installed_is_counted() -> None:
    """Nobody can tell from which source, and a remark says so."""
    run = ProvedRun((replace(BASE, installed=2), HEAD), 1)
    assert ", 2 as they were installed, from its tree" in word_proof(run)[0]


TOUCHED = [Touch.TOUCHED, Touch.UNKNOWN, Touch.UNTOUCHED]
TWO_OF_FOUR = "touched: 2 of 4 cells may load what this change touches"


@pytest.mark.parametrize(
    ("touches", "line"),
    [
        ([Touch.UNTOUCHED], "touched: no cell loads what this change touches, of 1 cell"),
        ([Touch.UNTOUCHED] * 4, "touched: no cell loads what this change touches, of 4 cells"),
        (
            [Touch.TOUCHED] * 2,
            "touched: 2 of 2 cells may load what this change touches",
        ),
        (
            [*TOUCHED, Touch.TOUCHED],
            f"{TWO_OF_FOUR}, 1 cannot be asked, 1 does not",
        ),
        (
            [Touch.UNKNOWN, *[Touch.UNTOUCHED] * 2],
            "touched: 0 of 3 cells may load what this change touches, 1 cannot be asked, 2 do not",
        ),
        ([], None),
    ],
)
def test_whom_a_change_touches_is_said_in_a_line(touches: list[Touch], line: str | None) -> None:
    """And that it is nobody only where that is known of all."""
    run = replace(PROOF, touches=TouchCounts.of(touches))
    assert word_proof(run) == [LINE, *filter(None, [line]), *PROOF.remarks]
    for suffix in (".md", ".html"):
        rendered = RENDERERS[suffix](replace(report(), proof=run))
        assert (line or "proof:") in rendered


def test_programs_get_whom_a_change_touches() -> None:
    """As the schema says, in figures and of each cell."""
    for touch in Touch:
        cell = replace(make_cell_report(), touch=touch)
        proof = replace(PROOF, touches=TouchCounts.of(TOUCHED))
        document = json.loads(render_json(replace(report(), proof=proof, cells=(cell,))))
        jsonschema.validate(document, SCHEMA, cls=jsonschema.Draft202012Validator)
        assert document["proof"]["touches"] == {"touched": 1, "unknown": 1, "untouched": 1}
        assert document["cells"][0]["touch"] == touch.value
