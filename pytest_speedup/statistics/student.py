"""Quantiles of Student's t distribution."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist


@lru_cache(maxsize=1024)
def t_quantile(probability: float, degrees: float) -> float:
    """Find the value that a t-distributed number stays below with the given probability.

    Method: G. W. Hill, Algorithm 396: Student's t-quantiles, Communications of the ACM 13(10),
    1970; exact at 1 and 2 degrees of freedom, and to five digits from 3 on.

    Args:
        probability: between 0 and 1.
        degrees: degrees of freedom, at least 1.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not 0 < probability < 1 or degrees < 1:
        message = f"no t quantile at {probability!r} with {degrees!r} degrees of freedom"
        raise ValueError(message)
    if probability == 0.5:  # noqa: PLR2004 - the median
        return 0.0
    two_tailed = 2 * min(probability, 1 - probability)
    return math.copysign(_upper(two_tailed, degrees), probability - 0.5)


def _upper(p: float, n: float) -> float:
    """Quantile whose two-tailed probability is ``p``; names as in the algorithm."""
    if n == 1:
        return 1 / math.tan(p * math.pi / 2)
    if n == 2:  # noqa: PLR2004 - exact too
        return math.sqrt(2 / (p * (2 - p)) - 2)
    a = 1 / (n - 0.5)
    b = 48 / a**2
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * n
    y = (d * p) ** (2 / n)
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(p / 2)
        y = x**2
        if n < 5:  # noqa: PLR2004 - the algorithm's bound
            c += 0.3 * (n - 4.5) * (x + 0.6)
        c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y**2)
    else:
        y = (
            (1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)) * y - 1
        ) * (n + 1) / (n + 2) + 1 / y
    return math.sqrt(n * y)
