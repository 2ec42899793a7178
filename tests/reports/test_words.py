"""What reports say: outcomes, the proof, and what to do about an exit code."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from pytest_speedup.gate import RunEnd, exit_code
from pytest_speedup.model import (
    Estimate,
    Kind,
    Outcome,
    ProvedRun,
    ProvedSide,
    RunReport,
    Standing,
    Touch,
    TouchCounts,
    Verdict,
)
from pytest_speedup.reports import (
    RENDERERS,
    count_outcomes,
    notable,
    render_json,
    word_loss,
    word_next,
    word_proof,
    word_remarks,
    word_saved_runs,
    word_verdict,
)
from pytest_speedup.reports.terminal import CELL_WIDTH
from pytest_speedup.reports.words import (
    word_cell,
    word_change,
    word_ratio,
    word_share,
    word_speedup,
)
from tests.gate.builders import make_readings, make_saved
from tests.reports.builders import make_cell_report, make_report
from tests.reports.test_json_report import SCHEMA
from tests.samples import make_cell

LOSS = Estimate(0.70, 0.66, 0.73, 0.99)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_fits_its_cell(outcome: Outcome) -> None:
    """Two neighbours in a table never touch, at the widest figures too."""
    lost, won = Estimate(1e-9, 0.0, 0.01, 0.99), Estimate(11.5, 9.0, 99.0, 0.99)
    for change in (lost, won, None):
        lines = word_cell(Verdict("x", outcome, change, detectable=0.999))
        assert all(len(line) < CELL_WIDTH for line in lines)


@pytest.mark.parametrize("outcome", Outcome)
def test_an_outcome_has_its_own_word_and_no_other(outcome: Outcome) -> None:
    """In tables, in lines and in the failure of its test alike."""
    verdict = Verdict("x", outcome, LOSS, 0.05, reason="so it is")
    assert word_cell(verdict)[0] == outcome.value
    assert word_verdict(verdict).startswith(f"x: {outcome.value}, speedup -30 % (-34 to -27)")
    assert word_remarks(verdict).startswith(f"x: {outcome.value}, so it is")
    assert f": {outcome.value}, speedup" in word_loss(make_cell(), verdict, "seen")


def test_a_pass_says_what_it_could_have_seen() -> None:
    """Green without a resolution would promise more than was measured."""
    assert word_cell(Verdict("x", Outcome.PASSED, LOSS, detectable=0.06)) == [
        "passed",
        "would see 6 %",
    ]


def test_a_loss_is_worded_with_its_interval_and_its_margin() -> None:
    """With the cell, the measured speedups and the reason."""
    verdict = Verdict(
        "x[thread-2]", Outcome.REGRESSED, LOSS, 0.05, reason="since", speedup=2.1, before=3.6
    )
    verdict = replace(verdict, margin=0.04)
    figures = "regressed, speedup 3.60x -> 2.10x, -30 % (-34 to -27), margin 4 %"
    assert word_verdict(verdict) == f"x[thread-2]: {figures}, since"
    assert word_loss(make_cell("process", 4), verdict, "seen in two pools") == (
        f"work process-4: {figures}\n  since\n  seen in two pools"
    )


def test_the_speedup_before_is_never_computed() -> None:
    """What a drift of the ceiling was taken out of is no ratio of two speedups that were seen."""
    verdict = Verdict("x", Outcome.REGRESSED, LOSS, speedup=0.9)
    assert "->" not in word_verdict(verdict)
    assert "3.60x -> 0.90x, -30 %" in word_verdict(replace(verdict, before=3.6))


@pytest.mark.parametrize(
    ("speedup", "words"),
    [(3.6, "3.60x"), (0.1, "0.10x"), (0.034, "0.034x"), (0.0032, "0.0032x"), (1e-6, "1e-06x")],
)
def test_small_speedups_keep_two_digits(speedup: float, words: str) -> None:
    """``0.00x`` would say that nothing was measured."""
    assert word_speedup(speedup) == words


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(0.7, "-30 %"), (1.5, "+50 %"), (0.02, "-98 %"), (0.0032, "-99.7 %"), (1e-6, "-99.9999 %")],
)
def test_a_loss_of_nearly_all_is_not_one_of_all(ratio: float, words: str) -> None:
    """It has the decimals that tell."""
    assert word_ratio(ratio) == words


def test_the_ends_of_an_interval_can_be_anything() -> None:
    """Nothing, too."""
    assert word_change(Estimate(0.5, 0.0, 12.0, 0.99)) == "-50 % (-100 to +1100)"


@pytest.mark.parametrize(
    ("share", "words"), [(0.04, "4 %"), (0.001, "0.1 %"), (1e-5, "0.001 %"), (0.9999, ">99 %")]
)
def test_shares_are_worded_with_what_tells_them_from_none_and_all(share: float, words: str) -> None:
    """A margin of 0.1 % is not one of nothing."""
    assert word_share(share) == words


def test_an_inconclusive_cell_says_what_would_have_shown() -> None:
    """The reader learns whether more rounds or another machine would help."""
    verdict = Verdict("x", Outcome.INCONCLUSIVE, LOSS, 0.41)
    assert word_verdict(verdict).endswith("a loss of 41 % would have shown")


def test_acknowledged_losses_say_why() -> None:
    """The reason from the reviewed file stands in the report."""
    verdict = Verdict("x", Outcome.REGRESSED, LOSS, acknowledged="checked in review")
    assert word_verdict(verdict).endswith("acknowledged: checked in review")


def test_code_that_became_slower_as_a_whole_is_named() -> None:
    """Its speedup is what it was."""
    verdict = Verdict(
        "x", Outcome.PASSED, LOSS, margin=0.1, parallel_change=1.3, serial_change=1.31
    )
    said = "slower with and without workers, which no speedup shows: serial time +31 %, parallel"
    assert said in word_verdict(verdict)
    assert notable([verdict], told=()) == [verdict]
    faster = replace(verdict, serial_change=1.05)
    assert "slower" not in word_verdict(faster)
    assert notable([faster], told=()) == []


def test_outcomes_that_occurred_are_counted() -> None:
    """Others would hide them."""
    verdicts = [Verdict("a", Outcome.PASSED), Verdict("b", Outcome.PASSED)]
    assert count_outcomes([*verdicts, Verdict("c", Outcome.NEW)]) == "2 passed, 1 new"


@pytest.mark.parametrize("outcome", Outcome)
def test_only_passed_cells_go_without_a_line(outcome: Outcome) -> None:
    """What needs attention is listed below the tables."""
    assert bool(notable([Verdict("x", outcome)], told=())) is (outcome is not Outcome.PASSED)


@pytest.mark.parametrize("outcome", Outcome)
def test_only_a_red_cell_is_told_by_its_test(outcome: Outcome) -> None:
    """A test that failed for another reason says nothing of its cell."""
    untold = {Outcome.PASSED, Outcome.REGRESSED}
    assert bool(notable([Verdict("x", outcome)], told={"x"})) is (outcome not in untold)
    accepted = Verdict("x", Outcome.REGRESSED, acknowledged="reviewed")
    assert notable([accepted], told={"x"}) == [accepted]


def test_saved_runs_are_named_by_the_last() -> None:
    """With their number, so that it is seen how much stands behind a verdict."""
    first = replace(make_saved(make_readings(2.0)), run="0001_x.json", created="2026-11-25T10:00")
    last = replace(first, run="0002_x.json", created="2026-11-26T10:00:59", commit="9" * 40)
    assert word_saved_runs([last, first, last]) == (
        "2 saved runs, last 0002 of 999999999999, 2026-11-26T10:00"
    )
    unversioned = replace(first, commit="unversioned")
    assert word_saved_runs([unversioned]) == "1 saved run, 0001, 2026-11-25T10:00"
    assert word_saved_runs([]) == ""


CODES = {exit_code(RunEnd(code), Standing(kind)) for code in range(12) for kind in Kind}


def failing(*outcomes: Outcome) -> Standing:
    return Standing(Kind.NOT_GREEN, failing=tuple(Verdict("w", one) for one in outcomes))


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("code", sorted(CODES - {0}))
def test_each_code_but_0_has_one_line(code: int, kind: Kind) -> None:
    """Which names it."""
    line = word_next(code, Standing(kind))
    assert line.startswith(f"speedup: exit code {code}: ")
    assert line.rstrip() == line
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize("kind", Kind)
def test_nothing_is_to_be_done_about_0(kind: Kind) -> None:
    """So that nothing is said."""
    assert word_next(0, Standing(kind)) == ""


@pytest.mark.parametrize(
    ("code", "standing", "said"),
    [
        (1, Standing(Kind.RED), "acknowledge it"),
        (1, Standing(Kind.GREEN), "a test failed, no cell regressed"),
        (2, Standing(Kind.RED), "run it again, whole"),
        (4, Standing(Kind.GREEN), "what the error names"),
        (11, Standing(Kind.BROKEN), "mend what ended or failed"),
        (10, failing(Outcome.MISSING, Outcome.UNCONFIRMED), "--speedup-budget"),
        (10, failing(Outcome.INCOMPARABLE, Outcome.MISSING), "--speedup-allow=missing"),
        (10, failing(Outcome.INCOMPARABLE), "--speedup-allow=incomparable"),
        (10, failing(Outcome.INCONCLUSIVE), "a wider margin"),
        (10, failing(Outcome.NEW), "--benchmark-autosave"),
        (10, Standing(Kind.UNDECIDED), "no cell was selected"),
        (
            10,
            Standing(Kind.UNDECIDED, counts=((Outcome.INCONCLUSIVE, 1),)),
            "no cell could be decided: give it more time",
        ),
        (10, Standing(Kind.UNDECIDED, counts=((Outcome.TOO_SHORT, 1),)), "have a turn do more"),
        (
            10,
            Standing(Kind.UNDECIDED, counts=((Outcome.INCONCLUSIVE, 1), (Outcome.TOO_SHORT, 8))),
            "give it more time",
        ),
        (10, Standing(Kind.GREEN), "see what stands above"),
    ],
)
def test_the_gravest_is_what_to_do(code: int, standing: Standing, said: str) -> None:
    """One thing at a time."""
    assert said in word_next(code, standing)


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
