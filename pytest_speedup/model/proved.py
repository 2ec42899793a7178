"""What each side of a comparison is known to have run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProvedSide:
    """What one side loaded of the project.

    Attributes:
        name: base or head.
        commit: its full name.
        tree: of all its files as git names it, with what is not committed.
        modified: whether that differs from the commit's tree.
        files: how many files of the tree it loaded.
        committed: how many of these are as in the commit.
        built: how many files it loaded that were built from the tree.
        installed: how many files it loaded that were compiled or generated when the user installed
            the project: from which source, nobody can tell.
        how: how its code comes to run.
    """

    name: str
    commit: str
    tree: str
    modified: bool
    files: int
    committed: int
    built: int
    installed: int
    how: str


@dataclass(frozen=True, slots=True)
class ProvedRun:
    """What both sides loaded.

    Attributes:
        sides: base and head.
        differing: how many of the files differ that one of them loaded.
        remarks: what is not proven, and what else was asked, a line each.
    """

    sides: tuple[ProvedSide, ...]
    differing: int
    remarks: tuple[str, ...] = ()
