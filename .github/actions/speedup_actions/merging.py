"""The shards of a suite that the jobs of a matrix judged, made one verdict."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from speedup_actions.gate import NAME, fresh_reports, show_report
from speedup_actions.pytest_run import NO_REPORT, report_suffixes
from speedup_actions.vouching import ask_git, doubt

if TYPE_CHECKING:
    from pathlib import Path

    from speedup_actions.job import Job

SHARDS = "speedup-shards"
"""The folder that their artifacts are fetched to, each into one of its own."""

LONGEST_REFUSAL = 2_000
"""Letters of what the page shows of it; the log has all."""


def run_merge(job: Job) -> int:
    """Merge the reports of all shards, and show the whole.

    Returns:
        the exit code of ``python -m pytest_speedup merge``; 11 if it was 0 without a green report
        of what is checked out.

    Raises:
        SpeedupError: an input is wrong, or the plugin is not installed.
    """
    directory = job.directory
    suffixes = report_suffixes(directory)
    reports = fresh_reports(job)
    paths = ",".join(str(reports / f"{NAME}{suffix}") for suffix in suffixes)
    commit = ask_git(directory, "rev-parse", "HEAD")
    done = subprocess.run(  # noqa: S603 - the interpreter that runs this
        [
            *(sys.executable, "-I", "-m", "pytest_speedup", "merge"),
            f"--report={paths}",
            *map(str, reports_in(job.temporary / SHARDS)),
        ],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    print(done.stdout, end="", flush=True)  # noqa: T201 - the log
    why = "" if done.returncode else doubt(reports / f"{NAME}.json", commit)
    code = NO_REPORT if why else done.returncode
    ended = "; ".join(done.stdout[:LONGEST_REFUSAL].splitlines())
    show_report(job, reports, code, why, ended)
    return code


def reports_in(folder: Path) -> list[Path]:
    """Find the reports of shards; a link in an artifact would lead elsewhere."""
    found = folder.rglob(f"{NAME}.json")
    return sorted(one for one in found if one.is_file() and not one.is_symlink())
