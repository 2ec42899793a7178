"""What head, base or the machine can be like in an evaluation of comparisons with a commit."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Iterator

SUITE = ("benchmarks", "workloads", "conftest.py", "pyproject.toml")
"""Parts of a clone that the suite takes."""

WORKLOADS = ("consumers", "counter", "downloads", "primes")
COMPUTING = ("counter", "primes")

LONGER = """

def _longer(work, share, spin):
    from time import perf_counter, sleep

    def run(executor, load):
        if executor.name == "serial":
            return work(executor, load)
        begun = perf_counter()
        result = work(executor, load)
        end = perf_counter() + share * (perf_counter() - begun)
        if not spin:
            sleep(end - perf_counter())
        while perf_counter() < end:
            pass
        return result

    return run


run = _longer(run, {share}, spin={spin})
"""
"""Appended to a workload: whatever runs in parallel takes longer by a share."""

TWICE = """

def _twice(work):
    def run(executor, load):
        if executor.name == "serial":
            work(executor, load)
        return work(executor, load)
    return run


run = _twice(run)
"""
"""Appended to a workload: serial code takes twice as long."""

BURN = "from time import monotonic\nend = monotonic() + 600\nwhile monotonic() < end: pass"
BURN_SECONDS = 70.0
"""Half of a comparison, about."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What differs between base and head, or while they run.

    Attributes:
        parallel: by how much head's parallel time is longer, as a share.
        serial: whether head's serial code is twice as fast.
        burner: whether a process takes one core for the first half.
        runs: how many runs say enough about it.
    """

    parallel: float = 0.0
    serial: bool = False
    burner: bool = False
    runs: int = 6


VARIANTS = {
    "same": Variant(runs=30),
    "parallel-5": Variant(parallel=0.05, runs=3),
    "parallel-10": Variant(parallel=0.1),
    "parallel-20": Variant(parallel=0.2),
    "serial-twice": Variant(serial=True, runs=3),
    "burner": Variant(burner=True),
}


def make_trees(variant: Variant, folder: Path) -> tuple[Path, Path]:
    """Make a base and a head of the suite in a folder.

    Raises:
        SpeedupError: the suite is not here.
    """
    base, head = (_copy(folder / name) for name in ("base", "head"))
    for name in WORKLOADS:
        if variant.parallel:
            spin = name in COMPUTING
            append(head, name, LONGER.format(share=variant.parallel, spin=spin))
        if variant.serial:
            append(base, name, TWICE)
    return base, head


@contextmanager
def around(variant: Variant) -> Iterator[None]:
    """Burn one core for a while, if the variant has it so."""
    if not variant.burner:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", BURN]) as burner:  # noqa: S603 - our own words
        timer = Timer(BURN_SECONDS, burner.kill)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            burner.kill()


def _copy(tree: Path) -> Path:
    tree.mkdir()
    for part in map(Path, SUITE):
        if part.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "lab")
            shutil.copytree(part, tree / part, ignore=ignored)
        elif part.exists():
            shutil.copy(part, tree)
        else:
            message = f"{part} is not there: run this from a clone of the project"
            raise SpeedupError(message)
    return tree


def append(tree: Path, name: str, text: str) -> None:
    """Append to a workload of a tree, by its name."""
    file = tree / "workloads" / f"{name}.py"
    file.write_text(file.read_text(encoding="utf-8") + text, encoding="utf-8")
