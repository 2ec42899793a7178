"""``--speedup-report`` and the terminal: what the run came to, gathered, shown and written."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.errors import SpeedupError
from pytest_speedup.gate import are_few, group_clean, read_history, take_stock
from pytest_speedup.losses.explanation import word_poor
from pytest_speedup.measurement import now
from pytest_speedup.model import (
    CellReport,
    Kind,
    RunReport,
    Shard,
    ShardEnd,
    Standing,
    shown,
)
from pytest_speedup.plugin import gate
from pytest_speedup.plugin.screen import Screen
from pytest_speedup.plugin.stacks import compared_stacks, measured_stacks
from pytest_speedup.reports import (
    NO_LOSS_FAILS,
    RENDERERS,
    count_outcomes,
    gravest_verdicts,
    is_chosen,
    notable,
    refuse_missing,
    render_changes,
    render_clean,
    render_cold_starts,
    render_commands,
    render_differences,
    render_laws,
    render_poor,
    render_stacks,
    render_tables,
    sparkline,
    word_proof,
    word_remarks,
    word_remarks_together,
    word_saved_runs,
    word_shard,
    word_standing,
    word_unchanged,
    word_verdict,
)
from pytest_speedup.statistics import (
    curves_of,
    fit_laws,
    measurement_of,
    median_cold_starts,
    read_readings,
)
from pytest_speedup.storage import plugin_version, refuse_way_out, write_over

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from pytest_speedup.model import CleanGroup, History, SavedChange, Summary, Verdict
    from pytest_speedup.plugin.run import Run
    from pytest_speedup.plugin.settings import Settings
    from pytest_speedup.statistics import Laws


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
    changes = {one.cell: one for one in changes_of(run)}
    return RunReport(
        created=dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
        version=plugin_version(),
        commit=_commit(root),
        against=run.settings.against,
        machine=run.machine,
        size=run.settings.size,
        gated=gate.compares(run.gate, run.settings),
        complaints=tuple(run.complaints),
        cells=tuple(
            replace(
                _cell(run, cell, summaries.get(cell), verdicts.get(cell)),
                change=changes.get(cell),
            )
            for cell in dict.fromkeys([*summaries, *verdicts, *changes])
        ),
        standing=standing_of(run),
        baseline=compared_with(run),
        base_commit=run.base_commit,
        exit_code=exit_code,
        proof=run.proof,
        moved=tuple(run.moved),
        groups=_groups(run),
        notes=_notes(run),
        spent=_spent(run),
        shard=_shard(run),
    )


def _notes(run: Run) -> tuple[str, ...]:
    """List what is said of the run, but for what its proof says."""
    said = [] if run.proof is None else word_proof(run.proof)
    return tuple(one for one in run.notices if one not in said)


def _spent(run: Run) -> tuple[tuple[str, float], ...]:
    """Say how long each workload took, in a comparison or measured alone."""
    spent = dict(run.spent)
    for one in run.summaries:
        shares = run.selected[one.samples.cell.id].shares
        seconds = sum(each.total for each in one.samples.rounds)
        spent[shares] = spent.get(shares, 0.0) + seconds
    return tuple(spent.items())


def _shard(run: Run) -> Shard | None:
    """Say of which suite this is a part, and how it ended."""
    if run.shard is None or run.end is None:
        return run.shard
    end = run.end
    # Of a comparison, although one with the tip of its branch turns out to be none.
    allowed = frozenset(gate.allowed_of(replace(run.settings, against=run.base_commit or "")))
    ended = ShardEnd(end.code, end.interrupted, end.uncollected, end.unsaved, allowed)
    return replace(run.shard, end=ended)


def _groups(run: Run) -> tuple[CleanGroup, ...]:
    """Group the cells that passed, where a line of each would be too many."""
    cells = {cell: selected.cell for cell, selected in run.selected.items()}
    return group_clean(run.gate.verdicts.values(), cells)


def compared_with(run: Run) -> str:
    """Name the saved runs that cells were compared with; empty where with none."""
    cells = {*run.gate.verdicts, *(one.samples.cell.id for one in run.summaries)}
    return word_saved_runs(one for cell in cells for one in run.gate.saved(cell))


def changes_of(run: Run) -> list[SavedChange]:
    """Compare cells with saved runs that they are not judged by, and name those that are absent."""
    changes = (run.gate.change_of(one.samples) for one in run.summaries)
    return [*filter(None, changes), *run.absent]


def standing_of(run: Run) -> Standing:
    """Find where the run stands, by what it was asked and what is allowed."""
    settings, verdicts = run.settings, run.gate.verdicts
    if not verdicts and not gate.compares(run.gate, settings):
        return Standing(Kind.MEASURED)
    if not verdicts and run.shard is not None and run.shard.is_idle:
        return Standing(Kind.MEASURED)
    return take_stock(verdicts.values(), gate.allowed_of(settings))


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
        measurement=None if summary is None else measurement_of(summary),
        saved=tuple(one.speedup for one in saved),
        history=_history(run, cell),
        verdict=verdict,
        stacks=tuple(stacks),
        poor="" if summary is None else word_poor(summary),
        touch=run.touches.get(cell),
    )


def _history(run: Run, cell: str) -> History | None:
    history = run.gate.baseline(cell).history
    if not history:
        return None
    return read_history(history)


def _commit(root: Path) -> str | None:
    try:
        return run_git(root, "rev-parse", "HEAD").strip()
    except GitError:
        return None


RED = {"red": True}

COLOURS = {
    Kind.GREEN: {"green": True},
    Kind.NEW: {"yellow": True},
    Kind.UNDECIDED: {"yellow": True},
}
"""Of the first line; whatever else a run comes to is red."""

MIN_RUNS_FOR_TREND = 2
"""Saved runs, which with that of now show a trend."""


def show(reporter: pytest.TerminalReporter, run: Run) -> None:
    """Write the section, where there is anything to say."""
    screen = Screen(reporter)
    for line in [*run.save_errors, *run.regressions]:
        screen.write(shown(line), red=True)
    for line in [*run.reports, *run.moved, *run.notices]:
        screen.write(shown(line))
    if not run.summaries and not run.gate.verdicts:
        return
    reporter.section("speedup")
    _first_line(screen, run)
    if not _finds_any(run):
        what = f"--speedup-explain={run.settings.explain}"
        screen.write(f"{what}: no cell that was measured has it in its name")
    if run.settings.against is not None:
        _compared(screen, run, _told(reporter))
    else:
        _measured(screen, run)
        for verdict in notable(run.gate.verdicts.values(), _told(reporter)):
            screen.write(word_verdict(verdict))
    for line in _commands(run):
        screen.command(line)
    for line in run.complaints:
        screen.write(line, red=True)
    if gate.compares(run.gate, run.settings):
        screen.write(f"speedup gate: {count_outcomes(run.gate.verdicts.values())}")


def _first_line(screen: Screen, run: Run) -> None:
    """Say where the run stands, and which saved runs it was compared with."""
    standing = standing_of(run)
    if standing.kind is not Kind.MEASURED:
        _standing(screen, run, standing)
    baseline = compared_with(run)
    if baseline:
        unjudged = "" if run.gate.shown is None else NO_LOSS_FAILS
        screen.write(f"compared with {baseline}{unjudged}")


def _standing(screen: Screen, run: Run, standing: Standing) -> None:
    refused = standing.is_green and run.complaints
    colour = RED if refused else COLOURS.get(standing.kind, RED)
    words = word_standing(standing, run.complaints)
    screen.write(word_shard(run.shard, words), bold=True, **colour)


def _told(reporter: pytest.TerminalReporter) -> set[str]:
    """Find the tests whose failure stands above, with its story."""
    if reporter.config.getoption("tbstyle") == "no":
        return set()
    return {one.nodeid for one in reporter.stats.get("failed", ())}


def _commands(run: Run) -> Iterator[str]:
    """Say it to GitHub, too."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        lines = {cell: selected.line for cell, selected in run.selected.items()}
        yield from render_commands(run.gate.verdicts.values(), lines)


