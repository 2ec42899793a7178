"""The gate's beginning and end in a session."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.gate import (
    DEFAULT_MARGIN,
    NOT_GREEN,
    RECENT,
    Ending,
    ErrorBudget,
    How,
    SavedPolicy,
    account,
    missing_cells,
)
from pytest_speedup.model import Fails, Outcome, Verdict
from pytest_speedup.plugin.baselines import load_baselines
from pytest_speedup.plugin.gate import Gate
from pytest_speedup.plugin.scope import read_scope
from pytest_speedup.reports import word_cells
from pytest_speedup.storage import read_acknowledged, run_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.gate import Baseline
    from pytest_speedup.model import Cell, Machine
    from pytest_speedup.plugin.run import Run
    from pytest_speedup.plugin.settings import Settings
    from pytest_speedup.storage import Acknowledged

UNKNOWN = (Outcome.NEW, Outcome.INCOMPARABLE, Outcome.DEPENDENCIES, Outcome.SKIPPED)
"""Outcomes of cells that no baseline says anything of."""

BUDGET = 60.0
"""Seconds for more blocks of cells that are not decided, unless the user says otherwise."""


def open_gate(config: pytest.Config, settings: Settings, machine: Machine) -> Gate:
    """Read what cells will be judged by.

    Raises:
        pytest.UsageError: a margin was given and nothing to compare with, or a loss that was
            acknowledged has expired.
    """
    if settings.reset:
        _refuse_empty_reset(config, settings)
    policy = SavedPolicy(margin=DEFAULT_MARGIN if settings.margin is None else settings.margin)
    return Gate(
        policy=policy,
        machine=machine,
        baselines=_baselines(config, settings),
        acknowledged=_acknowledged(settings),
        errors=ErrorBudget(policy.error_rate, cells=0),
        budget=BUDGET if settings.budget is None else settings.budget,
    )


def close(run: Run, config: pytest.Config) -> None:
    """Give each selected cell its outcome, once; those of baselines that are not there, too."""
    if run.closed or run.settings.collects or run.settings.plan:
        return
    run.closed = True
    gate = run.gate
    if run.interrupted or not compares(gate, run.settings):
        return
    known = _recent_cells(gate.baselines or {})
    verdicts = account(
        _judged(run), run.endings, {cell.id for cell in known}, gate.verdicts, _unrun(run.session)
    )
    if gate.baselines is not None:
        scope = read_scope(config, run.settings, run.selected)
        verdicts += missing_cells(known, run.selected, scope.takes_in)
    for verdict in verdicts:
        if verdict.outcome is not Outcome.MISSING or verdict.cell not in gate.acknowledged:
            gate.verdicts[verdict.cell] = verdict
    for cell in {*_judged(run)} - {*gate.verdicts, *gate.acknowledged}:
        reason = "it was selected, and its test ended without a verdict"
        gate.verdicts[cell] = Verdict(cell, Outcome.BROKEN, reason=reason)
    run.complaints.extend(complaints(gate, run.settings))


def _judged(run: Run) -> list[str]:
    """List the cells that were to be judged: serial code is what the others are held against."""
    cells = [one.cell for one in run.selected.values()]
    return [one.id for one in cells if one.executor != SerialExecutor.name]


def _unrun(session: pytest.Session | None) -> Ending:
    """Say why cells did not run whose tests never began."""
    stopped = session is not None and (session.shouldstop or session.shouldfail)
    return Ending(How.NOT_RUN, "the run was stopped before it" if stopped else "")


def compares(gate: Gate, settings: Settings) -> bool:
    """Whether cells are compared with anything."""
    return gate.baselines is not None or settings.against is not None


def complaints(gate: Gate, settings: Settings) -> list[str]:
    """Say why the gate cannot turn green although no cell is red; empty if it can."""
    if not compares(gate, settings):
        return []
    verdicts = list(gate.verdicts.values())
    if settings.against is None and all(one.outcome in UNKNOWN for one in verdicts):
        what_to_do = "save one on this machine with pytest --benchmark-only --benchmark-save=NAME"
        return [f"speedup gate: there is no baseline to compare with; {what_to_do}"]
    found = Counter(one.outcome for one in verdicts)
    return [
        f"speedup gate: {word_cells(found[outcome])} {outcome.value}, which fails it"
        for outcome in Outcome
        if found[outcome] and _fails(outcome, settings)
    ]


def _recent_cells(baselines: Mapping[str, Baseline]) -> list[Cell]:
    """List the cells of the last saved runs: what has long been gone is no longer missing."""
    saved = [one for baseline in baselines.values() for one in baseline.chosen]
    recent = sorted({one.run for one in saved}, key=run_order)[-RECENT:]
    return [one.cell for one in saved if one.run in recent]


def _fails(outcome: Outcome, settings: Settings) -> bool:
    """Whether cells fail the gate by their outcome, and their tests do not say so."""
    if outcome.fails is Fails.UNLESS_ALLOWED:
        return outcome not in settings.allowed
    if outcome.fails is Fails.IF_STRICT:
        return settings.strict
    return outcome.fails is Fails.ALWAYS and outcome is not Outcome.REGRESSED


def _refuse_empty_reset(config: pytest.Config, settings: Settings) -> None:
    saves = config.getoption("benchmark_save") or config.getoption("benchmark_autosave")
    if settings.margin is not None or not saves:
        message = (
            "--speedup-reset begins a new baseline with the run that is saved: give it with "
            "--benchmark-autosave or --benchmark-save=NAME, and without --speedup-fail"
        )
        raise pytest.UsageError(message)


def _refuse_two_baselines(config: pytest.Config, settings: Settings) -> None:
    if config.getoption("benchmark_compare"):
        message = "--speedup-against and --benchmark-compare compare with one thing each: choose"
        raise pytest.UsageError(message)
    if not settings.timing:
        message = "--speedup-against compares times, and --benchmark-disable times nothing"
        raise pytest.UsageError(message)


def _baselines(config: pytest.Config, settings: Settings) -> Mapping[str, Baseline] | None:
    if settings.against is not None:
        _refuse_two_baselines(config, settings)
        return None
    if settings.margin is None:
        return None
    if not settings.timing:
        message = "--speedup-fail judges what is timed, and --benchmark-disable times nothing"
        raise pytest.UsageError(message)
    choice = config.getoption("benchmark_compare")
    if not choice:
        message = "--speedup-fail needs something to compare with: add --benchmark-compare"
        raise pytest.UsageError(message)
    try:
        return load_baselines(config.getoption("benchmark_storage"), choice)
    except SpeedupError as error:
        pytest.exit(str(error), returncode=NOT_GREEN)


def _acknowledged(settings: Settings) -> Mapping[str, Acknowledged]:
    if settings.margin is None and settings.against is None:
        return {}
    if not settings.acknowledged.exists():
        return {}
    today = dt.datetime.now(tz=dt.timezone.utc).date()
    try:
        return read_acknowledged(settings.acknowledged, today)
    except SpeedupError as error:
        raise pytest.UsageError(str(error)) from error
