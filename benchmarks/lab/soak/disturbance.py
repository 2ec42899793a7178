"""What a disturbance is, and whom it can hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from benchmarks.lab.soak.processes import marked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from benchmarks.lab.soak.place import Place
    from benchmarks.lab.soak.processes import Process
    from benchmarks.lab.soak.ran import Blow


@dataclass(frozen=True, slots=True)
class Target:
    """A run in progress.

    Attributes:
        pid: the number of pytest, which leads a process group.
        mark: what its processes carry.
        place: where it takes place.
    """

    pid: int
    mark: str
    place: Place

    def everybody(self) -> list[Process]:
        """List all of its processes, pytest among them."""
        return marked(self.mark)

    def children(self) -> list[Process]:
        """List all but pytest itself."""
        return [one for one in self.everybody() if one.pid != self.pid]


@dataclass(frozen=True, slots=True)
class Begun:
    """A disturbance that goes on.

    Attributes:
        blow: what was done.
        end: undoes it; also after the run is over.
    """

    blow: Blow
    end: Callable[[], None]


class Disturbance(Protocol):
    """Something that a machine does to a run."""

    @property
    def name(self) -> str:
        """What the table calls it."""

    def refusal(self, place: Place) -> str:
        """Say why it is not possible here; nothing if it is."""

    def environment(self, place: Place) -> Mapping[str, str]:
        """Name the variables that the run must have been started with."""

    def begin(self, target: Target, random: Random) -> Begun | None:
        """Do it; None when there was nothing to do it to."""


class NeedsNothing:
    """What most disturbances have in common: a run needs no preparation for them."""

    __slots__ = ()

    def refusal(self, place: Place) -> str:  # noqa: ARG002 - a disturbance's own
        """It is always possible."""
        return ""

    def environment(self, place: Place) -> Mapping[str, str]:  # noqa: ARG002 - likewise
        """Nothing."""
        return {}


def nothing() -> None:
    """End what cannot be undone."""
