"""Levels of saved runs, and whether the last lies too far below the best."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import history_code, judge_history, read_history
from pytest_speedup.model import Descent, Outcome
from tests.gate.builders import make_readings, make_saved
from tests.samples import MACHINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import SavedCell

STEPS = [2.0 * 0.98**step for step in range(6)]
"""Five losses of 2 %."""


def saved(speedups: Sequence[float]) -> list[SavedCell]:
    return [
        make_saved(make_readings(speedup), f"{number:04}_x.json")
        for number, speedup in enumerate(speedups, start=1)
    ]


def noisy(levels: Sequence[float], length: int, noise: float, seed: int = 1) -> list[float]:
    random = Random(seed)
    return [level * math.exp(random.gauss(0, noise)) for level in levels for _ in range(length)]


def judged(speedups: Sequence[float], fail: float = 0.1, *, cells: int = 1) -> Descent:
    return judge_history(read_history(saved(speedups)), fail, cells=cells)


@pytest.mark.parametrize("length", [5, 20, 100])
@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_five_losses_of_two_percent_are_ten(length: int, noise: float) -> None:
    """Each of them alone was accepted."""
    descent = judged(noisy(STEPS, length, noise))
    assert descent.outcome is Outcome.REGRESSED
    assert descent.loss == pytest.approx(1 - 0.98**5, abs=0.01)
    assert descent.best.first.run == "0001_x.json"
    assert descent.last.last.run == f"{6 * length:04}_x.json"


@pytest.mark.parametrize("lost", [0.0, 0.02, 0.05])
def test_what_is_accepted_passes(lost: float) -> None:
    """It surely fell by less."""
    descent = judged(noisy([2.0, 2.0 * (1 - lost)], 20, 0.005))
    assert descent.outcome is Outcome.PASSED
    assert descent.reason == ""


def test_a_fall_that_may_be_too_large_is_red() -> None:
    """It was found, and how large it is is not sure: 9 % in runs that vary by 3 %."""
    assert judged(noisy([2.0, 2.0 * 0.91], 12, 0.03)).outcome is Outcome.REGRESSED
    assert judged(noisy([2.0, 2.0 * 0.92], 400, 0.01)).outcome is Outcome.PASSED


def test_the_best_level_counts_and_not_the_first() -> None:
    """A gain that was lost again is a loss."""
    descent = judged(noisy([1.5, 2.0, 1.6], 10, 0.005))
    assert descent.outcome is Outcome.REGRESSED
    assert descent.best.speedup == pytest.approx(2.0, rel=0.01)
    assert judged(noisy([2.0, 1.5, 2.2], 10, 0.005)).outcome is Outcome.PASSED


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_runs_tell_nothing(count: int) -> None:
    """Whatever they show."""
    descent = judged([4.0, 1.0, 1.0, 1.0, 1.0][:count])
    assert descent.outcome is Outcome.INCONCLUSIVE
    runs = "1 run" if count == 1 else f"{count} runs"
    assert descent.reason == f"too few runs to tell: {runs}, at least 6 are needed"
    assert descent.finest == 1.0


def test_restless_runs_tell_little() -> None:
    """They say what they could show; more of them show more, and a larger fall is seen."""
    restless = noisy([2.0], 20, 0.1)
    descent = judged(restless)
    assert descent.outcome is Outcome.INCONCLUSIVE
    assert descent.reason.startswith("too few runs to tell: 20 runs, which vary by ")
    assert descent.reason.endswith(f"show no fall below {100 * descent.finest:.0f} %")
    assert judged(noisy([2.0], 400, 0.1)).finest < descent.finest
    assert judged(restless, 0.5).outcome is Outcome.PASSED


def test_a_few_good_runs_among_many_are_not_the_best_level() -> None:
    """Three together are an accident in a hundred, and a level where there are few others."""
    runs = noisy([2.0], 120, 0.005)
    runs[50:53] = [2.6] * 3
    assert judged(runs).outcome is Outcome.PASSED
    assert judged(noisy([2.6, 2.0], 3, 0.001)).outcome is Outcome.REGRESSED


def test_more_cells_take_a_surer_fall() -> None:
    """They share one chance of a false red."""
    runs = noisy([2.0, 1.9], 6, 0.005)
    assert judged(runs, 0.04).outcome is Outcome.REGRESSED
    assert judged(runs, 0.04, cells=10**9).outcome is not Outcome.REGRESSED


def test_noise_that_lasts_takes_a_surer_fall() -> None:
    """Neighbouring runs say the same twice."""
    random = Random(4)
    fresh = [random.gauss(0, 0.01) for _ in range(200)]
    lasting = [0.0]
    for one in fresh:
        lasting.append(0.7 * lasting[-1] + math.sqrt(1 - 0.7**2) * one)
    plain, longer = (judged([2 * math.exp(one) for one in some]) for some in (fresh, lasting))
    assert longer.finest > 1.2 * plain.finest


def test_a_new_baseline_begins_anew() -> None:
    """What was accepted there is the norm from then on; the moves are shown all the same."""
    runs = saved(noisy([2.0, 1.0], 10, 0.005))
    assert judge_history(read_history(runs), 0.1).outcome is Outcome.REGRESSED
    runs[10] = replace(runs[10], begins=True)
    history = read_history(runs)
    assert len(history.moves) == 1
    descent = judge_history(history, 0.1)
    assert (descent.outcome, descent.runs) == (Outcome.PASSED, 10)


def test_runs_of_another_machine_do_not_count() -> None:
    """Too few are left, and nothing is green by them."""
    runs = saved(noisy([2.0], 10, 0.005))
    elsewhere = replace(runs[-1], machine=replace(MACHINE, cpu_model="Other"))
    history = read_history([*runs, elsewhere])
    assert history.left_out == 10
    assert judge_history(history, 0.1).outcome is Outcome.INCONCLUSIVE


def test_unchanged_series_are_not_red() -> None:
    """As the laboratory shows by the thousand."""
    drawn = [judged(noisy([2.0], 40, 0.05, seed), cells=100).outcome for seed in range(100)]
    assert Outcome.REGRESSED not in drawn


def test_the_exit_code_says_what_was_judged() -> None:
    """A loss is 1; what nobody could judge is no green; some of it may be open beside others."""
    red, green, few = (
        judged(some) for some in (noisy(STEPS, 10, 0.0), noisy([2.0], 20, 0.001), [2.0] * 3)
    )
    assert history_code([green, few, red]) == 1
    assert history_code([few, red]) == 1
    assert history_code([green, few]) == 0
    assert history_code([few, few]) == 10
    assert history_code([]) == 10
