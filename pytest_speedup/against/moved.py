"""What a change moves of the rules that it is judged by, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.model import BASE, short_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup.against.protocol import DescribedCell

NOTHING = "none"

BY_BASE = "it is judged by that of the base"
ACCEPTED = "--speedup-allow=rules accepts it"
"""What becomes of a rule that a change moves."""


def word_moved(
    base: DescribedCell, head: DescribedCell, usual: float, ruled_by: str
) -> Iterator[str]:
    """Say how head's test demands something else of a cell than the base's.

    Args:
        base: the cell as the base has it.
        head: the same cell of head.
        usual: the margin of cells whose tests say nothing of it.
        ruled_by: the side whose rules count.
    """
    rules = (
        ("the margin", _percent(base.margin, usual), _percent(head.margin, usual)),
        *(
            (name, _number(getattr(base.floors, name)), _number(getattr(head.floors, name)))
            for name in ("at_least", "at_least_of_ceiling")
        ),
    )
    differs = (base.margin, base.floors) != (head.margin, head.floors)
    for name, was, now in rules if differs else ():
        if was != now:
            moved = f"this change moves {name} of {short_name(base.id)} from {was} to {now}"
            yield f"{moved}; {BY_BASE if ruled_by == BASE else ACCEPTED}"


def _percent(margin: float | None, usual: float) -> str:
    return f"{100 * (usual if margin is None else margin):.3g} %"


def _number(floor: float | None) -> str:
    return NOTHING if floor is None else f"{floor:g}"
