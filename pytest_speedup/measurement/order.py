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


def mirrored_orders(pairs: Sequence[tuple[str, str]], random: Random) -> Iterator[Order]:
    """Yield orders without end in which the two arms of a pair run as A B B A or as B A A B.

    Close in time they share what comes and goes, and a drift that is steady over their four turns
    cancels (D. R. Cox, Some systematic experimental designs, Biometrika 38, 1951).

    Args:
        pairs: the arms that are compared with each other.
        random: the source of randomness.

    Yields:
        Each pair's four turns in a row, the pairs in balanced random order. Of every two in a
        row, each pair begins with either of its arms once.
    """
    first = {pair: random.random() < 0.5 for pair in pairs}  # noqa: PLR2004 - a coin
    named = {str(index): pair for index, pair in enumerate(pairs)}
    for order in balanced_orders(tuple(named), random):
        turns: list[str] = []
        for name in order:
            pair = named[name]
            one, other = pair if first[pair] else reversed(pair)
            first[pair] = not first[pair]
            turns += [one, other, other, one]
        yield tuple(turns)
