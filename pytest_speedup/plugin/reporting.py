"""``--speedup-report``: what the run came to, gathered and written to files."""

from __future__ import annotations

import datetime as dt
import math
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import GitError, run_git
from pytest_speedup.errors import SpeedupError
from pytest_speedup.gate import read_history, take_stock
from pytest_speedup.model import (
    PARALLEL,
    SERIAL,
    CellReport,
    Fails,
    Kind,
    Measurement,
    Outcome,
    RunReport,
    Standing,
)
from pytest_speedup.plugin import gating
from pytest_speedup.plugin.stacks import compared_stacks, measured_stacks
from pytest_speedup.reports import RENDERERS, poor_line, refuse_missing, word_saved_runs
from pytest_speedup.statistics import mean_log
from pytest_speedup.storage import refuse_way_out, write_over

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_speedup.model import History, Summary, Verdict
    from pytest_speedup.plugin.run import Run
    from pytest_speedup.plugin.settings import Settings


def refuse_missing_extra(settings: Settings) -> None:
    """Make sure that reports can be rendered, before anything runs.

    Raises:
        pytest.UsageError: what it takes is not installed.
    """
    try:
        refuse_missing(settings.reports)
    except SpeedupError as error:
        raise pytest.UsageError(str(error)) from error


def report(config: pytest.Config, run: Run, exit_code: int) -> None:
    """Write each report that was asked for, and note where it is, or why it is not."""
    if not run.settings.reports or run.settings.plan:
        return
    if not run.settings.timing:
        run.reports.append("speedup report: nothing was timed, and none is written")
        return
    gathered = gather(config.rootpath, run, exit_code)
    for path in run.settings.reports:
        try:
            refuse_way_out(path, (config.rootpath, config.invocation_params.dir))
            write_over(path, RENDERERS[path.suffix](gathered).encode())
            run.reports.append(f"speedup report: {path}")
        except SpeedupError as error:  # noqa: PERF203 - few
            run.save_errors.append(f"speedup report: {error}")


def gather(root: Path, run: Run, exit_code: int | None = None) -> RunReport:
    """Gather what reports show.

    Args:
        root: the root directory of the tests.
        run: the session's state.
        exit_code: what pytest exits with.
    """
    summaries = {one.samples.cell.id: one for one in run.summaries}
    verdicts = run.gate.verdicts
    return RunReport(
        created=dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        version=_version(),
        commit=_commit(root),
        against=run.settings.against,
        machine=run.machine,
        size=run.settings.size,
        gated=gating.compares(run.gate, run.settings),
        complaints=tuple(run.complaints),
        cells=tuple(
            _cell(run, cell, summaries.get(cell), verdicts.get(cell))
            for cell in dict.fromkeys([*summaries, *verdicts])
        ),
        standing=standing_of(run),
        baseline=compared_with(run),
        base_commit=run.base_commit,
        exit_code=exit_code,
        proof=run.proof,
        moved=tuple(run.moved),
    )


def compared_with(run: Run) -> str:
    """Name the saved runs that cells were compared with; empty where with none."""
    return word_saved_runs(one for cell in run.gate.verdicts for one in run.gate.saved(cell))


def standing_of(run: Run) -> Standing:
    """Find where the run stands, by what it was asked and what is allowed."""
    settings, verdicts = run.settings, run.gate.verdicts
    if not verdicts and not gating.compares(run.gate, settings):
        return Standing(Kind.MEASURED)
    unasked = {Fails.IF_STRICT: not settings.strict, Fails.IF_ALONE: settings.against is not None}
    allowed = {one for one in Outcome if unasked.get(one.fails, False)}
    return take_stock(verdicts.values(), allowed | settings.allowed)


def _cell(run: Run, cell: str, summary: Summary | None, verdict: Verdict | None) -> CellReport:
    selected = run.selected.get(cell)
    saved = run.gate.saved(cell)
    if summary is not None:
        stacks = measured_stacks(run.gate, summary)
    else:
        stacks = compared_stacks(None if verdict is None else verdict.explanation)
    return CellReport(
        id=cell,
        cell=selected.cell if selected else next((one.cell for one in saved), None),
        measurement=None if summary is None else _measurement(summary),
        saved=tuple(one.speedup for one in saved),
        history=_history(run, cell),
        verdict=verdict,
        stacks=tuple(stacks),
        poor="" if summary is None else poor_line(summary),
    )


def _measurement(summary: Summary) -> Measurement:
    samples = summary.samples
    return Measurement(
        speedup=summary.speedup,
        ceiling=summary.ceiling,
        bound=samples.bound,
        oversubscribed=samples.oversubscribed,
        cold_start=samples.cold_start,
        rounds=tuple(
            (math.exp(mean_log(one, SERIAL)), math.exp(mean_log(one, PARALLEL)))
            for one in samples.rounds
        ),
    )


def _history(run: Run, cell: str) -> History | None:
    baseline = (run.gate.baselines or {}).get(cell)
    if baseline is None or not baseline.history:
        return None
    try:
        return read_history(baseline.history)
    except SpeedupError:  # the extra is not installed, and the report is whole without
        return None


def _commit(root: Path) -> str | None:
    try:
        return run_git(root, "rev-parse", "HEAD").strip()
    except GitError:
        return None


def _version() -> str:
    try:
        return metadata.version("pytest-speedup")
    except metadata.PackageNotFoundError:  # a clone in which nothing is installed
        return "unknown"
