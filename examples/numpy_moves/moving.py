"""Follows who moves where, month by month."""

import numpy as np

PLACES, MONTHS = 160, 24


def load():
    """Stand for groups of eight, where each may be, and for where one moves from there."""
    chance = np.random.default_rng(0)
    return chance.random((500, 8, PLACES)), chance.random((PLACES, PLACES)) / PLACES


def follow(groups, moves):
    """Tell where each may be in the end."""
    where = groups.reshape(-1, PLACES)
    for _month in range(MONTHS):
        where = where @ moves
    return where.reshape(groups.shape)
