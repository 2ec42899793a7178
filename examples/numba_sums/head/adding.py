"""Adds up a series, on the threads of the compiled code."""

import math

from numba import njit, prange


@njit
def add(terms):
    """Add so many terms."""
    total = 0.0
    for number in prange(terms):
        total += math.sin(number) * math.cos(number)
    return total
