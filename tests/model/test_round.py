from __future__ import annotations

import pytest

from pytest_speedup.model import PARALLEL, SERIAL, Round, Turn

ROUND = Round((Turn(PARALLEL, 0.25), Turn(SERIAL, 1.0), Turn(PARALLEL, 0.5)))


def test_an_arm_has_its_own_turns_in_the_order_in_which_they_ran() -> None:
    """Turns of the other arm in between are left out."""
    assert ROUND.seconds(PARALLEL) == (0.25, 0.5)
    assert ROUND.seconds(SERIAL) == (1.0,)


def test_an_arm_that_did_not_run_has_no_turns() -> None:
    """A cell without kernel is told by this."""
    assert ROUND.seconds("kernel parallel") == ()


def test_the_total_takes_in_every_turn() -> None:
    """The seconds of both arms add up."""
    assert ROUND.total == pytest.approx(1.75)
