"""The gate of a pull request: base and head side by side, in this job."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from pytest_speedup.github.base import base_of
from pytest_speedup.github.pytest_run import meaning_of, report_suffixes, run_pytest
from pytest_speedup.model import MARK

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_speedup.github.job import Job

NAME = "speedup"
"""Of the reports, before the suffix."""


def run_gate(job: Job) -> int:
    """Compare with the base of the event, show the report, and return pytest's exit code.

    Raises:
        SpeedupError: an input is wrong, the event has no base, or the plugin is not installed.
    """
    directory = job.directory
    arguments = job.arguments
    suffixes = report_suffixes(directory)
    base = job.variables.get("SPEEDUP_BASE") or base_of(
        job.variables.get("GITHUB_EVENT_NAME", ""), job.event, _parents(directory)
    )
    reports = fresh_reports(job)
    paths = ",".join(str(reports / f"{NAME}{suffix}") for suffix in suffixes)
    asked = ["--benchmark-only", f"--speedup-against={base}", f"--speedup-report={paths}"]
    code = run_pytest(directory, [*asked, *arguments])
    show_report(job, reports, code)
    return code


def fresh_reports(job: Job) -> Path:
    """Make the folder of the reports anew: those of an earlier step are not those of this one."""
    folder = job.temporary / "speedup-report"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def show_report(job: Job, reports: Path, code: int) -> None:
    """Put the report on the run's page; where pytest wrote none, say why there is none."""
    path = reports / f"{NAME}.md"
    if not path.exists():
        text = f"{MARK}\n**No verdict: pytest exited with {code}: {meaning_of(code)}**\n"
        path.write_text(text, encoding="utf-8")
    job.summarize(path.read_text(encoding="utf-8"))
    job.output("exit-code", code)
    job.output("markdown", path)


def _parents(directory: Path) -> list[str]:
    """Ask git for the parents of what is checked out; none where it cannot say."""
    done = subprocess.run(
        ["git", "rev-list", "--parents", "--max-count=1", "HEAD"],  # noqa: S607 - the user's own git
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()[1:]
