"""The state of one pytest session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.executors import Conditions
from pytest_speedup.measurement import now, read_machine

if TYPE_CHECKING:
    from pytest_speedup.measurement import Timed
    from pytest_speedup.model import Bound, Ceiling, Machine, Summary
    from pytest_speedup.settings import Settings


@dataclass(slots=True)
class Run:
    """What the session has learned so far; its parts grow as cells are measured.

    Attributes:
        settings: what the user asked for.
        machine: where it runs.
        started: when it began, on the measurement's clock.
        summaries: what was measured, in the order of the tests.
        references: serial results by workload: what every executor must return too.
        ceilings: kernels by executor, worker count and kind.
        seconds_inside: seconds spent inside workloads so far, warm-up rounds included.
    """

    settings: Settings
    machine: Machine
    started: float = field(default_factory=now)
    summaries: list[Summary] = field(default_factory=list)
    references: dict[str, Timed[object]] = field(default_factory=dict)
    ceilings: dict[tuple[str, int, Bound], Ceiling] = field(default_factory=dict)
    seconds_inside: float = 0.0

    @classmethod
    def begin(cls, settings: Settings) -> Run:
        """Begin with nothing measured."""
        return cls(settings, read_machine(settings.start_method))

    def conditions(self, *, collect_garbage: bool) -> Conditions:
        """Conditions of all executors; pytest's own script defines no task."""
        return Conditions(self.settings.start_method, collect_garbage, import_main=False)


RUN = pytest.StashKey[Run]()
"""Where a session keeps its :class:`Run`."""
