"""The machine and interpreter that a run was measured on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cpus:
    """How many CPUs there are, and how many of them this process may use.

    Attributes:
        logical: CPUs of the machine.
        affinity: CPUs in the scheduling mask of this process; None where it has none.
        quota: CPUs' worth of time that the cgroup grants; None where it sets no limit.
    """

    logical: int
    affinity: int | None
    quota: float | None

    @property
    def effective(self) -> float:
        """The smallest of the limits: CPUs' worth of work that can go on at once."""
        limits = (self.logical, self.affinity, self.quota)
        return min(limit for limit in limits if limit is not None)


@dataclass(frozen=True, slots=True)
class Machine:
    """What must be the same for two runs to be comparable, as far as the process can tell.

    Attributes:
        cpu_model: what the CPU calls itself.
        cpus: the CPUs of the machine and of this process.
        python: implementation, version and build, such as ``CPython 3.14.0 free-threading``.
        gil: whether the global interpreter lock was on when the run began.
        start_method: how worker processes are started.
        system: what the operating system calls itself, such as Linux; one machine may have several.
    """

    cpu_model: str
    cpus: Cpus
    python: str
    gil: bool
    start_method: str
    system: str = ""
