"""Instructions of parallel code, with a fault and without: what tools that count them see.

pytest-codspeed marks what is to be counted, and callgrind counts it, as when CodSpeed simulates a
CPU: in https://github.com/CodSpeedHQ/codspeed ``src/executor/valgrind/measure.rs`` has valgrind's
arguments and the environment. There, too, worker processes begin with counting off. What its
service makes of the counts is not part of this.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError
from pytest_speedup.evaluate.live import FAULT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

COUNTED_SUITE = Path("benchmarks/counted.py")
TIMED_SUITE = Path("benchmarks/faulty.py")

CASES = {
    "global-lock": "test_fetch[thread-4]",
    "fewer-workers": "test_narrow[thread-4]",
    "serial-section": "test_sectioned[thread-4]",
    "sleep-inside-lock": "test_tally[thread-4]",
    "slow-producer": "test_consumed[thread-4]",
    "chunk-size-one": "test_tiny[process-2]",
    "big-arguments": "test_sent[process-2]",
}
"""Faults of ``benchmarks/faulty.py``, and for each the cell that it hits."""

CALLGRIND = ("valgrind", "-q", "--tool=callgrind", "--instr-atstart=no")
STEADY = {"CODSPEED_ENV": "1", "PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc"}
"""Environment in which one run counts like the next."""

COUNTING = (
    *("--noconftest", "--override-ini=addopts=", "--override-ini=filterwarnings="),
    *("-p", "no:pytest_speedup.plugin"),
    *("--codspeed", "--codspeed-mode=simulation", str(COUNTED_SUITE)),
)
"""pytest-codspeed takes the place of pytest-benchmark, which our plugin needs."""

TIMING = ("-p", "no:codspeed", "--benchmark-only", str(TIMED_SUITE))

MARKED = re.compile(r"^desc: Trigger: Client Request: \S+::test_counted\[(\S+)\]$", re.MULTILINE)
TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)

HEADER = f"{'fault':20}{'cell':26}{'speedup':18}{'instructions':26}{'change':>7}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a cell.

    Attributes:
        speedup: T_serial / T_parallel, as our plugin measures it, outside of valgrind.
        instructions: how many the parallel run took in the process that asked for it.
    """

    speedup: float
    instructions: int


def case_row(fault: str, cell: str, before: Reading, after: Reading) -> str:
    """Put a cell with a fault beside the same without."""
    speedups = f"{before.speedup:.2f}x -> {after.speedup:.2f}x"
    counts = f"{before.instructions:,} -> {after.instructions:,}"
    change = after.instructions / before.instructions - 1
    return f"{fault or 'none':20}{cell:26}{speedups:18}{counts:26}{change:>+7.0%}"


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


def read_cell(fault: str, cell: str) -> Reading:
    """Measure a cell and count its instructions, with a fault or, by an empty name, without.

    Raises:
        SpeedupError: the cell failed, or is none of the suite's.
    """
    return Reading(_measure(fault, cell), _count(fault, cell))


def _measure(fault: str, cell: str) -> float:
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        said = _pytest([], TIMING, cell, {FAULT: fault}, f"--speedup-report={report}")
        if not report.exists():
            raise SpeedupError(_nothing(cell, said))
        found = dict(read_speedups(report.read_text(encoding="utf-8")))
    if cell not in found:
        raise SpeedupError(_nothing(cell, said))
    return found[cell]


def _count(fault: str, cell: str) -> int:
    with TemporaryDirectory() as folder:
        valgrind = [*CALLGRIND, f"--callgrind-out-file={folder}/%p"]
        said = _pytest(valgrind, COUNTING, cell, {FAULT: fault, **STEADY})
        found = dict(read_counts(Path(folder)))
    if cell not in found:
        raise SpeedupError(_nothing(cell, said))
    return found[cell]


def read_speedups(report: str) -> Iterator[tuple[str, float]]:
    """Read the measured speedups of a JSON report, by the names of the tests."""
    for one in json.loads(report)["cells"]:
        if one["measurement"] is not None:
            yield one["id"].rpartition("::")[2], one["measurement"]["speedup"]["value"]


def read_counts(folder: Path) -> Iterator[tuple[str, int]]:
    """Read callgrind's files: one for each test whose end pytest-codspeed told it."""
    for path in sorted(folder.iterdir()):
        text = path.read_text(encoding="utf-8", errors="replace")
        cell, total = MARKED.search(text), TOTAL.search(text)
        if cell and total:
            yield cell[1], int(total[1])


def _pytest(
    under: Sequence[str],
    arguments: Sequence[str],
    cell: str,
    environment: Mapping[str, str],
    *more: str,
) -> str:
    """Run the tests of one workload, and return what was said."""
    word = cell.removeprefix("test_").partition("[")[0]
    done = subprocess.run(  # noqa: S603 - our own words
        [*under, sys.executable, "-m", "pytest", "-q", "-k", word, *arguments, *more],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return f"exit code {done.returncode}:\n{done.stdout}{done.stderr}"


def _nothing(cell: str, said: str) -> str:
    return f"nothing is known of {cell}; pytest ended with {said}"
