"""The gate of a pull request: base and head side by side, in this job."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from pytest_speedup.model import MARK
from speedup_actions.base import base_of
from speedup_actions.pytest_run import NO_REPORT, meaning_of, report_suffixes, run_pytest
from speedup_actions.vouching import COMPARED, ask_git, doubt, ends_otherwise

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pytest_speedup.model import Kind
    from speedup_actions.job import Job

NAME = "speedup"
"""Of the reports, before the suffix."""


def run_gate(job: Job) -> int:
    """Compare with the base of the event, and show the report.

    Returns:
        pytest's exit code; 11 if it was 0 without a green report of what is checked out.

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
    shard = job.variables.get("SPEEDUP_SHARD", "")
    asked += [f"--speedup-shard={shard}"] if shard else []
    return run_judged(job, reports, [*asked, *arguments], COMPARED, shard)


def run_judged(
    job: Job, reports: Path, arguments: list[str], kinds: Collection[Kind], shard: str = ""
) -> int:
    """Run pytest and show its report; without a report that vouches for it 0 is no pass.

    Args:
        job: the job.
        reports: the folder of the reports.
        arguments: pytest's.
        kinds: where a run may stand that passes.
        shard: which part of the suite is judged, such as ``2/8``; empty for all of it.
    """
    report = reports / f"{NAME}.json"
    commit = ask_git(job.directory, "rev-parse", "HEAD")
    code = run_pytest(job.directory, arguments)
    why = "" if code else doubt(report, commit, kinds, shard)
    code = NO_REPORT if why else code
    if shard and ends_otherwise(report, code):
        report.unlink(missing_ok=True)  # it would be merged as if nothing had come after it
    show_report(job, reports, code, why)
    return code


def fresh_reports(job: Job) -> Path:
    """Make the folder of the reports anew: those of an earlier step are not those of this one."""
    folder = job.temporary / "speedup-report"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def show_report(job: Job, reports: Path, code: int, why: str, ended: str = "") -> None:
    """Put the report on the run's page; where none was written, say why there is none.

    Args:
        job: the job.
        reports: the folder of the reports.
        code: what the step ends with.
        why: why that is not 0 although pytest's was; empty where it was not.
        ended: why there is no report; empty where pytest's exit code says it.
    """
    path = reports / f"{NAME}.md"
    said = why or ended or f"pytest exited with {code}: {meaning_of(code)}"
    if why or not path.exists():
        path.write_text(f"{MARK}\n**No verdict: {said}**\n", encoding="utf-8")
    if why:
        print(why, flush=True)  # noqa: T201 - the log
    job.summarize(path.read_text(encoding="utf-8"))
    job.output("exit-code", code)
    job.output("markdown", path)


def _parents(directory: Path) -> list[str]:
    """Ask git for the parents of what is checked out; none where it cannot say."""
    return ask_git(directory, "rev-list", "--parents", "--max-count=1", "HEAD").split()[1:]
