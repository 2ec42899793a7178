"""The machine to and from ``machine_info`` in pytest-benchmark's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_speedup.model import Cpus, Machine

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "speedup"


def to_machine_info(machine: Machine) -> dict[str, Any]:
    """Write what this run was measured on as JSON values."""
    cpus = machine.cpus
    return {
        "cpu_model": machine.cpu_model,
        "cpus": {
            "logical": cpus.logical,
            "affinity": cpus.affinity,
            "cgroup_quota": cpus.quota,
            "effective": cpus.effective,
        },
        "python": machine.python,
        "gil": machine.gil,
        "start_method": machine.start_method,
        "system": machine.system,
    }


def from_machine_info(document: Mapping[str, Any]) -> Machine:
    """Read what :func:`to_machine_info` wrote.

    Raises:
        KeyError: a part is missing.
        TypeError: a part is of the wrong kind.
    """
    cpus = document["cpus"]
    return Machine(
        cpu_model=document["cpu_model"],
        cpus=Cpus(cpus["logical"], cpus["affinity"], cpus["cgroup_quota"]),
        python=document["python"],
        gil=document["gil"],
        start_method=document["start_method"],
        system=document["system"],
    )
