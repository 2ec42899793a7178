"""``python -m benchmarks.lab soak``: its options, and what it prints."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.lab.soak.soaking import Checked

LOGS = Path(".benchmarks/soak")
"""Where it is kept what runs printed."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--minutes", type=_positive, default=30.0, help="for all runs together")
    parser.add_argument("--seed", type=int, help="of an earlier soak, to do the same again")
    parser.add_argument("--logs", type=Path, default=LOGS, help="folder for what runs print")


def run_soak(options: argparse.Namespace, say: Callable[[str], object]) -> int:
    """Disturb runs on unchanged code at random: none may hang, lose anything or turn red.

    Returns:
        0; 1 if anything did not hold that must.

    Raises:
        SpeedupError: this machine cannot do it, or a run went wrong undisturbed.
    """
    if (system := str(sys.platform)) != "linux":
        message = f"the soak run finds processes in Linux's /proc; this is {system}"
        raise SpeedupError(message)
    from benchmarks.lab.soak.choice import all_disturbances  # noqa: PLC0415 - Linux only
    from benchmarks.lab.soak.counts import count_runs  # noqa: PLC0415 - likewise
    from benchmarks.lab.soak.place import opened_place  # noqa: PLC0415
    from benchmarks.lab.soak.soaking import Soak, word_run  # noqa: PLC0415
    from benchmarks.lab.soak.table import rows  # noqa: PLC0415

    seed = SystemRandom().randrange(10**6) if options.seed is None else options.seed
    checked: list[Checked] = []
    with opened_place() as place:
        everything = {one.name: one for one in all_disturbances()}
        refused = {name: why for name, one in everything.items() if (why := one.refusal(place))}
        possible = [one for name, one in everything.items() if name not in refused]
        soak = Soak(place, possible, seed)
        say(f"seed {seed}; undisturbed:")
        try:
            for one in soak.runs(60 * options.minutes, soak.calm(say)):
                checked.append(one)
                say(word_run(one))
                _keep(one, options.logs)
        except KeyboardInterrupt:
            say("stopped")
    names = [one.name for one in possible]
    say("\n".join(["", *rows(*count_runs(checked, names), refused)]))
    private = "" if place.shared else "; shared memory was not looked at: may not mount"
    say(f"\nseed {seed}, {options.minutes:g} minutes{private}")
    return int(any(one.broken for one in checked))


def _keep(checked: Checked, folder: Path) -> None:
    """Write down what was done to a run and what it printed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{checked.number}.txt"
    ran = checked.ran
    blows = "\n".join(map(repr, ran.blows))
    path.write_text(f"{blows}\n{ran.stdout}\n--- stderr\n{ran.stderr}", encoding="utf-8")


def _positive(text: str) -> float:
    with suppress(ValueError):
        if (number := float(text)) > 0:
            return number
    message = f"{text} is not a positive number"
    raise argparse.ArgumentTypeError(message)
