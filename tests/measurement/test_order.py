from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.measurement import balanced_orders, mirrored_orders


@given(st.integers(1, 7), st.integers(0, 2**32))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_every_turn_takes_every_place_equally_often(arms: int, seed: int) -> None:
    """What comes first, or after what, favours nobody."""
    names = [f"arm {n}" for n in range(arms)]
    orders = list(islice(balanced_orders(names, Random(seed)), 3 * arms))
    for position in range(arms):
        assert Counter(order[position] for order in orders) == dict.fromkeys(names, 3)
    assert all(sorted(order) == sorted(names) for order in orders)


def test_an_arm_may_take_several_turns() -> None:
    """Each of its turns is balanced."""
    orders = list(islice(balanced_orders(("s", "p", "p"), Random(1)), 30))
    assert Counter(order[0] for order in orders) == {"s": 10, "p": 20}


def test_orders_do_not_repeat_themselves() -> None:
    """Nothing in the code under test can follow them."""
    orders = list(islice(balanced_orders("abcd", Random(1)), 400))
    assert len(set(orders)) > 15


PAIRS = [("base a", "head a"), ("base b", "head b"), ("base c", "head c")]


def test_mirrored_pairs_run_close_together_and_turn_about() -> None:
    """A drift that is steady cancels, and neither side is always first."""
    orders = list(islice(mirrored_orders(PAIRS, Random(1)), 60))
    for order in orders:
        fours = [order[start : start + 4] for start in range(0, len(order), 4)]
        assert all(four == four[::-1] and set(four) in map(set, PAIRS) for four in fours)
    for pair in PAIRS:
        begun = [min(pair, key=order.index) for order in orders]
        assert all(one != other for one, other in zip(begun[::2], begun[1::2], strict=True))


def test_mirrored_pairs_come_in_balanced_order() -> None:
    """Every pair is first, second and third equally often."""
    orders = list(islice(mirrored_orders(PAIRS, Random(1)), 30))
    for place in (0, 4, 8):
        counts = Counter(order[place].rpartition(" ")[2] for order in orders)
        assert counts == {"a": 10, "b": 10, "c": 10}
