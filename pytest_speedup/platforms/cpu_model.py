"""What the CPU calls itself, from wherever a platform says so."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
"""Linux; its line "model name" is missing on most ARM machines."""

SYSCTL = ("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string")
"""macOS, such as "Apple M2"; ``platform.processor`` says "arm"."""

REGISTRY = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
"""Windows; ``platform.processor`` says family, model and stepping in numbers."""

PATIENCE = 5.0
"""Seconds that sysctl may take."""


def read_cpu_model() -> str:
    """Read what the CPU calls itself; where the system does not tell, its architecture."""
    if sys.platform == "darwin":
        name = _from_sysctl()
    elif sys.platform == "win32":
        name = _from_registry()
    else:
        name = _from_cpuinfo()
    return name or platform.processor() or platform.machine()


def _from_cpuinfo() -> str:
    try:
        lines = CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "")


def _from_sysctl() -> str:
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            SYSCTL, capture_output=True, timeout=PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace").strip()


def _from_registry() -> str:
    name = ""
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 - there is none elsewhere

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, REGISTRY) as key:
                name = str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()
        except OSError:
            return ""
    return name
