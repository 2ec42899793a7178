"""``python -m benchmarks.lab simulate``: its options, and what it prints."""

from __future__ import annotations

import argparse
import math
import os
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.lab.simulation.findings import Finding
    from benchmarks.lab.simulation.spread_out import Runner

TABLES = ("sizes", "errors", "designs", "saved", "history")

SEED = 1

NOISE = 0.3
"""Times the recorded noise: the recording was made on a machine with other work, and live runs on
it by itself vary about as much as this."""


def add_options(parser: argparse.ArgumentParser, recording: Path) -> None:
    """Add the options of the command."""
    parser.add_argument("table", nargs="*", type=_table, help=", ".join(TABLES))
    parser.add_argument("--suites", type=_positive, help="of each scenario, at most")
    parser.add_argument("--jobs", type=_positive, default=os.cpu_count() or 2, help="processes")
    parser.add_argument("--seed", type=int, default=SEED, help="the same one finds the same")
    parser.add_argument("--only", default="", help="what names of scenarios must have in them")
    parser.add_argument(
        "--half", choices=("all", "even", "odd"), default="odd", help="of the recorded runs"
    )
    parser.add_argument("--noise", type=_scale, default=NOISE, help="times what was recorded")
    parser.add_argument("--recording", type=type(recording), default=recording)


def run_simulate(options: argparse.Namespace, say: Callable[..., object]) -> int:
    """Simulate comparisons: what suites of any size come to, and how often the rule errs.

    Returns:
        0; 1 if a target is surely missed.

    Raises:
        SpeedupError: the recording cannot be read, or no scenario has such a name.
    """
    from benchmarks.lab.simulation import rows, sizes  # noqa: PLC0415 - an optional group
    from benchmarks.lab.simulation.designs import compare_designs  # noqa: PLC0415 - likewise
    from benchmarks.lab.simulation.errors import find_errors  # noqa: PLC0415
    from benchmarks.lab.simulation.findings import State  # noqa: PLC0415
    from benchmarks.lab.simulation.histories import find_histories  # noqa: PLC0415
    from benchmarks.lab.simulation.saved import find_saved  # noqa: PLC0415
    from benchmarks.lab.simulation.spread_out import runner  # noqa: PLC0415

    drawing = sizes.Drawing(options.recording, options.half, options.noise)
    seed, most, only = options.seed, options.suites, options.only

    def findings_of(table: str, run: Runner) -> Iterator[Finding]:
        if table == "sizes":
            sizes.noise_from(drawing)  # says what is wrong with it before processes start
            return sizes.find_sizes(run, drawing, seed, most, only)
        find = {"errors": find_errors, "saved": find_saved, "history": find_histories}[table]
        return find(run, seed, most, only)

    found: list[Finding] = []
    wanted = options.table or TABLES
    with runner(options.jobs) as run:
        for table in [one for one in wanted if one != "designs"]:
            noise = f", {options.half} runs of the recording, noise times {options.noise:g}"
            say("", f"{table}, seed {seed}{noise * (table == 'sizes')}", rows.findings_header())
            for one in findings_of(table, run):
                found.append(one)
                say(*rows.finding_rows(one))
        if "designs" in wanted and not only:
            say("", f"designs, seed {seed}", rows.trials_header())
            for trial in compare_designs(run, seed, most):
                say(rows.trial_row(trial))
    if only and not found:
        message = f"no scenario has {only!r} in its name; run it without --only to see them"
        raise SpeedupError(message)
    if found:
        say("", *rows.sum_rows(found))
    return int(any(one.state is State.MISSED for one in found))


def _table(text: str) -> str:
    if text not in TABLES:
        message = f"{text} is not a table; there are {', '.join(TABLES)}"
        raise argparse.ArgumentTypeError(message)
    return text


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        message = f"{text} is not a positive number"
        raise argparse.ArgumentTypeError(message)
    return number


def _scale(text: str) -> float:
    scale = float(text)
    if not (math.isfinite(scale) and scale > 0):
        message = f"{text} is not a positive number"
        raise argparse.ArgumentTypeError(message)
    return scale
