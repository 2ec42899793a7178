"""The measurement loop: arms take turns, and rounds come out.

Whatever is compared goes through it: serial code with parallel, base with head, a kernel with both.
The loop knows neither a clock nor pytest, and not which arm is which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.model import Round, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pytest_speedup.measurement.order import Order


def rounds(arms: Mapping[str, Callable[[], float]], orders: Iterable[Order]) -> Iterator[Round]:
    """Measure round by round, as long as there are orders.

    Args:
        arms: for each name, a callable that runs the arm once and returns its seconds.
        orders: who runs when, one order per round.
    """
    for order in orders:
        yield Round(tuple(Turn(arm, arms[arm]()) for arm in order))
