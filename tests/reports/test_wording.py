from __future__ import annotations

import pytest

from pytest_speedup.model import Estimate, Outcome, Verdict
from pytest_speedup.reports import count_outcomes, notable, word_loss, word_verdict
from pytest_speedup.reports.terminal import CELL_WIDTH
from pytest_speedup.reports.wording import word_cell
from tests.samples import make_cell

LOSS = Estimate(0.70, 0.66, 0.73, 0.99)


def test_every_outcome_fits_its_cell() -> None:
    """Two neighbours in a table never touch, at the widest figures too."""
    lost, won = Estimate(0.001, 0.0, 0.01, 0.99), Estimate(11.5, 9.0, 99.0, 0.99)
    assert len(word_cell(Verdict("x", Outcome.IMPROVED, won, detectable=0.999))) < CELL_WIDTH
    for outcome in (
        Outcome.PASSED,
        Outcome.REGRESSED,
        Outcome.SERIAL_IMPROVED,
        Outcome.INCONCLUSIVE,
    ):
        assert len(word_cell(Verdict("x", outcome, lost, detectable=0.999))) < CELL_WIDTH
    for outcome in Outcome:
        assert len(word_cell(Verdict("x", outcome))) < CELL_WIDTH


def test_a_pass_says_what_it_could_have_seen() -> None:
    """Green without a resolution would promise more than was measured."""
    assert "6%" in word_cell(Verdict("x", Outcome.PASSED, LOSS, detectable=0.06))


def test_a_loss_is_worded_with_its_interval() -> None:
    """In one line, with the cell and the reason."""
    verdict = Verdict("x[thread-2]", Outcome.REGRESSED, LOSS, 0.05)
    assert word_verdict(verdict) == "x[thread-2]: REGRESSED, speedup -30 % (-34 to -27)"
    assert word_loss(make_cell("process", 4), verdict, "seen in two pools") == (
        "work process-4: speedup regressed, -30 % (-34 to -27); against its baseline, and "
        "parallel time rose; seen in two pools"
    )


def test_an_inconclusive_cell_says_what_would_have_been_seen() -> None:
    """The reader learns whether more rounds or another machine would help."""
    verdict = Verdict("x", Outcome.INCONCLUSIVE, LOSS, 0.41)
    assert word_verdict(verdict).endswith("a loss of 41% would have been seen")


def test_acknowledged_losses_say_why() -> None:
    """The reason from the reviewed file stands in the report."""
    verdict = Verdict("x", Outcome.REGRESSED, LOSS, acknowledged="checked in review")
    assert word_verdict(verdict).endswith("acknowledged: checked in review")


def test_all_outcomes_are_counted() -> None:
    """The last line names every outcome, also those that did not occur."""
    verdicts = [Verdict("a", Outcome.PASSED), Verdict("b", Outcome.PASSED)]
    line = count_outcomes([*verdicts, Verdict("c", Outcome.NEW)])
    assert line.startswith("2 passed, 0 regressed, 0 improved, 0 serial improved")
    assert "1 new" in line


@pytest.mark.parametrize("outcome", Outcome)
def test_only_passed_cells_go_without_a_line(outcome: Outcome) -> None:
    """What needs attention is listed below the tables."""
    assert bool(notable([Verdict("x", outcome)])) is (outcome is not Outcome.PASSED)


def test_no_pass_claims_to_see_a_loss_of_everything() -> None:
    """A speedup cannot fall to nothing: such a cell has seen as good as nothing."""
    assert word_cell(Verdict("x", Outcome.PASSED, LOSS, detectable=0.9999)) == "ok, sees >99%"
