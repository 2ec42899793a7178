from __future__ import annotations

from random import Random

import pytest

from pytest_speedup.model import Explanation, Loss, Stack
from pytest_speedup.verdict import explain_change


def make_stack(random: Random, noise: float = 0.01, **losses: float) -> Stack:
    """Two workers, an ideal second, and losses that vary a little."""
    return Stack(
        2,
        1.0,
        {loss: losses.get(loss.name, 0.1) + random.uniform(0, noise) for loss in Loss},
    )


def make_stacks(seed: int, count: int = 5, *, noise: float = 0.01, **losses: float) -> list[Stack]:
    random = Random(seed)
    return [make_stack(random, noise, **losses) for _ in range(count)]


def explain(before: list[Stack], after: list[Stack]) -> Explanation:
    explanation = explain_change(list(zip(before, after, strict=True)))
    assert explanation is not None
    return explanation


@pytest.mark.parametrize("loss", Loss)
def test_the_loss_that_grew_is_named(loss: Loss) -> None:
    """With the seconds by which it did."""
    random = Random(2)
    explanation = explain(
        make_stacks(1), [make_stack(random, **{loss.name: 0.6}) for _ in range(5)]
    )
    assert explanation.change < -0.1
    assert explanation.named is not None
    assert explanation.named.loss is loss
    assert explanation.named.seconds == pytest.approx(0.5, abs=0.02)
    assert explanation.causes[0] is explanation.named


def test_a_gain_has_a_cause_as_well() -> None:
    """The loss that got smaller."""
    explanation = explain(make_stacks(1, DISPATCH=0.6), make_stacks(2))
    assert explanation.change > 0.1
    assert explanation.named is not None
    assert explanation.named.loss is Loss.DISPATCH
    assert explanation.named.seconds < 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (make_stacks(1), make_stacks(2)),  # nothing changed
        (make_stacks(1, 2), make_stacks(2, 2, LOCK=0.6)),  # too few blocks
        (make_stacks(1, noise=3.0), make_stacks(2, noise=3.0, LOCK=0.6)),  # too much noise
        (make_stacks(1), make_stacks(2, LOCK=0.3, POOL=0.3, SERIAL=0.3, DISPATCH=0.3)),
    ],
)
def test_without_evidence_no_cause_is_named(before: list[Stack], after: list[Stack]) -> None:
    """Nor where several share the blame."""
    assert explain(before, after).named is None


def test_changes_of_losses_add_up_to_the_change() -> None:
    """In logarithms, exactly."""
    explanation = explain(make_stacks(1, noise=1.0), make_stacks(2, noise=1.0))
    total = sum(cause.change.value for cause in explanation.causes)
    assert -total == pytest.approx(explanation.change)


def test_the_stacks_themselves_are_averages() -> None:
    """For whoever wants to see them."""
    explanation = explain(make_stacks(1), make_stacks(2, LOCK=0.6))
    assert explanation.before.losses[Loss.LOCK] == pytest.approx(0.1, abs=0.02)
    assert explanation.after.losses[Loss.LOCK] == pytest.approx(0.6, abs=0.02)


def test_nothing_recorded_explains_nothing() -> None:
    """As where a workload cannot be run."""
    assert explain_change([]) is None
