"""What who calls pytest selects, as far as it says something of tests that are not there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """What who calls pytest selects, as far as it says something of tests that are not there.

    Attributes:
        names: node ids that were given, or how they begin.
        left_out: how node ids begin that were deselected or ignored.
        keyword: as in ``-k``; None where only files say one, of which each side has its own.
        markexpr: as in ``-m``, likewise.
    """

    names: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    keyword: str | None = None
    markexpr: str | None = None

    def takes_in(self, cell: str) -> bool:
        """Whether a cell that only the base has is one that this run was to measure."""
        if any(begins(cell, name) for name in self.left_out):
            return False
        inside = [one for one in self.names if one.partition("::")[0] == cell.partition("::")[0]]
        return not inside or any(begins(cell, name) for name in inside)


def begins(cell: str, name: str) -> bool:
    """Whether a cell is, or lies in, the folder, file, class or test of a name."""
    return cell == name or cell.startswith((f"{name}/", f"{name}::", f"{name}["))
