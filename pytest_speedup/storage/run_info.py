"""What a saved run says of itself beside its cells: where it was measured, and of what code."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import number, switch, text
from pytest_speedup.model import Cpus, Machine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.statistics import Laws

RUN_KEY = "speedup"

MAX_CPUS = 1e6
MIN_QUOTA = 1e-3
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
            int(number(cpus["logical"], 1, MAX_CPUS)),
            None if affinity is None else int(number(affinity, 1, MAX_CPUS)),
            None if quota is None else number(quota, MIN_QUOTA, MAX_CPUS),
        ),
        python=text(document["python"]),
        gil=switch(document["gil"]),
        start_method=text(document["start_method"]),
        system=text(document["system"]),
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """What a saved run says of its code.

    Attributes:
        commit: full name; empty where it is not known.
        created: when it was saved; empty where it is not known.
        dirty: whether the code was changed since that commit.
        loaded: versions of the packages that it had loaded; None where that is not known.
        rules: what its files said of the rules, by name; None likewise.
    """

    commit: str = ""
    created: str = ""
    dirty: bool = False
    loaded: Mapping[str, str] | None = None
    rules: Mapping[str, str] | None = None


UNKNOWN_ORIGIN = Origin()


def to_run_info(
    loaded: Mapping[str, str], laws: Mapping[str, Laws], rules: Mapping[str, str]
) -> dict[str, Any]:
    """Write what a whole run says of itself as JSON values.

    Args:
        loaded: versions of the packages that it had loaded.
        laws: what fits the speedups of several worker counts, by workload and executor.
        rules: what its files said of the rules of the gate, by their names in the ini file.
    """
    return {
        "loaded": dict(loaded),
        "rules": dict(rules),
        "laws": {name: _parameters(one) for name, one in laws.items()},
    }


def _parameters(laws: Laws) -> dict[str, Any]:
    """Write a law's parameters, each with its interval, and where more workers make it slower."""
    fitted = {name: asdict(one) for name, one in laws.parameters.items()}
    peak = None if laws.usl is None or math.isinf(laws.usl.peak) else laws.usl.peak
    return {**fitted, "peak_workers": peak}


def origin_of(document: Mapping[str, Any]) -> Origin:
    """Read what a saved run says of itself.

    Raises:
        KeyError: a part is missing.
        TypeError, ValueError, AttributeError: a part is of the wrong kind.
    """
    commit = document.get("commit_info") or {}
    of_run = document.get(RUN_KEY)
    return Origin(
        text(commit.get("id") or ""),
        text(document.get("datetime", "")),
        switch(commit.get("dirty", False) or False),
        None if of_run is None else _texts(of_run["loaded"]),
        None if of_run is None else _texts(of_run["rules"]),
    )


def _texts(document: Mapping[str, Any]) -> dict[str, str]:
    return {text(name): text(value) for name, value in document.items()}


def plugin_version() -> str:
    """Return the version of this plugin."""
    try:
        return metadata.version("pytest-speedup")
    except metadata.PackageNotFoundError:  # a clone in which nothing is installed
        return "unknown"
