from __future__ import annotations

import math
import sys
from random import Random

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.statistics import find_levels

pytest.importorskip("ruptures")


def series(random: Random, noise: float, *levels: tuple[int, float]) -> list[float]:
    """Log speedups around levels, each with its length."""
    return [
        math.log(level) + random.gauss(0, noise) for length, level in levels for _ in range(length)
    ]


@pytest.mark.parametrize("noise", [0.005, 0.02, 0.08])
def test_steps_are_found_where_they_are(noise: float) -> None:
    """Of five times the noise, up and down."""
    step = math.exp(5 * noise)
    for seed in range(20):
        logs = series(Random(seed), noise, (20, 2.0), (25, 2.0 / step), (15, 2.0))
        first, second = find_levels(logs)
        assert abs(first - 20) <= 1
        assert abs(second - 45) <= 1


def test_noise_is_no_change() -> None:
    """In at most a few of many histories, of any length."""
    claims = sum(
        len(find_levels(series(Random(seed), 0.05, (length, 2.0))))
        for seed in range(100)
        for length in (8, 30, 120)
    )
    assert claims <= 6


def test_a_history_that_never_varies_has_one_level() -> None:
    """There is no noise to divide by."""
    assert find_levels([0.5] * 40) == []
    assert find_levels([0.5] * 20 + [0.4] * 20) == [20]


def test_a_short_history_says_nothing() -> None:
    """Two levels take six runs."""
    assert find_levels([0.0, 0.0, 0.0, 5.0, 5.0]) == []


def test_without_the_library_it_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the plugin does without."""
    monkeypatch.setitem(sys.modules, "ruptures", None)
    with pytest.raises(SpeedupError, match=r"pip install 'pytest-speedup\[history\]'"):
        find_levels([0.0] * 10)
