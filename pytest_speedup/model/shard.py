"""One of several runs that judge a suite together, and what makes them parts of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.model.verdict import Outcome


@dataclass(frozen=True, slots=True)
class ComparedCode:
    """Which code a run compares, as git names it.

    Attributes:
        base_commit: the commit of the base, in full.
        base_tree: the tree of that commit.
        head_commit: the commit that head's working tree is on, in full.
        head_tree: of all files of head, with what is not committed.
        modified: whether that differs from the commit's tree.
    """

    base_commit: str
    base_tree: str
    head_commit: str
    head_tree: str
    modified: bool


@dataclass(frozen=True, slots=True)
class ShardEnd:
    """How a shard ended, beside its cells.

    Attributes:
        code: pytest's own exit code.
        interrupted: whether the user or the runner interrupted it.
        uncollected: whether tests could not be collected.
        unsaved: whether something could not be saved, or compared at all.
        allowed: outcomes that leave the gate green where no cell is anything worse.
    """

    code: int
    interrupted: bool
    uncollected: bool
    unsaved: bool
    allowed: frozenset[Outcome]


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several runs that judge a suite together.

    All fingerprints are the same in all shards of one suite, or they are none.

    Attributes:
        number: which one it is, from 1.
        count: how many there are.
        cells: ids of the cells that it judges, of those that the run selected.
        selection: fingerprint of the ids of all cells, its own and those of others.
        split: fingerprint of which shard has which workload.
        rules: fingerprint of what cells are judged by; empty where it ended before it was known.
        code: what is compared; None likewise.
        dividing: cells and floors of all shards that divide the error rate; 0 where this one
            compared nothing.
        end: how it ended; None where it has not.
    """

    number: int
    count: int
    cells: tuple[str, ...]
    selection: str
    split: str
    rules: str = ""
    code: ComparedCode | None = None
    dividing: int = 0
    end: ShardEnd | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no cell is left for it: what only the base has is told by the first one."""
        return not self.cells and self.number > 1

    def __str__(self) -> str:
        """Name it."""
        return f"shard {self.number} of {self.count}"
