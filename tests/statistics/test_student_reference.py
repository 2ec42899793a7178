from __future__ import annotations

import pytest

from pytest_speedup.statistics import t_quantile

REFERENCE = [
    (0.75, 3, 0.764892328),
    (0.9, 3, 1.63774435),
    (0.9999, 3, 22.2037423),
    (0.6, 4, 0.270722295),
    (0.9, 4, 1.53320627),
    (0.75, 4.4, 0.734281672),
    (0.99, 5, 3.36493000),
    (0.75, 6, 0.717558196),
    (0.9, 6, 1.43975575),
    (0.6, 8, 0.261921097),
    (0.95, 8, 1.85954804),
    (0.999, 8, 4.50079093),
    (0.8, 10, 0.879057829),
    (0.9999, 10, 5.69382010),
    (0.99999, 12, 6.76516924),
    (0.75, 30, 0.682755693),
    (0.995, 60, 2.66028303),
]
"""Probability, degrees of freedom and scipy.stats.t.ppf, SciPy 1.17.1."""


@pytest.mark.parametrize(("probability", "degrees", "expected"), REFERENCE)
def test_quantiles_are_good_to_six_digits(
    probability: float, degrees: float, expected: float
) -> None:
    """From three degrees of freedom on, in the middle and far out in the tail."""
    assert t_quantile(probability, degrees) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("probability", [0.75, 0.9, 0.95, 0.99, 0.999])
def test_more_degrees_of_freedom_bring_the_quantile_closer(probability: float) -> None:
    """No step where the algorithm changes from one series to the other."""
    quantiles = [t_quantile(probability, 2 + tenth / 10) for tenth in range(1, 300)]
    assert quantiles == sorted(quantiles, reverse=True)
