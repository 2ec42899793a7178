"""Whether two measurements of a cell may be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.model import Cell, Machine, SavedCell


def differences(saved: SavedCell, cell: Cell, machine: Machine) -> list[str]:
    """Name what differs between a saved cell and the same cell now; empty if comparable."""
    then = saved.machine
    pairs = [
        ("size", saved.cell.size, cell.size),
        ("system", then.system, machine.system),
        ("CPU model", then.cpu_model, machine.cpu_model),
        ("effective CPUs", f"{then.cpus.effective:g}", f"{machine.cpus.effective:g}"),
        ("Python", then.python, machine.python),
        ("GIL", _switch(on=then.gil), _switch(on=machine.gil)),
        ("start method", then.start_method, machine.start_method),
    ]
    return [f"{what} {old} then, {new} now" for what, old, new in pairs if old != new]


def _switch(*, on: bool) -> str:
    return "on" if on else "off"
