"""The machine to and from ``machine_info`` in pytest-benchmark's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_speedup.model import Machine

KEY = "speedup"


def to_machine_info(machine: Machine) -> dict[str, Any]:
    """Write what this run was measured on as JSON values."""
    cpus = machine.cpus
    return {
        "cpus": {
            "logical": cpus.logical,
            "affinity": cpus.affinity,
            "cgroup_quota": cpus.quota,
            "effective": cpus.effective,
        },
        "python": machine.python,
        "gil": machine.gil,
        "start_method": machine.start_method,
    }
