"""One run under fire: what was done to it, and what came of it."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from enum import Enum

from pytest_speedup.model import Outcome

OUTCOMES = tuple(one.value for one in Outcome)
"""The gate's, in the order of its reports."""

COUNT = re.compile(r"(\d+) ([a-z ]+?)(?:,|$)")
"""A count of the gate's last line, such as ``2 passed`` or ``1 serial improved``."""


class Victim(Enum):
    """Whom a disturbance hit."""

    MACHINE = "the machine"
    CHILD = "a child of pytest"
    PYTEST = "pytest"
    ALL = "pytest and its group"


@dataclass(frozen=True, slots=True)
class Blow:
    """One thing that was done to a run.

    Attributes:
        name: the disturbance.
        victim: whom it hit.
        number: the signal that was sent, or None.
        breaks_writes: whether files cannot be written meanwhile.
        what: more about it.
    """

    name: str
    victim: Victim = Victim.MACHINE
    number: signal.Signals | None = None
    breaks_writes: bool = False
    what: str = ""

    @property
    def wounds(self) -> bool:
        """Whether a test may fail of it, or a process say its last words."""
        return self.number not in (None, signal.SIGCONT, signal.SIGSTOP)

    @property
    def kills_tracker(self) -> bool:
        """Whether it ended Python's own process that removes the shared memory of the killed."""
        return self.number == signal.SIGKILL and "resource_tracker" in self.what

    @property
    def reaches_pytest(self) -> bool:
        """Whether pytest itself got a signal."""
        return self.number is not None and self.victim in (Victim.PYTEST, Victim.ALL)


@dataclass(frozen=True, slots=True)
class Ran:
    """One run.

    Attributes:
        mode: what kind of run.
        exit_code: pytest's, negative for the signal that ended it; None if it hung.
        stdout: what it printed.
        stderr: what it, and its children, complained of.
        seconds: how long it took.
        blows: what was done to it.
    """

    mode: str
    exit_code: int | None
    stdout: str
    stderr: str
    seconds: float
    blows: tuple[Blow, ...] = ()

    @property
    def verdicts(self) -> dict[str, int]:
        """The gate's count of outcomes; empty when it came to none."""
        lines = [line for line in self.stdout.splitlines() if line.startswith("speedup gate: ")]
        found = COUNT.findall(lines[-1].partition(": ")[2]) if lines else []
        counts = {outcome: int(count) for count, outcome in found if outcome in OUTCOMES}
        return {outcome: counts.get(outcome, 0) for outcome in OUTCOMES} if counts else {}

    @property
    def ended_by_signal(self) -> bool:
        """Whether a signal that it got ended pytest on the spot, before it could tidy up."""
        sent = {-blow.number for blow in self.blows if blow.number and blow.reaches_pytest}
        return self.exit_code in sent
