"""The machine to and from ``machine_info`` in pytest-benchmark's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_speedup.documents.fields import number, switch, text
from pytest_speedup.model import Cpus, Machine

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "speedup"

MOST_CPUS = 1e6
LEAST_QUOTA = 1e-3
"""The kernel grants a millisecond a second at least."""


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
        TypeError, ValueError: a part is of the wrong kind.
    """
    cpus = document["cpus"]
    affinity, quota = cpus["affinity"], cpus["cgroup_quota"]
    return Machine(
        cpu_model=text(document["cpu_model"]),
        cpus=Cpus(
            int(number(cpus["logical"], 1, MOST_CPUS)),
            None if affinity is None else int(number(affinity, 1, MOST_CPUS)),
            None if quota is None else number(quota, LEAST_QUOTA, MOST_CPUS),
        ),
        python=text(document["python"]),
        gil=switch(document["gil"]),
        start_method=text(document["start_method"]),
        system=text(document["system"]),
    )
