"""What a comparison can come to, and all that follows from that: another outcome is a line here.

What is judged, counted, worded, coloured and allowed reads these values and no names.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class State(enum.Enum):
    """What is known of a cell."""

    DECIDED = "what became of it"
    OPEN = "too little: more rounds, or counters, may decide it"
    UNJUDGED = "nothing, although it was to be judged"
    UNASKED = "nothing, and nobody was to judge it"


class Fails(enum.Enum):
    """When an outcome keeps a run from being green."""

    ALWAYS = "unless it is a loss that was acknowledged"
    UNLESS_ALLOWED = "unless --speedup-allow names it"
    IF_STRICT = "with --speedup-strict"
    IF_ALONE = "where all cells that were judged came to it, and saved runs are compared with"
    NEVER = "never"


class Outcome(enum.Enum):
    """The outcome of one cell: its word in reports, and what follows from it.

    Attributes:
        state: what is known of the cell.
        fails: when it keeps a run from being green.
        gravity: of two outcomes of a cell the one with more counts, and is named first.
        todo: what to do about it where it fails a run; empty where its cell says that.
    """

    PASSED = "passed", State.DECIDED, Fails.NEVER, 10
    REGRESSED = "regressed", State.DECIDED, Fails.ALWAYS, 110
    IMPROVED = "improved", State.DECIDED, Fails.NEVER, 20
    SERIAL_IMPROVED = "serial improved", State.DECIDED, Fails.NEVER, 30
    UNCONFIRMED = (
        "unconfirmed",
        State.OPEN,
        Fails.ALWAYS,
        100,
        "a loss was not confirmed in the time: give more with --speedup-budget",
    )
    INCONCLUSIVE = (
        "inconclusive",
        State.OPEN,
        Fails.IF_STRICT,
        60,
        "give it more time with --speedup-budget, or a wider margin",
    )
    NEW = (
        "new",
        State.UNASKED,
        Fails.IF_ALONE,
        50,
        "save a baseline with --benchmark-autosave, to compare with",
    )
    MISSING = (
        "missing",
        State.UNJUDGED,
        Fails.UNLESS_ALLOWED,
        80,
        "bring back what is missing, acknowledge it, or --speedup-allow=missing",
    )
    INCOMPARABLE = (
        "incomparable",
        State.UNJUDGED,
        Fails.UNLESS_ALLOWED,
        70,
        "make it comparable as said above, or --speedup-allow=incomparable",
    )
    DEPENDENCIES = (
        "dependencies",
        State.UNJUDGED,
        Fails.ALWAYS,
        90,
        "give the base what it depends on: --speedup-base-env=PATH, or an index",
    )
    SKIPPED = "skipped", State.UNASKED, Fails.NEVER, 40
    BROKEN = "broken", State.UNJUDGED, Fails.ALWAYS, 120

    _value_: str
    state: State
    fails: Fails
    gravity: int
    todo: str

    def __new__(cls, word: str, state: State, fails: Fails, gravity: int, todo: str = "") -> Self:
        """Make one whose value is its word."""
        self = object.__new__(cls)
        self._value_ = word
        self.state, self.fails, self.gravity, self.todo = state, fails, gravity, todo
        return self

    @property
    def is_decided(self) -> bool:
        """Whether it is known what became of the cell."""
        return self.state is State.DECIDED

    @property
    def is_open(self) -> bool:
        """Whether more could decide the cell."""
        return self.state is State.OPEN

    @property
    def is_judged(self) -> bool:
        """Whether the cell was to be judged, whether or not it could be."""
        return self.state is not State.UNASKED

    @property
    def is_loss(self) -> bool:
        """Whether the cell lost, be that sure or not."""
        return self in (Outcome.REGRESSED, Outcome.UNCONFIRMED)

    @property
    def is_good(self) -> bool:
        """Whether the cell surely did not lose."""
        return self.is_decided and not self.is_loss

    @property
    def was_compared(self) -> bool:
        """Whether the cell was compared, and is not known to have lost."""
        return self.is_good or (self.is_open and not self.is_loss)


GRAVEST_FIRST = tuple(sorted(Outcome, key=lambda one: -one.gravity))
"""All of them, in the order in which they count."""
