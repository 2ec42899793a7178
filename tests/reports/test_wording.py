from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_speedup.model import Estimate, Outcome, Verdict
from pytest_speedup.reports import (
    count_outcomes,
    notable,
    word_loss,
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
