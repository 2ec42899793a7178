"""Processes that are killed, told to end, suspended or interrupted."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.soak.disturbance import Begun, NeedsNothing, nothing
from benchmarks.lab.soak.ran import Blow, Victim

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from benchmarks.lab.soak.disturbance import Target


@dataclass(frozen=True, slots=True)
class SignalToChild(NeedsNothing):
    """A signal to a child of pytest, or a child's child: workers, sides, trackers, git.

    Attributes:
        name: what the table calls it.
        number: the signal.
    """

    name: str
    number: signal.Signals

    def begin(self, target: Target, random: Random) -> Begun | None:
        """Choose one that runs, and send it."""
        children = target.children()
        if not children:
            return None
        chosen = random.choice(children)
        _send(chosen.pid, self.number)
        return Begun(Blow(self.name, Victim.CHILD, self.number, what=chosen.command), nothing)


@dataclass(frozen=True, slots=True)
class SignalToPytest(NeedsNothing):
    """A signal to pytest itself, and with Ctrl-C to its group, as a terminal sends it.

    Attributes:
        name: what the table calls it.
        number: the signal.
    """

    name: str
    number: signal.Signals

    def begin(self, target: Target, random: Random) -> Begun | None:  # noqa: ARG002 - no choice
        """Send it."""
        if self.number is signal.SIGINT:
            with suppress(ProcessLookupError):
                os.killpg(target.pid, self.number)
            return Begun(Blow(self.name, Victim.ALL, self.number), nothing)
        _send(target.pid, self.number)
        return Begun(Blow(self.name, Victim.PYTEST, self.number), nothing)


@dataclass(frozen=True, slots=True)
class Suspended(NeedsNothing):
    """Processes that stand still for a while, as on a machine that is suspended.

    Attributes:
        name: what the table calls it.
        everybody: whether all of the run stand still, or one child alone.
    """

    name: str
    everybody: bool

    def begin(self, target: Target, random: Random) -> Begun | None:
        """Stop them; the end has them go on."""
        some = target.everybody() if self.everybody else target.children()
        if not some:
            return None
        chosen = some if self.everybody else [random.choice(some)]
        for one in chosen:
            _send(one.pid, signal.SIGSTOP)
        pids = {one.pid for one in chosen}
        victim = Victim.ALL if self.everybody else Victim.CHILD
        what = "" if self.everybody else chosen[0].command
        blow = Blow(self.name, victim, signal.SIGSTOP, what=what)
        return Begun(blow, lambda: _go_on(target, pids))


def _go_on(target: Target, pids: Sequence[int] | set[int]) -> None:
    for one in target.everybody():  # the number of one that ended may be another's by now
        if one.pid in pids:
            _send(one.pid, signal.SIGCONT)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
