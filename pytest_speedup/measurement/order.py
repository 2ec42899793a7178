"""Who runs when: balanced random orders of the arms within rounds.

A fixed order favours one side whenever a turn depends on the one before it (a warm cache, a
core that ramps up), and then identical code seems to differ. Here every position of a round
is taken by each turn equally often, in an order that nothing in the code under test can follow
(a cyclic Latin square with random rows: Cochran and Cox, Experimental Designs, 1957, chapter 4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

Order = tuple[str, ...]
"""Names of the arms of one round in the order in which they take their turns."""


def balanced_orders(arms: Sequence[str], random: Random) -> Iterator[Order]:
    """Yield orders without end.

    Args:
        arms: the turns of a round; an arm with several turns is named several times.
        random: the source of randomness.

    Yields:
        Permutations of ``arms``. Of every ``len(arms)`` in a row, each puts another turn first,
        second and so on.
    """
    while True:
        first = list(arms)
        random.shuffle(first)
        shifts = list(range(len(first)))
        random.shuffle(shifts)
        for shift in shifts:
            yield tuple(first[shift:] + first[:shift])
