from __future__ import annotations

import pytest

from pytest_speedup.statistics import t_quantile


@pytest.mark.parametrize(
    ("probability", "degrees", "expected"),
    [
        (0.975, 1, 12.7062047),
        (0.975, 2, 4.30265273),
        (0.975, 3, 3.18244631),
        (0.95, 5, 2.01504837),
        (0.999, 12, 3.92963326),
        (0.9995, 7.5, 5.20772566),
        (0.9, 30, 1.31041503),
        (0.99, 1000, 2.33008267),
    ],
)
def test_quantiles_agree_with_tables(probability: float, degrees: float, expected: float) -> None:
    """Values of scipy.stats.t.ppf, SciPy 1.17."""
    assert t_quantile(probability, degrees) == pytest.approx(expected, rel=2e-5)
    assert t_quantile(1 - probability, degrees) == pytest.approx(-expected, rel=2e-5)


def test_the_median_is_zero() -> None:
    """The distribution is symmetric."""
    assert t_quantile(0.5, 4) == 0.0


@pytest.mark.parametrize(("probability", "degrees"), [(0.0, 5), (1.0, 5), (0.9, 0.5)])
def test_impossible_arguments_are_refused(probability: float, degrees: float) -> None:
    """They would give a number that means nothing."""
    with pytest.raises(ValueError, match="no t quantile"):
        t_quantile(probability, degrees)
