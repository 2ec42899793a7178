"""The rules of others; they need the group "lab", and ``tox -e evaluate`` has it."""

from __future__ import annotations

from random import Random

import pytest

from tests.lab.prepared import make_prepared

pytest.importorskip("scipy", reason="the rules of others are a group of their own")
pytest.importorskip("asv", reason="the rules of others are a group of their own")
pytest.importorskip("pyperf", reason="the rules of others are a group of their own")

from benchmarks.lab.peers import PEERS, PeerRule, criterion_slower

BY_NAME = pytest.mark.parametrize("rule", PEERS, ids=lambda rule: rule.name)


@BY_NAME
def test_twice_the_time_is_red(rule: PeerRule) -> None:
    """With twelve rounds each rule can be sure."""
    saved, now = make_prepared(0.5, 0.5), make_prepared(1.0, 1.0)
    (decision,) = rule.judge([now], [[saved]])
    assert decision.red
    assert decision.rounds == 12


@BY_NAME
def test_the_same_times_are_not_red(rule: PeerRule) -> None:
    """No rule is that strict."""
    (decision,) = rule.judge([make_prepared(0.5)], [[make_prepared(0.5)]])
    assert not decision.red


@BY_NAME
def test_less_time_is_not_red(rule: PeerRule) -> None:
    """A difference the other way is none that fails."""
    (decision,) = rule.judge([make_prepared(0.5)], [[make_prepared(1.0)]])
    assert not decision.red


@BY_NAME
def test_the_last_saved_run_is_compared_with(rule: PeerRule) -> None:
    """As the tools do."""
    (decision,) = rule.judge([make_prepared(1.0)], [[make_prepared(0.5), make_prepared(1.0)]])
    assert not decision.red


@pytest.mark.parametrize(("change", "slower"), [(1.05, False), (1.2, True)])
def test_criterion_ignores_what_lies_within_its_threshold(
    change: float,
    slower: bool,  # noqa: FBT001 - a column of a table
) -> None:
    """A change may be significant, and small."""
    random = Random(2)
    saved = [random.gauss(1.0, 0.01) for _ in range(20)]
    assert criterion_slower(saved, [change * time for time in saved]) is slower
