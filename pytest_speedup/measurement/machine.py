"""The machine and interpreter of this run."""

from __future__ import annotations

import platform
import sys
import sysconfig

from pytest_speedup.measurement.cpus import read_cpus
from pytest_speedup.model import Machine
from pytest_speedup.platforms.cpu_model import read_cpu_model


def read_machine(start_method: str) -> Machine:
    """Describe where this run is measured."""
    return Machine(
        cpu_model=read_cpu_model(),
        cpus=read_cpus(),
        python=_python_build(),
        gil=gil_enabled(),
        start_method=start_method,
        system=platform.system(),
    )


def gil_enabled() -> bool:
    """Whether the global interpreter lock is on now: an extension can switch it back on."""
    probe = getattr(sys, "_is_gil_enabled", None)
    return True if probe is None else bool(probe())


def _python_build() -> str:
    free_threading = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    name = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{name} free-threading" if free_threading else name
