from __future__ import annotations

import pytest

from benchmarks.lab.soak.ran import OUTCOMES
from pytest_speedup.model import Outcome
from tests.lab.soak.runs import CTRL_C, KILLED_CHILD, KILLED_PYTEST, RED, ran


def test_the_last_line_is_read() -> None:
    """As a user would."""
    verdicts = ran(stdout=f"speedup gate: 2 new cells, which is fine\n{RED}").verdicts
    assert verdicts["passed"] == 2
    assert verdicts["regressed"] == 1
    assert verdicts["serial improved"] == 0
    assert set(verdicts) == set(OUTCOMES)


def test_a_run_without_a_verdict_has_none() -> None:
    """It was interrupted, say."""
    assert ran(stdout="no tests ran").verdicts == {}


def test_all_outcomes_are_known() -> None:
    """By the names that the gate's last line has for them."""
    assert set(OUTCOMES) == {outcome.value for outcome in Outcome}


@pytest.mark.parametrize(
    ("exit_code", "blow", "expected"),
    [
        (-9, KILLED_PYTEST, True),
        (-2, CTRL_C, True),
        (2, CTRL_C, False),
        (-9, CTRL_C, False),
        (-9, KILLED_CHILD, False),
        (None, KILLED_PYTEST, False),
    ],
)
def test_who_ended_on_the_spot(exit_code: int | None, blow: object, expected: object) -> None:
    """By a signal that was sent to it, and no other."""
    assert ran(blow, exit_code=exit_code).ended_by_signal is expected  # type: ignore[arg-type]
