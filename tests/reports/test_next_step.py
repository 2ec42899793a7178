"""What to do about an exit code."""

from __future__ import annotations

import pytest

from pytest_speedup.gate import RunEnd, exit_code
from pytest_speedup.model import Kind, Outcome, Standing, Verdict
from pytest_speedup.reports import word_next

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
            "no cell could be decided",
        ),
        (10, Standing(Kind.GREEN), "see what stands above"),
    ],
)
def test_the_gravest_is_what_to_do(code: int, standing: Standing, said: str) -> None:
    """One thing at a time."""
    assert said in word_next(code, standing)
