"""Strangers' projects gate on speedup: green on the same code, red on a known loss of scaling."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from examples.stranger import HERE, Stranger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_TEST_LINES = 12
"""Lines of a stranger's test, blank ones included."""

MAX_OWN_LINES = 5
"""Lines beyond a stranger's own code that has workers of its own; blank ones do not count."""

REPORTS = ("speedup.html", "speedup.md", "speedup.json")
NO_PAGE = REPORTS[1:]
"""Those that need no extra."""

COUNTS = (1, 2, 4, 8)

MATRIX = ["serial-1", *(f"{kind}-{n}" for kind in ("thread", "process") for n in COUNTS)]
"""The cells that a test gets unless somebody chooses."""


@dataclass(frozen=True, slots=True)
class Example:
    """What is to be seen in an example.

    Attributes:
        name: its folder.
        cell: the cell that loses.
        options: which cells are measured, and where the base runs.
        said: a pattern of what is said about the loss.
        asked: a part of what is asked where the number of workers no longer arrives.
    """

    name: str
    cell: str
    options: tuple[str, ...]
    said: str
    asked: str = ""

    @property
    def has_own(self) -> bool:
        """Whether its code has workers of its own."""
        return "[own-" in self.cell


THREADS = ("--speedup-executors=thread", "--speedup-workers=4")
PROCESSES = ("--speedup-executors=process", "--speedup-workers=2")
OWN_VERSION = "--speedup-base-env=install"
BUSY = ("--speedup-fail=20%", "--speedup-budget=600")
"""For machines where much else is running: the losses to be seen are twice that margin and more.

The budget is a cap: a run ends as soon as its cell is decided.
"""

ASGIREF = Example(
    "asgiref_pages",
    "test_pages.py::test_pages[thread-4]",
    (*THREADS, OWN_VERSION),
    "waiting inside tasks .* pools created 1 instead of 9",
)
SCIPY = Example(
    "scipy_fit",
    "test_fitting.py::test_fitting[thread-4]",
    (*THREADS, OWN_VERSION),
    "serial section .* peak tasks in flight 0 instead of 4",
)
HTTPX = Example(
    "httpx_fanout", "test_prices.py::test_prices[thread-4]", THREADS, "and parallel time rose"
)
JOBLIB = Example(
    "joblib_loop",
    "test_smoothing.py::test_smoothing[process-2]",
    PROCESSES,
    "pools created 6 instead of 2",
)
PILLOW = Example(
    "pillow_pipeline",
    "test_thumbnails.py::test_thumbnails[process-2]",
    PROCESSES,
    r"bytes pickled per task \d{7} instead of \d{5}\b",
)
EXAMPLES = [pytest.param(one, id=one.name) for one in (ASGIREF, HTTPX, JOBLIB, PILLOW)]
EXAMPLES += [
    pytest.param(
        SCIPY,
        id=SCIPY.name,
        marks=pytest.mark.skipif(
            not (3, 11) <= sys.version_info < (3, 14),
            reason="its versions of SciPy have wheels for Python 3.11 to 3.13",
        ),
    )
]


OWN_MATRIX = [f"own-{n}" for n in COUNTS]
"""The cells of a test whose code has workers of its own."""

SERIAL_SECTION = "serial section"
WAITING = ("--speedup-executors=own", "--speedup-workers=4")
COMPUTING = ("--speedup-executors=own", "--speedup-workers=2")
UNSEEN = f"{SERIAL_SECTION}|unexplained"
"""A library's threads are not recorded, and on a busy machine it may not be sure what grew."""

OWN = [
    Example(
        "futures_fetch",
        "test_fetching.py::test_fetching[own-4]",
        WAITING,
        "peak tasks in flight 1 instead of 4",
        "head: 4 workers ran as 1: is max_workers used?",
    ),
    Example("threadpool_hosts", "test_pinging.py::test_pinging[own-4]", WAITING, SERIAL_SECTION),
    Example(
        "pool_letters",
        "test_sending.py::test_sending[own-4]",
        WAITING,
        SERIAL_SECTION,
        "head: 4 workers ran as 1: is the count used?",
    ),
    Example("joblib_reads", "test_reading.py::test_reading[own-4]", WAITING, SERIAL_SECTION),
    Example(
        "xargs_jobs",
        "test_jobs.py::test_jobs[own-4]",
        WAITING,
        SERIAL_SECTION,
        "head: 4 workers ran as 1: is the count used?",
    ),
    Example(
        "sklearn_forest",
        "test_growing.py::test_growing[own-2]",
        COMPUTING,
        "pools created 5 instead of 2",
    ),
    Example(
        "numpy_moves",
        "test_moving.py::test_moving[own-2]",
        COMPUTING,
        UNSEEN,
        "head: 2 workers ran as 1: is the count used?",
    ),
    Example(
        "zstandard_logs",
        "test_packing.py::test_packing[own-2]",
        COMPUTING,
        UNSEEN,
    ),
    Example(
        "pyarrow_prices",
        "test_loading.py::test_loading[own-2]",
        COMPUTING,
        UNSEEN,
        "head: 2 workers ran as 1: is the count used?",
    ),
    Example(
        "polars_sensors",
        "test_smoothing.py::test_smoothing[own-2]",
        COMPUTING,
        UNSEEN,
        "head: 2 workers ran as 1: is POLARS_MAX_THREADS used?",
    ),
    Example(
        "duckdb_sales",
        "test_asking.py::test_asking[own-2]",
        COMPUTING,
        UNSEEN,
    ),
    Example(
        "numba_ponds",
        "test_filling.py::test_filling[own-2]",
        COMPUTING,
        UNSEEN,
        "head: 2 workers ran as 1: is the count used?",
    ),
]
EXAMPLES += [
    pytest.param(
        one,
        id=one.name,
        marks=[
            pytest.mark.skipif(
                one.name == "xargs_jobs" and os.name == "nt", reason="Windows has no xargs"
            ),
            pytest.mark.skipif(
                one.options is COMPUTING and sys.version_info >= (3, 14),
                reason="its library is known to have wheels up to Python 3.13",
            ),
        ],
    )
    for one in OWN
]


