"""Which of several runs has which workload of a suite, by what each takes.

The longest workload goes first, to the run that has least so far: the one that takes longest takes
at most a third more than it must (R. L. Graham, Bounds on multiprocessing timing anomalies, SIAM
Journal on Applied Mathematics 17(2), 1969). Nothing depends on the order of collection, so that
runs that know the same cells and costs come to the same split without asking each other.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def split(costs: Mapping[str, float], count: int) -> dict[str, int]:
    """Give each workload to one of so many shards.

    Args:
        costs: what each workload takes, by its name, in any unit.
        count: how many shards there are, at least one.

    Returns:
        the number of its shard, from 1, by workload; with more shards than workloads the last
        ones get none.
    """
    loads = [(0.0, 0, number) for number in range(1, count + 1)]
    shards = {}
    for workload in sorted(costs, key=lambda one: (-costs[one], one)):
        load, has, number = loads[0]
        shards[workload] = number
        heapq.heapreplace(loads, (load + costs[workload], has + 1, number))
    return shards


def expected_costs(cells: Mapping[str, int], spent: Mapping[str, float]) -> dict[str, float]:
    """Expect each workload to take what it took, or what others took for as many turns.

    Args:
        cells: how many cells each workload has beside its serial code, by its name.
        spent: seconds that workloads took in an earlier run, of those that it had.

    Returns:
        seconds by workload, or numbers of turns of a round where nothing is known of any.
    """
    known = {name: spent[name] for name in cells if spent.get(name, 0.0) > 0}
    each = fmean(known[name] / _turns(cells[name]) for name in known) if known else 1.0
    return {name: known.get(name, each * _turns(count)) for name, count in cells.items()}


def _turns(cells: int) -> int:
    """Count the turns of a round: cells of a workload share its serial one."""
    return 1 + cells


def fingerprint(parts: Iterable[object]) -> str:
    """Name texts, numbers and lists of these by a digest, in whatever order they come."""
    lines = sorted(json.dumps(one, sort_keys=True) for one in parts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
