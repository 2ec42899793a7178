"""The nightly run: compared with the nights before, and saved for those to come."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from speedup_actions.gate import NAME, fresh_reports, run_judged
from speedup_actions.pytest_run import report_suffixes
from speedup_actions.vouching import COMPARED, ONLY_MEASURED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from speedup_actions.job import Job

STORAGE = ".benchmarks"
"""Where pytest-benchmark saves unless told otherwise."""

NOTHING_SAVED = 10
"""Exit code of a night that had nothing to compare with, as pytest has it."""

FIRST = (
    "**Nothing was saved before: this night was, and the next is compared with it.** If it is not "
    "the first, the baseline was lost; if it is, start it with the input `begin`."
)


def run_night(job: Job) -> int:
    """Measure, compare, save, and show the history.

    Returns:
        pytest's exit code; 10 if it was green but had nothing to compare with, unless this is said
        to be the beginning; 11 if it was 0 without a report of what is checked out.

    Raises:
        SpeedupError: an input is wrong, or the plugin is not installed.
    """
    directory = job.directory
    arguments = job.arguments
    suffixes = report_suffixes(directory)
    reports = fresh_reports(job)
    paths = ",".join(str(reports / f"{NAME}{suffix}") for suffix in suffixes)
    is_first = not any((directory / STORAGE).rglob("*.json"))
    asked = ["--benchmark-only", "--benchmark-autosave", *_comparison(job, is_first=is_first)]
    asked += [f"--speedup-report={paths}", *arguments]
    code = run_judged(job, reports, asked, ONLY_MEASURED + COMPARED if is_first else COMPARED)
    job.summarize(f"\n```\n{_history(directory)}\n```\n")
    if not is_first:
        return code
    print(FIRST)  # noqa: T201 - the log
    job.summarize(FIRST)
    return code or (0 if job.variables.get("SPEEDUP_BEGIN") == "true" else NOTHING_SAVED)


def _comparison(job: Job, *, is_first: bool) -> Sequence[str]:
    if is_first:
        return ()
    # Without a value it would take the path that follows for one: another option has to.
    return ("--benchmark-compare", f"--speedup-fail={job.variables['SPEEDUP_FAIL']}")


def _history(directory: Path) -> str:
    """Show how each cell went over the nights, or why that cannot be shown."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest_speedup", "history"],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.stdout.replace("```", "'''").rstrip()
