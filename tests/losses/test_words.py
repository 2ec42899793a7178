from __future__ import annotations

from dataclasses import replace

from pytest_speedup.losses.explanation import (
    Explanation,
    Shortfall,
    explain_pairs,
    word_explanation,
    word_shortfall,
)
from pytest_speedup.losses.kinds import Loss
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


def test_a_shortfall_is_worded_by_its_share() -> None:
    """Or by its two largest, where neither is sure to be most of it."""
    stack = make_stack({Loss.GIL: 0.6, Loss.LOCK: 0.3, Loss.POOL: 0.1})
    assert word_shortfall(Shortfall(stack, Loss.GIL)) == "lost to 60% GIL"
    assert word_shortfall(Shortfall(stack, None)) == "lost to 60% GIL and 30% lock wait"
