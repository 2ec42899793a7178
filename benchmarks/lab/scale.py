"""``python benchmarks/lab/scale.py``: what it takes to load a long history and judge a suite by it.

And to show it and judge it as a whole: where each cell's level changed, and whether it fell.

Runs are made up, in the format of saved ones, with all that pytest-benchmark says of each test: 100
cells, each with 12 rounds. Loading and judging happens in a process of its own for each number of
runs, whose peak memory is printed too. A history of 1,000 runs that takes longer than 5 s, or that
is not green, makes the exit code 1.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.lab.peak_memory import peak_memory
from pytest_speedup import storage
from pytest_speedup.gate import Measured, SavedPolicy, compare
from pytest_speedup.measurement import read_machine
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Cell, Round, Samples, Turn
from pytest_speedup.plugin.gate import load_baselines
from pytest_speedup.statistics import read_readings, summarize

CELLS = 100
ROUNDS = 12
RUNS = (250, 1_000)

MAX_SECONDS = 5.0
"""For the history of the most runs, from the start of Python to its end."""

STATISTICS = (
    *("min", "max", "mean", "stddev", "rounds", "median", "iqr", "q1", "q3", "iqr_outliers"),
    *("stddev_outliers", "outliers", "ld15iqr", "hd15iqr", "ops", "total", "iterations"),
)
"""What pytest-benchmark says of a test."""


def make_samples(index: int, random: Random) -> Samples:
    """Make a cell of sleeping work, with noise of 2 %."""
    turns = [
        (Turn(SERIAL, random.gauss(0.1, 0.002)), Turn(PARALLEL, random.gauss(0.025, 0.0005)))
        for _ in range(ROUNDS)
    ]
    return Samples(
        cell=Cell(f"test_{index}.py::test[thread-4]", f"test_{index}", "thread", 4, "default"),
        rounds=tuple(map(Round, turns)),
        ceiling=None,
        cold_start=0.001,
        bound=Bound.WAIT,
        oversubscribed=False,
    )


def save(folder: Path, runs: int) -> None:
    """Write runs as pytest-benchmark does, with the statistics that it adds."""
    random = Random(1)
    statistics = {name: random.random() for name in STATISTICS}
    for number in range(1, runs + 1):
        cells = [summarize(make_samples(index, random)) for index in range(CELLS)]
        document = {
            "datetime": "2026-11-01T00:00:00",
            "commit_info": {"id": f"{random.getrandbits(160):040x}"},
            "machine_info": {storage.KEY: storage.to_machine_info(read_machine("spawn"))},
            "benchmarks": [
                {
                    "fullname": summary.samples.cell.id,
                    "stats": statistics,
                    "extra_info": {storage.KEY: storage.to_extra_info(summary, begins=False)},
                }
                for summary in cells
            ],
        }
        (folder / f"{number:04}_made.json").write_text(json.dumps(document, indent=4))


def judge(folder: str) -> None:
    """Load all runs, judge every cell, and print seconds and megabytes."""
    start = time.perf_counter()
    baselines = load_baselines(f"file://{folder}", choice=True)
    loaded = time.perf_counter()
    random, machine, policy = Random(2), read_machine("spawn"), SavedPolicy()
    for index in range(CELLS):
        samples = make_samples(index, random)
        measured = Measured(samples.cell, samples.bound, machine, [read_readings(samples.rounds)])
        compare(measured, baselines[samples.cell.id], margin=0.1, error=0.0001, policy=policy)
    seconds = time.perf_counter() - start
    peak = peak_memory() / 2**20
    print(f"{seconds:.2f} s ({loaded - start:.2f} s of it loading), {peak:.0f} MB at most")


def judge_history(folder: str) -> float:
    """Have the history of all cells made and judged, and print what that takes.

    Returns:
        Seconds; infinite where it is not green.
    """
    command = [sys.executable, "-m", "pytest_speedup", "history", "--fail=10%"]
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603
        [*command, f"--storage=file://{folder}"], check=False, stdout=subprocess.DEVNULL
    )
    seconds = time.perf_counter() - start
    print(f"  their history, judged: {seconds:.2f} s, exit code {done.returncode}")
    return math.inf if done.returncode else seconds


def main() -> int:
    """Print two lines for each number of runs.

    Returns:
        0; 1 where the history of the most runs took too long, or was not green.
    """
    seconds = 0.0
    for runs in RUNS:
        with TemporaryDirectory() as folder:
            machine = Path(folder) / "made"
            machine.mkdir()
            save(machine, runs)
            print(f"{runs} runs of {CELLS} cells: ", end="", flush=True)
            subprocess.run([sys.executable, __file__, folder], check=True)  # noqa: S603
            seconds = judge_history(folder)
    return int(seconds > MAX_SECONDS)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        judge(sys.argv[1])
    else:
        sys.exit(main())
