"""The measurement loop: arms take turns, and rounds come out.

The loop knows neither a clock nor pytest, and not which arm is serial, parallel, base or head.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.model import Round, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from pytest_speedup.measurement.order import Order


def rounds(arms: Mapping[str, Callable[[], float]], orders: Iterable[Order]) -> Iterator[Round]:
    """Measure round by round, as long as there are orders.

    Args:
        arms: for each name, a callable that runs the arm once and returns its seconds.
        orders: who runs when, one order per round.
    """
    for order in orders:
        yield Round(tuple(Turn(arm, arms[arm]()) for arm in order))


def rounds_around(
    guest: str, arms: Mapping[str, Callable[[], float]], orders: Iterable[Order]
) -> Generator[None, float, tuple[Round, ...]]:
    """Measure as :func:`rounds` does, with one arm run by whoever drives this generator.

    Args:
        guest: the arm that the driver runs.
        arms: the other arms.
        orders: who runs when, one order per round.

    Yields:
        Nothing, whenever it is the guest's turn; the driver runs it and sends its seconds.

    Returns:
        All rounds.
    """
    finished = []
    for order in orders:
        turns = []
        for arm in order:
            seconds = (yield) if arm == guest else arms[arm]()
            turns.append(Turn(arm, seconds))
        finished.append(Round(tuple(turns)))
    return tuple(finished)
