"""Whether a change touches a cell: what the order of a comparison and a notice go by."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Touch(enum.Enum):
    """What is known of a cell and the change between base and head; it decides no verdict."""

    TOUCHED = "touched"
    UNKNOWN = "unknown"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class TouchCounts:
    """How many cells a change touches.

    Attributes:
        touched: cells for which something differs that may run for them.
        unknown: cells of which that cannot be asked.
        untouched: the others.
    """

    touched: int
    unknown: int
    untouched: int

    @classmethod
    def of(cls, touches: Iterable[Touch]) -> TouchCounts:
        """Count them."""
        counts = Counter(touches)
        return cls(counts[Touch.TOUCHED], counts[Touch.UNKNOWN], counts[Touch.UNTOUCHED])
