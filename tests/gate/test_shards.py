"""Which shard has which workload: all of them, once, alike, and about as much each."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_speedup.gate import expected_costs, fingerprint, split

QUICK = settings(deadline=None, derandomize=True, database=None)
NAMES = st.text(max_size=6)
COSTS = st.dictionaries(NAMES, st.floats(0, 1e6), max_size=30)
COUNTS = st.integers(1, 12)


@QUICK
@given(COSTS, COUNTS)
def test_each_workload_is_in_one_shard(costs: dict[str, float], count: int) -> None:
    """None is left out, and no shard is one that there is not."""
    shards = split(costs, count)
    assert shards.keys() == costs.keys()
    assert set(shards.values()) <= {*range(1, count + 1)}


@QUICK
@given(COSTS, COUNTS, st.integers())
def test_the_order_of_collection_does_not_matter(
    costs: dict[str, float], count: int, seed: int
) -> None:
    """Plugins that shuffle tests do so anew in each job."""
    names = list(costs)
    Random(seed).shuffle(names)
    assert split({name: costs[name] for name in names}, count) == split(costs, count)


@QUICK
@given(COSTS, COUNTS)
def test_no_shard_takes_much_more_than_its_share(costs: dict[str, float], count: int) -> None:
    """As a list schedule: whoever got the last workload had least before (Graham 1969)."""
    shards = split(costs, count)
    loads = [
        sum(cost for name, cost in costs.items() if shards[name] == number)
        for number in range(1, count + 1)
    ]
    largest = max(costs.values(), default=0.0)
    assert max(loads) <= (sum(costs.values()) / count + largest * (1 - 1 / count)) * (1 + 1e-9)


@QUICK
@given(st.sets(NAMES, min_size=1, max_size=30), COUNTS)
def test_shards_are_idle_only_where_workloads_are_fewer(names: set[str], count: int) -> None:
    """And then they are the last ones: the first tells what the base alone has."""
    used = set(split(dict.fromkeys(names, 0.0), count).values())
    assert used == {*range(1, min(count, len(names)) + 1)}


def test_the_longest_goes_first() -> None:
    """In order of their names, one shard would have 5 and the other 1."""
    assert split({"a": 1, "b": 1, "c": 4}, 2) == {"c": 1, "a": 2, "b": 2}


def test_without_times_turns_of_a_round_count() -> None:
    """Cells of a workload share its serial turn."""
    assert expected_costs({"a": 1, "b": 3, "c": 0}, {}) == {"a": 2, "b": 4, "c": 1}


def test_what_is_new_is_taken_for_as_long_as_others() -> None:
    """By turn; what is no longer there counts for nothing, and none takes no time."""
    spent = {"a": 4.0, "gone": 100.0, "none": 0.0}
    assert expected_costs({"a": 1, "new": 3, "none": 0}, spent) == {"a": 4, "new": 8, "none": 2}


@pytest.mark.parametrize(
    "other", [["a"], ["a", "b", "c"], ["a", "bc"], [["a", "b"]], ["a", 1], ["ab"]]
)
def test_a_fingerprint_tells_what_differs(other: list[object]) -> None:
    """And not in which order it came."""
    assert fingerprint(["a", "b"]) == fingerprint(["b", "a"])
    assert fingerprint(other) != fingerprint(["a", "b"])
