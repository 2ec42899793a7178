"""A figure with its interval."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A quantity estimated from samples.

    Attributes:
        value: the point estimate.
        low: lower end of the interval.
        high: upper end of the interval.
        confidence: the share of intervals made this way that hold the true value. It is
            the confidence reached, which few samples keep below the one asked for.
    """

    value: float
    low: float
    high: float
    confidence: float
