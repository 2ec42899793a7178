"""What was measured, and on what: cells, rounds, samples and readings."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.model.text import shown
from pytest_speedup.model.verdict import NO_RULES, CellRules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model.verdict import Estimate

BASE = "base"
HEAD = "head"
BASE_AGAIN = "base again"
"""A second process of the base, which shows how far two processes of the same code differ."""

KERNEL_TURN = "kernel"
CONTROL_TURN = "control"


def arm_of(side: str, turn: str) -> str:
    """Name a side's arm, such as ``head thread-4``."""
    return f"{side} {turn}"


def kernel_turn(cell: str) -> str:
    """Name the turn that runs the ceiling's kernel on a cell's executor."""
    return f"{KERNEL_TURN} {cell}"


def control_turn(cell: str) -> str:
    """Name the turn that runs the control workload on a cell's executor."""
    return f"{CONTROL_TURN} {cell}"


def split_turn(turn: str) -> tuple[str, str]:
    """Split the name of a turn into what runs, empty for the workload, and the cell."""
    what, _, cell = turn.rpartition(" ")
    return what, cell


STRONG, WEAK = "strong", "weak"
"""Kinds of scaling: of work that stays the same, and of work that grows with the workers."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of the matrix that the suite measures.

    Attributes:
        id: what identifies the cell between runs: pytest's node id.
        workload: the workload, shared by its cells: the id of its test without the cell.
        executor: the name of the executor.
        workers: how many workers the executor has.
        size: the size of the workload: quick, default or seed.
        weak: whether its work grows with its workers, in weak scaling.
    """

    id: str
    workload: str
    executor: str
    workers: int
    size: str
    weak: bool = False

    @property
    def scaling(self) -> str:
        """The kind of scaling, strong or weak."""
        return WEAK if self.weak else STRONG

    @property
    def growth(self) -> int:
        """How many times the work of one worker it does: its speedup is so many times T_1 / T_n."""
        return self.workers if self.weak else 1

    @property
    def title(self) -> str:
        """The workload as reports show it: its test's name, with the test's own parameters."""
        return shown(self.workload.rpartition("::")[2].removeprefix("test_"))

    @property
    def name(self) -> str:
        """The cell within its workload, such as ``thread-4``."""
        return shown(cell_name(self.executor, self.workers))


def short_name(cell_id: str) -> str:
    """Shorten the id of a cell as reports show it, such as ``primes[thread-4]``."""
    test, bracket, parameters = cell_id.partition("[")
    return shown(f"{test.rpartition('::')[2].removeprefix('test_')}{bracket}{parameters}")


def cell_name(executor: str, workers: int) -> str:
    """Name a cell within its workload, as in test ids and reports."""
    return f"{executor}-{workers}"


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


@dataclass(frozen=True, slots=True)
class Turn:
    """One timed run of one arm.

    Attributes:
        arm: the name of the arm that ran.
        seconds: how long it took.
    """

    arm: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Round:
    """The turns that are compared with each other, in the order in which they ran."""

    turns: tuple[Turn, ...]

    def seconds(self, arm: str) -> tuple[float, ...]:
        """Durations of one arm's turns in this round, in the order in which they ran."""
        return tuple(turn.seconds for turn in self.turns if turn.arm == arm)

    @property
    def total(self) -> float:
        """Seconds spent inside the turns of this round."""
        return sum(turn.seconds for turn in self.turns)


SERIAL = "serial"
PARALLEL = "parallel"
KERNEL_SERIAL = "kernel serial"
KERNEL_PARALLEL = "kernel parallel"
"""Names of the arms: the workload's two sides, and those of the ceiling's kernel."""


class Bound(enum.Enum):
    """What the serial run of a workload spends its time on."""

    CPU = "cpu"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The speedup that a pure kernel reached with the same executor and worker count.

    Attributes:
        bound: the kind of kernel, computing or waiting.
        rounds: rounds with the arms ``kernel serial`` and ``kernel parallel``. Those of a
            computing cell are the cell's own rounds.
    """

    bound: Bound
    rounds: tuple[Round, ...]


@dataclass(frozen=True, slots=True)
class Samples:
    """The raw measurements of one cell.

    Attributes:
        cell: the cell.
        rounds: paired rounds, with the arms ``serial`` and ``parallel``, and in computing cells
            of several workers those of the kernel too.
        ceiling: the kernel's rounds in the same run; None for one worker, whose ceiling is 1.
        cold_start: seconds from the construction of the executor until every worker answered.
        bound: what the workload spends its time on.
        oversubscribed: whether a computing cell has more workers than effective CPUs.
        stacks: where the time of recorded runs went; none of serial code.
    """

    cell: Cell
    rounds: tuple[Round, ...]
    ceiling: Ceiling | None
    cold_start: float
    bound: Bound
    oversubscribed: bool
    stacks: tuple[Stack, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly the tasks of a cell run.

    Attributes:
        per_second: tasks in a second of parallel time.
        p50: seconds within which half of the tasks are done, each from its begin on; None where no
            task was recorded.
        p95: seconds within which 95 % of them are, likewise.
    """

    per_second: Estimate
    p50: Estimate | None
    p95: Estimate | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What one cell's samples say.

    Attributes:
        samples: what was measured.
        speedup: T_serial / T_parallel; in weak scaling n T_1 / T_n, the scaled speedup (J. L.
            Gustafson, Reevaluating Amdahl's law, Communications of the ACM 31(5), 1988).
        ceiling: speedup of the pure kernel; None for one worker, whose ceiling is 1.
    """

    samples: Samples
    speedup: Estimate
    ceiling: Estimate | None

    @property
    def efficiency(self) -> float:
        """Share of the ceiling that the workload reaches."""
        return self.speedup.value / (1.0 if self.ceiling is None else self.ceiling.value)


@dataclass(frozen=True, slots=True)
class Reading:
    """The natural logarithm of a quantity.

    Attributes:
        value: the estimate.
        error: its standard error within the run.
    """

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class Readings:
    """One cell in one run.

    Attributes:
        speedup: T_serial / T_parallel.
        ceiling: the kernel's speedup, where it was measured inside the cell's own rounds.
        parallel: T_parallel in seconds, or as a multiple of the kernel's parallel time where
            that was measured inside the cell's own rounds.
    """

    speedup: Reading
    ceiling: Reading | None
    parallel: Reading


@dataclass(frozen=True, slots=True)
class SavedCell:
    """One cell of a saved run.

    Attributes:
        run: the file that holds it.
        cell: the cell.
        begins: whether it begins a new baseline: what was saved before no longer counts.
        bound: what its workload spent its time on.
        machine: where it was measured.
        readings: what it is compared by.
        stacks: where its time went.
        commit: of the code; empty where it is not known.
        created: when it was saved, in ISO 8601; empty where it is not known.
        dirty: whether the code was changed since that commit.
        loaded: versions of the packages that the run had loaded; None where that is not known.
        rules: what its files said of the rules of the gate, by name; None likewise.
        own_rules: what its test said of them.
    """

    run: str
    cell: Cell
    begins: bool
    bound: Bound
    machine: Machine
    readings: Readings
    stacks: tuple[Stack, ...] = ()
    commit: str = ""
    created: str = ""
    dirty: bool = False
    loaded: Mapping[str, str] | None = None
    rules: Mapping[str, str] | None = None
    own_rules: CellRules = NO_RULES

    @property
    def speedup(self) -> float:
        """T_serial / T_parallel."""
        return math.exp(self.readings.speedup.value)
