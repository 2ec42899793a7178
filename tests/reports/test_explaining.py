from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_speedup.gate import explain_pairs
from pytest_speedup.model import Explanation, Loss, Shortfall
from pytest_speedup.reports import is_chosen, render_stacks
from pytest_speedup.reports.explaining import word_explanation, word_shortfall
from tests.stacks import COUNTS, make_stack


def explain(loss: Loss, before: float = 0.1, after: float = 0.5) -> Explanation:
    """Seconds of one loss before and after; counts change, too."""
    pair = (
        make_stack({loss: before}),
        make_stack({loss: after}, replace(COUNTS, pools=12, tasks=2000)),
    )
    explanation = explain_pairs([pair] * 3, -0.3)
    assert explanation is not None
    return explanation


def test_a_cause_is_worded_with_its_seconds_and_what_was_counted() -> None:
    """Counts are told where they say something of this loss."""
    assert word_explanation(explain(Loss.POOL)) == (
        "+400 ms pool start and end (making pools, with what each imports again), "
        "pools created 12 instead of 1, 100% of the change"
    )
    assert word_explanation(explain(Loss.LOCK, after=2.1)) == (
        "+2.00 s lock wait (waiting for the counter's lock), 100% of the change"
    )
    words = word_explanation(explain(Loss.DISPATCH))
    assert words.startswith("+400 ms dispatch (handing out tasks and gathering results), ")
    assert "2000 tasks instead of 8" in words


def test_without_evidence_it_says_so() -> None:
    """Rather than to guess."""
    unexplained = replace(explain(Loss.POOL), named=None)
    assert word_explanation(unexplained) == "unexplained: no loss grew enough to be named"


@pytest.mark.parametrize("loss", Loss)
def test_every_loss_has_words(loss: Loss) -> None:
    """For its line, and for its row of a stack."""
    assert f"{loss.value} (" in word_explanation(explain(loss))
    rows = list(render_stacks([("now", make_stack({loss: 1}))]))
    assert any(row.startswith(f"  {loss.value} ") for row in rows)


def test_a_shortfall_is_worded_by_its_share() -> None:
    """Or by its two largest, where neither is sure to be most of it."""
    stack = make_stack({Loss.GIL: 0.6, Loss.LOCK: 0.3, Loss.POOL: 0.1})
    assert word_shortfall(Shortfall(stack, Loss.GIL)) == "lost to 60% GIL"
    assert word_shortfall(Shortfall(stack, None)) == "lost to 60% GIL and 30% lock wait"


def test_stacks_stand_side_by_side() -> None:
    """What neither has of any size is left out."""
    old = make_stack({Loss.GIL: 0.5, Loss.POOL: 0.001, Loss.CORE_WAIT: 0.0})
    new = make_stack({Loss.GIL: 1.0, Loss.SERIAL: -0.25, Loss.CORE_WAIT: 0.0})
    assert list(render_stacks([("base", old), ("head", new)])) == [
        "  milliseconds                base      head",
        "  ideal                    1000.00   1000.00",
        "  GIL                       500.00   1000.00   waiting for the interpreter lock",
        "  serial section              0.00   -250.00   code outside of tasks",
        "  measured                 1501.00   1750.00",
        "  speedup                    1.33x     1.14x",
    ]


def test_a_loss_that_the_system_does_not_tell_is_not_none() -> None:
    """It is said where it went, as on macOS and Windows; without tasks there is nothing to tell."""
    told, untold = make_stack({Loss.CORE_WAIT: 0.0}), make_stack({Loss.BLOCKED: 1.0})
    line = "  core wait              not told by this system; it is in dispatch"
    assert not any("core wait" in row for row in render_stacks([("base", told)]))
    assert any(row.startswith(line) for row in render_stacks([("base", told), ("head", untold)]))
    nothing = make_stack({Loss.SERIAL: 1.0}, replace(COUNTS, tasks=0))
    assert not any("core wait" in row for row in render_stacks([("base", nothing)]))


@pytest.mark.parametrize(
    ("name", "chosen"), [(None, False), ("all", True), ("primes", True), ("downloads", False)]
)
def test_cells_are_chosen_by_a_part_of_their_names(name: str | None, *, chosen: bool) -> None:
    """Or all of them."""
    assert is_chosen("test_primes[thread-2]", name) is chosen