def _finds_any(run: Run) -> bool:
    """Whether a cell is there that was asked for, if any was."""
    cells = [*run.gate.verdicts, *(one.samples.cell.id for one in run.summaries)]
    name = run.settings.explain
    return name is None or any(is_chosen(cell, name) for cell in cells)


def _compared(screen: Screen, run: Run, told: Collection[str]) -> None:
    """Say how base and head differ: of each cell where they are few, or where each is asked for."""
    verdicts = run.gate.verdicts.values()
    if not are_few(len(verdicts)) and screen.reporter.config.get_verbosity() <= 0:
        _compared_together(screen, run, told)
        return
    _differences(screen, run, verdicts)
    for line in filter(None, map(word_remarks, notable(verdicts, told))):
        screen.write(line)


def _compared_together(screen: Screen, run: Run, told: Collection[str]) -> None:
    """Say it of what is not clean first, the gravest before the others, and then of groups."""
    standing, groups = standing_of(run), _groups(run)
    grouped = {cell for group in groups for cell in group.cells}
    verdicts = run.gate.verdicts.values()
    alone = gravest_verdicts([one for one in verdicts if one.cell not in grouped], standing)
    _differences(screen, run, alone)
    for line in word_remarks_together(notable(alone, told), standing):
        screen.write(line)
    _draw(screen, render_clean(groups, width=screen.width, colour=screen.colour))


