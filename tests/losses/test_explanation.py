from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from statistics import fmean

import pytest

from pytest_speedup.losses.explanation import (
    Explanation,
    Shortfall,
    explain_groups,
    explain_pairs,
    explain_shortfall,
    word_explanation,
    word_oversubscribed,
    word_shortfall,
)
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.losses.stack import Stack, mean_stack
from pytest_speedup.losses.trace import Counts
from tests.stacks import COUNTS, make_stack

NONE: Mapping[Loss, float] = {}
FEW_COUNTS = Counts(1, 2, 8, 2, 4, 100)


def noisy_stack(random: Random, noise: float, losses: Mapping[Loss, float]) -> Stack:
    """Two workers, an ideal second, and losses that vary a little."""
    seconds = {loss: losses.get(loss, 0.1) + random.uniform(0, noise) for loss in Loss}
    return Stack(2, 1.0, seconds, FEW_COUNTS)


def make_stacks(
    seed: int, losses: Mapping[Loss, float] = NONE, *, count: int = 5, noise: float = 0.01
) -> list[Stack]:
    random = Random(seed)
    return [noisy_stack(random, noise, losses) for _ in range(count)]


Explain = Callable[[list[Stack], list[Stack]], Explanation]


def change(before: list[Stack], after: list[Stack]) -> float:
    """Of the log speedup, as runs that are not recorded would show it."""
    slower = fmean(one.seconds for one in after) / fmean(one.seconds for one in before)
    return -math.log(slower)


def explain_paired(before: list[Stack], after: list[Stack]) -> Explanation:
    explanation = explain_pairs(list(zip(before, after, strict=True)), change(before, after))
    assert explanation is not None
    return explanation


def explain_grouped(before: list[Stack], after: list[Stack]) -> Explanation:
    explanation = explain_groups(before, after, change(before, after))
    assert explanation is not None
    return explanation


@pytest.fixture(params=[explain_paired, explain_grouped])
def explain(request: pytest.FixtureRequest) -> Explain:
    """Base and head side by side, or one run against another."""
    way: Explain = request.param
    return way


@pytest.mark.parametrize("loss", Loss)
def test_the_loss_that_grew_is_named(explain: Explain, loss: Loss) -> None:
    """With the seconds by which it did."""
    explanation = explain(make_stacks(1), make_stacks(2, {loss: 0.6}))
    assert explanation.change < -0.1
    assert explanation.named is not None
    assert explanation.named.loss is loss
    assert explanation.named.seconds == pytest.approx(0.5, abs=0.02)
    assert explanation.causes[0] is explanation.named


def test_a_gain_has_a_cause_as_well(explain: Explain) -> None:
    """The loss that got smaller."""
    explanation = explain(make_stacks(1, {Loss.DISPATCH: 0.6}), make_stacks(2))
    assert explanation.change > 0.1
    assert explanation.named is not None
    assert explanation.named.loss is Loss.DISPATCH
    assert explanation.named.seconds < 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (make_stacks(1), make_stacks(2)),  # nothing changed
        (make_stacks(1, noise=3.0), make_stacks(2, {Loss.LOCK: 0.6}, noise=3.0)),  # too noisy
        (make_stacks(1), make_stacks(2, dict.fromkeys(list(Loss)[:4], 0.3))),
    ],
)
def test_without_evidence_no_cause_is_named(
    explain: Explain, before: list[Stack], after: list[Stack]
) -> None:
    """Nor where several share the blame."""
    assert explain(before, after).named is None


def test_changes_of_losses_add_up_to_the_change(explain: Explain) -> None:
    """In logarithms, exactly."""
    explanation = explain(make_stacks(1, noise=1.0), make_stacks(2, noise=1.0))
    total = sum(cause.change.value for cause in explanation.causes)
    assert -total == pytest.approx(explanation.change)


def test_the_stacks_themselves_are_averages(explain: Explain) -> None:
    """For whoever wants to see them."""
    explanation = explain(make_stacks(1), make_stacks(2, {Loss.LOCK: 0.6}))
    assert explanation.before.losses[Loss.LOCK] == pytest.approx(0.1, abs=0.02)
    assert explanation.after.losses[Loss.LOCK] == pytest.approx(0.6, abs=0.02)


