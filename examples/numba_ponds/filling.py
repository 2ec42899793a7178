"""Computes how full of fish ponds become."""

import numpy as np
from numba import njit, prange

YEARS = 300


def load():
    """Stand for one scenario: how full each pond is."""
    return np.random.default_rng(0).random((1, 200_000))


@njit(parallel=True)
def fill(scenarios):
    """Tell how full each pond is in the end, in each scenario."""
    ends = np.empty_like(scenarios)
    for scenario in range(scenarios.shape[0]):
        for pond in prange(scenarios.shape[1]):
            full = scenarios[scenario, pond]
            for _year in range(YEARS):
                full = 3.2 * full * (1 - full)
            ends[scenario, pond] = full
    return ends
