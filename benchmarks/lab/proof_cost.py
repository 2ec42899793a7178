"""``python -m benchmarks.lab.proof_cost``: what the proof costs a comparison of 24 cells.

Seconds for the environments of both sides, for the trees, and for the questions to their processes,
as a share of the same comparison; no build is among them. It is that at most: the first questions
of a block wait for its processes to start, which they have to do anyway. What a process pays for
being watched is in all its seconds: it is measured by a Python that starts watched and unwatched.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from unittest import mock

import pytest

from benchmarks.lab.layouts import run as layouts
from benchmarks.lab.layouts.layout import Layout
from pytest_speedup.against.overlay import make_overlay, open_overlay, watch_overlay
from pytest_speedup.against.proof import Proven
from pytest_speedup.gate import NOT_GREEN
from pytest_speedup.plugin import against, sides

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

P = ParamSpec("P")
R = TypeVar("R")

TESTS = "".join(
    f"""
def test_{name}(speedup):
    speedup(run_{name}, list(range(8)))

def run_{name}(executor, tasks):
    return list(executor.map(core.{name}, tasks))
"""
    for name in ("computed", "waited", "mixed")
)
CODE = """
import time

def work(n):
    time.sleep(0.01)
    return n

def waited(n):
    return work(n)

def computed(n):
    return sum(i * i for i in range(100_000)) + n

def mixed(n):
    return computed(work(n))
"""
SUITE = Layout(
    "suite",
    "src/acme/core.py",
    {
        "src/acme/__init__.py": "",
        "benchmarks/test_more.py": f"from acme import core\n{TESTS}",
        "pytest.ini": "[pytest]\npythonpath = src\n",
    },
    lossless=CODE,
    lossy=CODE,
)
"""Four workloads: with threads and processes, of 2, 4 and 8 workers each, 24 cells."""

ARGUMENTS = (
    "--benchmark-only",
    "--speedup-against=base",
    "--speedup-executors=serial,thread,process",
    "--speedup-workers=2,4,8",
)
MAX_SHARE = 0.05
"""Of the comparison's seconds, that the proof may take."""

JUDGED = (0, NOT_GREEN)
"""Exit codes of a comparison of the same code, on a machine that may be busy."""

STARTS = 15
"""Of a Python of each kind, of which the median counts."""


@dataclass
class Seconds:
    """Time that was spent, by what it was spent for."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def timed(self, what: str, function: Callable[P, R]) -> Callable[P, R]:
        """Count the seconds of a function."""

        @wraps(function)
        def timing(*args: P.args, **kwargs: P.kwargs) -> R:
            begun = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self.spent[what] += time.perf_counter() - begun

        return timing

    def share(self, whole: float) -> float:
        """Return what all of them are of so many seconds."""
        return sum(self.spent.values()) / whole


def main(more: Sequence[str] | None = None) -> int:
    """Compare once, and print what the proof took of it.

    Args:
        more: options of pytest.

    Returns:
        0 if that was at most 5 % of a comparison that judged its cells, some perhaps undecided; 1
        otherwise.
    """
    seconds = Seconds()
    with tempfile.TemporaryDirectory(prefix="proof-cost-") as name:
        top = Path(name) / "suite"
        layouts.write(SUITE, top, "same")
        whole, code = _compare(top, seconds, sys.argv[1:] if more is None else more)
        begun, added = cost_of_start(Path(name))
    for what, spent in seconds.spent.items():
        print(f"{what:20} {spent:6.2f} s {100 * spent / whole:5.1f} %")
    share = seconds.share(whole)
    print(f"{'the proof':20} {100 * share:.1f} % of {whole:.0f} s, exit code {code}")
    print(f"a Python starts in {begun * 1e3:.0f} ms, watched {added * 1e3:+.1f} ms")
    judged = code in JUDGED and seconds.spent["questions afterwards"] > 0
    return int(not judged or share > MAX_SHARE)


def _compare(top: Path, seconds: Seconds, more: Sequence[str]) -> tuple[float, int]:
    before = Path.cwd()
    os.chdir(top)
    try:
        with timing(seconds):
            begun = time.perf_counter()
            code = pytest.main([*ARGUMENTS, *more])
            return time.perf_counter() - begun, int(code)
    finally:
        os.chdir(before)


@contextmanager
def timing(seconds: Seconds) -> Iterator[None]:
    """Count what a comparison in this process does for the proof alone."""
    places = (
        ("environments", against, "made_sides"),
        ("trees", sides, "read_worktree"),
        ("questions at first", Proven, "ask"),
        ("questions afterwards", Proven, "ask_after_work"),
        ("touched cells", Proven, "touches"),
        ("telling", against, "tell_proofs"),
    )
    with ExitStack() as stack:
        for what, place, name in places:
            function = getattr(place, name)
            timed = _entered(seconds, what, function) if name == "made_sides" else None
            stack.enter_context(
                mock.patch.object(place, name, timed or seconds.timed(what, function))
            )
        yield


def _entered(seconds: Seconds, what: str, function: Callable[..., object]) -> object:
    """Count the seconds until a context begins, without the trees, which are counted already."""

    @contextmanager
    def timing(*args: object) -> Iterator[object]:
        begun, trees = time.perf_counter(), seconds.spent["trees"]
        manager: object = function(*args)
        with manager as value:  # type: ignore[attr-defined]
            within = seconds.spent["trees"] - trees
            seconds.spent[what] += time.perf_counter() - begun - within
            yield value

    return timing


def cost_of_start(folder: Path) -> tuple[float, float]:
    """Measure how long a Python takes to start, and how much longer one that is watched.

    Args:
        folder: where environments are made.
    """
    notes = folder / "notes"
    notes.mkdir()
    pythons = []
    for name in ("plain", "watched"):
        overlay = make_overlay(folder / name, sys.executable, [])
        if name == "watched":
            open_overlay(overlay, [], [])
            kinds = {f"{folder}{os.sep}": "built"}
            watch_overlay(overlay, name, kinds, owned=[], first=[], fallback=notes)
        pythons.append(str(overlay.python))
    turns = [tuple(map(_start, pythons)) for _ in range(STARTS)]
    plain, watched = (median(times) for times in zip(*turns, strict=True))
    return plain, watched - plain


def _start(python: str) -> float:
    begun = time.perf_counter()
    subprocess.run([python, "-c", "pass"], check=True)  # noqa: S603 - an environment of its own
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