def _draw(screen: Screen, rendered: str) -> None:
    if rendered:
        screen.draw(rendered)


def _differences(screen: Screen, run: Run, verdicts: Collection[Verdict]) -> None:
    """Show a row of each cell, and the stacks of whichever were asked for."""
    width, colour = screen.width, screen.colour
    _draw(screen, render_differences(verdicts, width=width, colour=colour))
    for verdict in run.gate.verdicts.values():
        stacks = compared_stacks(verdict.explanation)
        if stacks and is_chosen(verdict.cell, run.settings.explain):
            screen.write(shown(verdict.cell))
            screen.draw("\n".join(render_stacks(stacks)))


def _measured(screen: Screen, run: Run) -> None:
    """Show the tables, and where speedups come from."""
    config = screen.reporter.config
    trends = _trends(run, screen.encoding)
    width, colour = screen.width, screen.colour
    if not run.summaries:  # all that was compared is missing
        return
    screen.draw(render_tables(run.summaries, run.gate.verdicts, trends, width=width, colour=colour))
    changes = changes_of(run)
    _draw(screen, render_changes(changes, width=width, colour=colour))
    for line in filter(None, map(word_unchanged, changes)):
        screen.write(line)
    if config.get_verbosity() > 0:
        for line in render_cold_starts(median_cold_starts(run.summaries)):
            screen.write(line)
        wall = now() - run.started
        screen.write(f"inside workload rounds: {run.seconds_inside / wall:.0%} of {wall:.1f} s")
    _draw(screen, render_laws(fitted_laws(run), width=width, colour=colour))
    poor = list(render_poor(run.summaries))
    for line in ["far from the ceiling, or from ideal", *poor] if poor else []:
        screen.write(line)
    for line in (*_stacks(run), *_both(config, run)):
        screen.write(line)


def _trends(run: Run, encoding: str) -> dict[str, str]:
    """Draw how cells went over the saved runs, up to now."""
    trends = {}
    for one in run.summaries:
        cell = one.samples.cell.id
        saved = [each.speedup for each in run.gate.saved(cell)]
        if len(saved) >= MIN_RUNS_FOR_TREND:
            trends[cell] = sparkline([*saved, one.speedup.value], encoding=encoding)
    return trends


def fitted_laws(run: Run) -> dict[str, Laws]:
    """Fit laws to the speedups of several worker counts, by workload and executor."""
    cells = [(one.samples.cell, read_readings(one.samples.rounds).speedup) for one in run.summaries]
    saved = [run.gate.saved(cell.id)[-1:] for cell, _ in cells]
    before = curves_of((one.cell, one.readings.speedup) for last in saved for one in last)
    laws = {
        name: fit_laws(points, before.get(name, ())) for name, points in curves_of(cells).items()
    }
    return {name: one for name, one in laws.items() if one is not None}


def _both(config: pytest.Config, run: Run) -> Iterator[str]:
    """Show stacks with the GIL and without, where stacks were asked for."""
    if run.settings.explain is None:
        return
    from pytest_speedup.plugin.switched import render_both  # noqa: PLC0415 - few runs ask

    yield from render_both(config, run)


def _stacks(run: Run) -> Iterator[str]:
    """Show the stacks that were asked for, beside those of the baseline."""
    for one in run.summaries:
        cell = one.samples.cell.id
        if one.samples.stacks and is_chosen(cell, run.settings.explain):
            yield shown(cell)
            yield from render_stacks(measured_stacks(run.gate, one))