def test_nothing_recorded_explains_nothing() -> None:
    """As where a workload cannot be run; and one run does not tell how much they vary."""
    one, other = make_stacks(1, count=1), make_stacks(2, {Loss.LOCK: 0.6}, count=1)
    assert explain_pairs([], -0.5) is None
    assert explain_pairs([(one[0], other[0])], -0.5) is None
    assert explain_groups(one, make_stacks(3), -0.5) is None
    assert explain_shortfall(one) is None


def test_recorded_runs_must_show_what_was_measured() -> None:
    """A speedup that fell to a tenth is not explained by a loss of a fifth."""
    before, after = make_stacks(1), make_stacks(2, {Loss.LOCK: 0.6})
    pairs = list(zip(before, after, strict=True))
    for explanation in (explain_pairs(pairs, -2.3), explain_groups(before, after, -2.3)):
        assert explanation is not None
        assert explanation.named is None


def test_one_run_of_many_is_no_evidence(explain: Explain) -> None:
    """Though it makes all of the difference on average."""
    once = [*make_stacks(2, count=4), *make_stacks(3, {Loss.LOCK: 5.0}, count=1)]
    explanation = explain(make_stacks(1), once)
    assert explanation.causes[0].loss is Loss.LOCK
    assert explanation.named is None


def test_what_keeps_a_speedup_from_ideal_is_named() -> None:
    """If it takes half of what is missing, for sure."""
    shortfall = explain_shortfall(make_stacks(1, {Loss.GIL: 3.0}))
    assert shortfall is not None
    assert shortfall.named is Loss.GIL
    for stacks in (make_stacks(1), make_stacks(1, noise=9.0)):
        unsure = explain_shortfall(stacks)
        assert unsure is not None
        assert unsure.named is None


def test_an_ideal_speedup_lacks_nothing() -> None:
    """Or hardly anything."""
    none = dict.fromkeys(Loss, 0.0)
    assert explain_shortfall(make_stacks(1, none, noise=1e-4)) is None


def test_what_no_stack_has_is_not_in_their_mean() -> None:
    """A loss that the system does not tell stays untold."""
    told, untold = (Stack(2, 1.0, losses, FEW_COUNTS) for losses in ({Loss.GIL: 1.0}, {}))
    assert mean_stack([untold, untold]).losses == {}
    assert mean_stack([told, untold]).losses == {Loss.GIL: 0.5}


def explain_loss(loss: Loss, before: float = 0.1, after: float = 0.5) -> Explanation:
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
    assert word_explanation(explain_loss(Loss.POOL)) == (
        "+400 ms pool start and end (making pools, with what each imports again), "
        "pools created 12 instead of 1, 100% of the change"
    )
    assert word_explanation(explain_loss(Loss.LOCK, after=2.1)) == (
        "+2.00 s lock wait (waiting for the counter's lock), 100% of the change"
    )
    words = word_explanation(explain_loss(Loss.DISPATCH))
    assert words.startswith("+400 ms dispatch (handing out tasks and gathering results), ")
    assert "2000 tasks instead of 8" in words


def test_without_evidence_it_says_so() -> None:
    """Rather than to guess."""
    unexplained = replace(explain_loss(Loss.POOL), named=None)
    assert word_explanation(unexplained) == "unexplained: no loss grew enough to be named"


def test_a_shortfall_is_worded_by_its_share() -> None:
    """Or by its two largest, where neither is sure to be most of it."""
    stack = make_stack({Loss.GIL: 0.6, Loss.LOCK: 0.3, Loss.POOL: 0.1})
    assert word_shortfall(Shortfall(stack, Loss.GIL)) == "lost to 60% GIL"
    assert word_shortfall(Shortfall(stack, None)) == "lost to 60% GIL and 30% lock wait"


@pytest.mark.parametrize(
    ("workers", "beside", "cpus", "told"),
    [(4, 28, 2, True), (2, 2, 2, False), (4, 3, 1, False), (1, 64, 64, False), (2, 14, 4, True)],
)
def test_many_more_threads_than_cpus_are_told_of(
    workers: int, beside: float, cpus: float, *, told: bool
) -> None:
    """As many as workers at least: fewer are a library's own affair; and twice the CPUs."""
    said = word_oversubscribed(workers, beside, cpus)
    assert bool(said) is told
    if told:
        assert said.startswith(f"oversubscription: {workers} workers and {beside} threads beside")