def test_the_readme_shows_what_is_here() -> None:
    """Every project, and the test as it is."""
    readme = (HERE / "README.md").read_text("utf-8")
    assert f"```python\n{(HERE / ASGIREF.name / 'test_pages.py').read_text('utf-8')}```" in readme
    projects = {path.parent.name for path in HERE.glob("*/pyproject.toml")}
    assert set(re.findall(r"^[|] `(\w+)` [|]", readme, re.MULTILINE)) == projects


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_stranger_compares_with_a_commit(example: Example, tmp_path: Path, wheel: Path) -> None:
    """With nothing but the wheel and ten lines."""
    stranger = Stranger(example.name, tmp_path)
    brought = stranger.settle(wheel, "[report]")
    assert {name.partition("-")[0] for name in brought} == {"pytest_speedup"}

    (test,) = (HERE / example.name).glob("test_*.py")
    lines = test.read_text("utf-8").splitlines()
    assert len(lines) <= MAX_TEST_LINES
    assert not example.has_own or len([line for line in lines if line]) <= MAX_OWN_LINES
    assert collected(stranger) == (OWN_MATRIX if example.has_own else MATRIX)

    same = ("--speedup-against=HEAD", "--speedup-allow=same")
    code, said, report = gated(stranger, REPORTS, *same, *BUSY, *example.options)
    skip_undecided(example, code, report)
    assert (code, red_cells(report)) == (0, []), said

    stranger.advance()
    code, said, report = gated(
        stranger, REPORTS, "--speedup-against=HEAD~1", *BUSY, *example.options
    )
    skip_undecided(example, code, report)
    assert (code, red_cells(report)) == (pytest.ExitCode.TESTS_FAILED, [example.cell]), said
    (cell,) = [one for one in report["cells"] if one["id"] == example.cell]
    assert re.search(example.said, "; ".join(cell["verdict"]["why"])), said
    assert example.asked in said


def test_a_stranger_compares_with_a_saved_run(tmp_path: Path, wheel: Path) -> None:
    """What that leaves open is measured side by side with the commit that it was saved from."""
    stranger = Stranger(ASGIREF.name, tmp_path)
    stranger.settle(wheel)
    done = stranger.pytest("--benchmark-only", "--benchmark-autosave", *THREADS)
    assert done.returncode == 0, done.stdout
    stranger.note()
    compare = ("--benchmark-compare", "--speedup-fail=10%", *THREADS)
    code, said, report = gated(stranger, NO_PAGE, *compare)
    assert (code, red_cells(report)) == (0, []), said

    stranger.advance()
    code, said, report = gated(stranger, NO_PAGE, *compare)
    assert (code, red_cells(report)) == (pytest.ExitCode.TESTS_FAILED, [ASGIREF.cell]), said


NOT_GREEN = 10
OPEN = {"unwatched", "inconclusive", "unconfirmed"}


def skip_undecided(example: Example, code: int, report: dict[str, Any]) -> None:
    """Skip what a machine with fewer than two CPUs to spare cannot tell: it has no speedup there.

    A run is sure or silent there, too: red on the same code fails, and so does green on a loss.
    """
    outcomes = {cell["verdict"]["outcome"] for cell in report["cells"] if cell["verdict"]}
    if example.options is COMPUTING and code == NOT_GREEN and outcomes and outcomes <= OPEN:
        pytest.skip(f"too busy for code that computes: {report['gate']['standing']}")


def collected(stranger: Stranger) -> list[str]:
    """List the cells of the only test, without running it."""
    done = stranger.pytest("--collect-only", "-q")
    return re.findall(r"\[([a-z]+-\d+)\]", done.stdout)


def gated(
    stranger: Stranger, reports: Sequence[str], *options: str
) -> tuple[int, str, dict[str, Any]]:
    """Measure, judge and report.

    Returns:
        The exit code, what was printed and the report, which is as its schema says.
    """
    for name in reports:
        (stranger.clone / name).unlink(missing_ok=True)
    done = stranger.pytest("--benchmark-only", f"--speedup-report={','.join(reports)}", *options)
    said = done.stdout + done.stderr
    assert [name for name in reports if not (stranger.clone / name).exists()] == [], said
    report = json.loads((stranger.clone / "speedup.json").read_text("utf-8"))
    schema = resources.files("pytest_speedup.reports").joinpath("schema.json").read_text("utf-8")
    jsonschema.validate(report, json.loads(schema))
    return done.returncode, said, report


def red_cells(report: dict[str, Any]) -> list[str]:
    """Name the cells that fail the gate."""
    return [
        cell["id"]
        for cell in report["cells"]
        if cell["verdict"] is not None and cell["verdict"]["red"]
    ]
