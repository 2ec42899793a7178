"""The Walsh average of a rank, without the others: there are more than can be held.

Of values in ascending order, row i has the averages of value i and each from it on. No row and no
column ever descends, not in floating-point numbers either: rounding keeps order. So the average of
a rank is found as in any matrix whose rows are sorted (D. B. Johnson and T. Mizoguchi, Selecting
the Kth element in X + Y and X1 + X2 + ... + Xm, SIAM Journal on Computing 7(2), 1978): of what each
row has left the middle is taken, and the weighted median of the middles leaves out a quarter of it
on one side or the other. What is found is an average as it would be computed, and not near to it.
J. F. Monahan, Algorithm 616: Fast computation of the Hodges-Lehmann location estimator, ACM
Transactions on Mathematical Software 10(3), 1984, finds the median that way, from a row that is
drawn; nothing is drawn here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FEW = 16
"""Averages for each value that are sorted at once, sooner than some of them were left out."""


def walsh_average(ordered: Sequence[float], rank: int) -> float:
    """Find the average of a rank among those of all pairs, each value with itself included.

    It takes memory for as many numbers as there are values, n, and computes O(n log n) averages.

    Args:
        ordered: the values, in ascending order.
        rank: from 0 for the smallest to n (n + 1) / 2 - 1 for the largest.

    Raises:
        IndexError: there is no such rank.
    """
    count = len(ordered)
    if not 0 <= rank < count * (count + 1) // 2:
        message = f"no Walsh average of {count} values has rank {rank}"
        raise IndexError(message)
    begins, ends = list(range(count)), [count] * count
    while sum(ends) - sum(begins) > FEW * count:
        pivot = _pivot(ordered, begins, ends)
        below = _columns(ordered, pivot.__gt__)
        if rank < _size(below):
            ends = below
            continue
        up_to = _columns(ordered, pivot.__ge__)
        if rank < _size(up_to):
            return pivot
        begins = up_to
    left = [
        (first + second) / 2
        for first, begin, end in zip(ordered, begins, ends, strict=True)
        for second in ordered[begin:end]
    ]
    return sorted(left)[rank - _size(begins)]


def _pivot(ordered: Sequence[float], begins: Sequence[int], ends: Sequence[int]) -> float:
    """Find the median of the rows' middles, each weighed by how much its row has left."""
    middles = sorted(
        ((first + ordered[(begin + end) // 2]) / 2, end - begin)
        for first, begin, end in zip(ordered, begins, ends, strict=True)
        if begin < end
    )
    half = sum(weight for _, weight in middles) / 2
    for middle, weight in middles:
        half -= weight
        if half <= 0:
            return middle
    return middles[-1][0]


def _columns(ordered: Sequence[float], is_before: Callable[[float], bool]) -> list[int]:
    """Find the column of each row from which on averages are not before the pivot any more."""
    columns, column = [], len(ordered)
    for row, first in enumerate(ordered):
        while column > row and not is_before((first + ordered[column - 1]) / 2):
            column -= 1
        columns.append(max(row, column))
    return columns


def _size(columns: Sequence[int]) -> int:
    """Count the averages before a column of each row; row i begins with column i."""
    return sum(columns) - len(columns) * (len(columns) - 1) // 2
