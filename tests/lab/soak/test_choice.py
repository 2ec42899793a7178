from __future__ import annotations

from itertools import chain, islice
from random import Random

from benchmarks.lab.soak.choice import all_disturbances, decks, draw_strikes

EVERYTHING = all_disturbances()


def names(seed: int, runs: int) -> list[list[str]]:
    chosen = islice(decks(EVERYTHING, Random(seed)), runs)
    return [[one.name for one in some] for some in chosen]


def test_the_seed_decides() -> None:
    """With it a soak is done again."""
    assert names(1, 30) == names(1, 30)
    assert names(1, 30) != names(2, 30)


def test_none_is_forgotten_and_some_come_in_pairs() -> None:
    """In as many runs as there are disturbances each is the first of one."""
    some = names(3, len(EVERYTHING))
    assert sorted(one[0] for one in some) == sorted(one.name for one in EVERYTHING)
    assert {len(one) for one in names(3, 50)} == {1, 2}
    assert all(len(set(one)) == len(one) for one in names(3, 50))
    assert len({one.name for one in EVERYTHING}) == len(EVERYTHING)


def test_one_disturbance_is_enough() -> None:
    """There may be no second."""
    only = EVERYTHING[:1]
    assert all(some == only for some in islice(decks(only, Random(1)), 20))


def test_moments_are_within_the_run() -> None:
    """And in order; whatever is drawn is applied at least once."""
    for seed in range(20):
        strikes = draw_strikes(EVERYTHING[:2], 10.0, Random(seed))
        moments = [strike.at for strike in strikes]
        assert moments == sorted(moments)
        assert all(0 <= moment <= 8 for moment in moments)
        assert {strike.disturbance.name for strike in strikes} == {
            one.name for one in EVERYTHING[:2]
        }
    assert list(chain(draw_strikes([], 10.0, Random(1)))) == []
