"""Instructions of parallel code, with a fault and without: what tools that count them see.

pytest-codspeed marks what is to be counted, and callgrind counts it, as when CodSpeed simulates a
CPU: in https://github.com/CodSpeedHQ/codspeed ``src/executor/valgrind/measure.rs`` has valgrind's
arguments and the environment. There, too, worker processes begin with counting off. What its
service makes of the counts is not part of this.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.lab.live import FAULT
from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COUNTED_SUITE = Path("benchmarks/lab/counted.py")

CASES = {
    "global-lock": "test_fetch[thread-4]",
    "fewer-workers": "test_narrow[thread-4]",
    "serial-section": "test_sectioned[thread-4]",
    "sleep-inside-lock": "test_tally[thread-4]",
    "slow-producer": "test_consumed[thread-4]",
    "chunk-size-one": "test_tiny[process-2]",
    "big-arguments": "test_sent[process-2]",
}
"""Faults of ``benchmarks/lab/faulty.py``, and for each the cell that it hits."""

CALLGRIND = ("valgrind", "-q", "--tool=callgrind", "--instr-atstart=no")
STEADY = {"CODSPEED_ENV": "1", "PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc"}
"""Environment in which one run counts like the next."""

COUNTING = (
    *("--noconftest", "--override-ini=addopts=", "--override-ini=filterwarnings="),
    *("-p", "no:pytest_speedup.plugin"),
    *("--codspeed", "--codspeed-mode=simulation", str(COUNTED_SUITE)),
)
"""pytest-codspeed takes the place of pytest-benchmark, which our plugin needs."""

MARKED = re.compile(r"^desc: Trigger: Client Request: \S+::test_counted\[(\S+)\]$", re.MULTILINE)
TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)

HEADER = (
    f"{'fault':20}{'cell':26}{'without':>12}{'again':>12}{'change':>8}{'with it':>12}{'change':>8}"
)


def case_row(fault: str, cell: str, counts: tuple[int, int, int]) -> str:
    """Put the instructions of a cell beside each other: without the fault, again, and with it."""
    without, again, faulty = counts
    changes = (again / without - 1, faulty / without - 1)
    return (
        f"{fault:20}{cell:26}{without:>12,}{again:>12,}{changes[0]:>+8.0%}"
        f"{faulty:>12,}{changes[1]:>+8.0%}"
    )


def refuse_missing() -> None:
    """Say what has to be installed before anything is counted.

    Raises:
        SpeedupError: valgrind, pytest-codspeed or the suite is not there.
    """
    if shutil.which("valgrind") is None:
        message = "instructions are counted by valgrind, which is not there: install it first"
        raise SpeedupError(message)
    if find_spec("pytest_codspeed") is None:
        message = (
            "what is counted is marked by pytest-codspeed: run python -m tox -e instructions, or "
            "python -m pip install pytest-codspeed"
        )
        raise SpeedupError(message)
    if not COUNTED_SUITE.exists():
        message = f"{COUNTED_SUITE} is not there: run this from a clone of the project"
        raise SpeedupError(message)


def count(fault: str, cells: Iterable[str]) -> dict[str, int]:
    """Count the instructions of cells, with a fault or, by an empty name, without.

    What counts is the process that runs the tests, its threads included.

    Raises:
        SpeedupError: a cell failed, or is none of the suite's.
    """
    cells = tuple(cells)
    words = " or ".join(cell.removeprefix("test_").partition("[")[0] for cell in cells)
    with TemporaryDirectory() as folder:
        valgrind = [*CALLGRIND, f"--callgrind-out-file={folder}/%p"]
        done = subprocess.run(  # noqa: S603 - our own words
            [*valgrind, sys.executable, "-m", "pytest", "-q", "-k", words, *COUNTING],
            env={**os.environ, **STEADY, FAULT: fault},
            capture_output=True,
            text=True,
            check=False,
        )
        counts = dict(read_counts(Path(folder)))
    if done.returncode or not counts.keys() >= set(cells):
        message = (
            f"{', '.join(cells)} cannot be counted; pytest ended with exit code "
            f"{done.returncode}:\n{done.stdout}{done.stderr}"
        )
        raise SpeedupError(message)
    return counts


def read_counts(folder: Path) -> Iterator[tuple[str, int]]:
    """Read callgrind's files: one for each test whose end pytest-codspeed told it."""
    for path in sorted(folder.iterdir()):
        text = path.read_text(encoding="utf-8", errors="replace")
        cell, total = MARKED.search(text), TOTAL.search(text)
        if cell and total:
            yield cell[1], int(total[1])
