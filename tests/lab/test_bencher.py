"""Bencher's rules; they need the group "lab", as the others do, and ``tox -e evaluate`` has it."""

from __future__ import annotations

import math

import pytest

from tests.lab.prepared import make_prepared

pytest.importorskip("scipy", reason="the rules of others are a group of their own")
pytest.importorskip("asv", reason="the rules of others are a group of their own")
pytest.importorskip("pyperf", reason="the rules of others are a group of their own")

from benchmarks.lab import bencher
from benchmarks.lab.bencher import BENCHER, BencherRule, percentage_limit, t_test_limit

BY_NAME = pytest.mark.parametrize("rule", BENCHER, ids=lambda rule: rule.name)

SAVED = [make_prepared(0.5), make_prepared(0.51), make_prepared(0.49)]


@BY_NAME
@pytest.mark.parametrize(("now", "red"), [(1.0, True), (0.5, False), (0.25, False)])
def test_more_time_than_all_saved_runs_is_red(
    rule: BencherRule,
    now: float,
    red: bool,  # noqa: FBT001 - a column of a table
) -> None:
    """The same time and less are not."""
    (decision,) = rule.judge([make_prepared(now, now)], [SAVED])
    assert decision.red is red
    assert decision.rounds == 12


def test_the_limit_of_a_t_test_is_that_of_its_documentation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its example: 25 metrics of mean 100 and standard deviation 10, at 0.977."""
    monkeypatch.setattr(bencher, "UPPER_BOUNDARY", 0.977)
    means = [100.0, *[90.0] * 12, *[110.0] * 12]
    assert t_test_limit(means) == pytest.approx(121.46, abs=0.005)


def test_the_limit_of_a_percentage_is_that_of_its_documentation() -> None:
    """Its example: a mean of 100 and a boundary of 0.10."""
    assert percentage_limit([90.0, 110.0]) == pytest.approx(110.0)


@pytest.mark.parametrize("means", [[0.5], [0.5, 0.5]])
def test_without_a_spread_a_t_test_makes_no_alert(means: list[float]) -> None:
    """It has nothing to go by."""
    assert t_test_limit(means) == math.inf


def test_only_the_last_runs_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is older has another level."""
    monkeypatch.setattr(bencher, "MAX_SAVED_RUNS", 3)
    percentage = BENCHER[1]
    (decision,) = percentage.judge([make_prepared(0.6)], [[*[make_prepared(1.0)] * 3, *SAVED]])
    assert decision.red
