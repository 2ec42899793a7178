"""Runs under fire, again and again, and what must hold after each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, cycle
from random import Random
from typing import TYPE_CHECKING

from benchmarks.lab.soak.child import end_all, start_child, wait_for_end, watch
from benchmarks.lab.soak.choice import decks, draw_strikes
from benchmarks.lab.soak.disturbance import Target
from benchmarks.lab.soak.fire import Fire
from benchmarks.lab.soak.holding import find_broken
from benchmarks.lab.soak.processes import marked
from benchmarks.lab.soak.ran import Ran
from benchmarks.lab.soak.snapshot import take_snapshot
from benchmarks.lab.soak.suite import BUDGETS, MODES, SAVE
from pytest_speedup.errors import SpeedupError
from pytest_speedup.measurement import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from benchmarks.lab.soak.disturbance import Disturbance
    from benchmarks.lab.soak.holding import Broken
    from benchmarks.lab.soak.place import Place

SAVED_FIRST = 3
"""Runs of the baseline, undisturbed."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A run, and what did not hold after it.

    Attributes:
        number: which run of the soak it was.
        ran: the run.
        broken: what did not hold.
    """

    number: int
    ran: Ran
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class Soak:
    """Runs under fire.

    Attributes:
        place: where.
        disturbances: those that are possible there.
        seed: with the same one the same is done again, as far as runs take as long again.
    """

    place: Place
    disturbances: Sequence[Disturbance]
    seed: int

    def calm(self, say: Callable[[str], object]) -> dict[str, float]:
        """Run each kind once undisturbed, that of the baseline a few times.

        Returns:
            Seconds that each kind takes.

        Raises:
            SpeedupError: something does not hold even so.
        """
        seconds = {}
        for mode in (*[SAVE] * SAVED_FIRST, *MODES):
            checked = self._run(0, mode, [], 0.0, Random(0))
            seconds[mode] = checked.ran.seconds
            say(word_run(checked))
            if checked.broken or checked.ran.exit_code:
                what = [one.what for one in checked.broken]
                message = (
                    f"a {mode} run went wrong undisturbed (exit code {checked.ran.exit_code}, "
                    f"{what}):\n{checked.ran.stdout}{checked.ran.stderr}"
                )
                raise SpeedupError(message)
        return seconds

    def runs(self, seconds: float, calm: Mapping[str, float]) -> Iterator[Checked]:
        """Run and check until the time is over; the run that has begun is finished.

        Args:
            seconds: for all runs.
            calm: seconds that each kind of run takes undisturbed.
        """
        end = now() + seconds
        chosen = decks(self.disturbances, Random(self.seed))
        for number, mode, disturbances in zip(count(1), cycle(MODES), chosen, strict=False):
            if now() >= end:
                return
            random = Random(f"{self.seed} {number}")
            yield self._run(number, mode, disturbances, calm[mode], random)

    def _run(
        self,
        number: int,
        mode: str,
        disturbances: Sequence[Disturbance],
        seconds: float,
        random: Random,
    ) -> Checked:
        before = take_snapshot(self.place)
        mark = f"{self.place.outside.name}-{number}"
        variables: dict[str, str] = {}
        for one in disturbances:
            variables |= one.environment(self.place)
        strikes = draw_strikes(disturbances, seconds, random)
        child = start_child(mode, self.place, mark, variables)
        fire = Fire(Target(child.process.pid, mark, self.place), strikes, random)
        try:
            code, took = watch(child, fire, BUDGETS[mode])
            orphans = [] if code is None else wait_for_end(mark)
        finally:
            end_all(mark, marked(mark))
            child.process.wait()
        out, err = child.stdout.text(), child.stderr.text()
        ran = Ran(mode, code, out, err, took, tuple(fire.blows))
        broken = find_broken(ran, before, take_snapshot(self.place), orphans)
        self.place.tidy()
        return Checked(number, ran, tuple(broken))


def word_run(checked: Checked) -> str:
    """Say in a line what was done to a run and what came of it."""
    ran = checked.ran
    done = "; ".join(f"{blow.name} {blow.what[-60:]}".strip() for blow in ran.blows) or "calm"
    verdicts = ", ".join(f"{number} {name}" for name, number in ran.verdicts.items() if number)
    wrong = "".join(f"\n  WRONG, {one.rule.value}: {one.what}" for one in checked.broken)
    code = "hung" if ran.exit_code is None else f"exit code {ran.exit_code}"
    return (
        f"{checked.number} {ran.mode}: {done}: {code}, {verdicts or 'no verdict'}, "
        f"{ran.seconds:.0f} s{wrong}"
    )
