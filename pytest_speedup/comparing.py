"""``python -m pytest_speedup compare``: saved runs beside each other, and nothing is run."""

from __future__ import annotations

import datetime as dt
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.gate import (
    NOT_GREEN,
    NOTHING_SAVED,
    OK,
    RECENT,
    Baseline,
    RunEnd,
    SavedPolicy,
    acknowledge,
    differences,
    exit_code,
    judge_runs,
    missing_cells,
    read_history,
    show_runs,
    since_reset,
    take_stock,
)
from pytest_speedup.losses.explanation import word_poor
from pytest_speedup.losses.stack import mean_stack
from pytest_speedup.merging import WRONG_USAGE, conclude, lines_of, read_targets, say
from pytest_speedup.model import (
    CellReport,
    Fails,
    Kind,
    Outcome,
    RunReport,
    SavedChange,
    Standing,
)
from pytest_speedup.parsing import parse_allowed, parse_margin
from pytest_speedup.reports import refuse_missing, render_json, word_complaints, word_saved_runs
from pytest_speedup.statistics import measurement_of, summarize
from pytest_speedup.storage import choose_runs, open_runs, plugin_version, read_acknowledged

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model import Cell, History, SavedCell, Summary, Verdict
    from pytest_speedup.storage import Acknowledged, Chosen, ReadRun

STORAGE = "file://./.benchmarks"
"""Where pytest-benchmark saves runs unless it is told otherwise."""

ABSENT = "a baseline has it, this run does not"
"""Why there is no change of a cell."""

NOTHING_IN_COMMON = "speedup compare: no cell is in both and comparable, so that no change is known"


def add_compare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command that compares saved runs.

    Options are called as those of the gate and of pytest-benchmark, and take these names, too.
    """
    compare = commands.add_parser("compare", help=compare_runs.__doc__)
    compare.add_argument(
        "before",
        nargs="?",
        metavar="A",
        help="what is compared with: a number such as 0001, a file, or a name with wildcards, as "
        "pytest-benchmark takes them; all runs before the other one unless given",
    )
    compare.add_argument(
        "now", nargs="?", metavar="B", help="what is judged, likewise; the newest unless given"
    )
    compare.add_argument(
        *("--fail", "--speedup-fail"),
        metavar="LOSS",
        help="fail where the speedup of a cell fell by more than this, such as 10%%; without it "
        "changes are shown, and no loss fails",
    )
    compare.add_argument(
        *("--storage", "--benchmark-storage"),
        default=STORAGE,
        metavar="URI",
        help="as in pytest's --benchmark-storage",
    )
    compare.add_argument(
        *("--netrc", "--benchmark-netrc"),
        nargs="?",
        default="",
        const="~/.netrc",
        metavar="PATH",
        help="as in pytest's --benchmark-netrc",
    )
    compare.add_argument("-k", dest="name", default="", help="a part of the cells' names")
    compare.add_argument(
        *("--allow", "--speedup-allow"),
        default="",
        metavar="OUTCOME,OUTCOME",
        help="outcomes that do not fail: missing, incomparable",
    )
    compare.add_argument(
        *("--strict", "--speedup-strict"),
        action="store_true",
        help="fail on cells that stay inconclusive, too",
    )
    compare.add_argument(
        *("--acknowledged", "--speedup-acknowledged"),
        type=Path,
        default=Path("speedup-acknowledged.toml"),
        metavar="PATH",
        help="file of acknowledged losses",
    )
    compare.add_argument(
        *("--report", "--speedup-report"),
        default="",
        metavar="PATH,PATH",
        help="where reports go; the suffix says of which format: .html, .md or .json",
    )
    compare.add_argument("--json", action="store_true", help="print the report as JSON instead")
    compare.set_defaults(run=compare_runs)


def compare_runs(options: argparse.Namespace) -> int:
    """Judge a saved run by those before it, or by others, and run nothing."""
    try:
        rules, targets = _rules(options), read_targets(options.report)
        refuse_missing(targets)
        runs = open_runs(options.storage, options.netrc or "")
        every = choose_runs(runs, options.storage, options.before, options.now)
        _refuse_over(targets, every)
        chosen = every.only(options.name)
        _refuse_nothing(chosen, options.name)
        report, code = _report(chosen, rules)
    except SpeedupError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the answer
        return WRONG_USAGE
    if options.json:
        print(render_json(report), end="")  # noqa: T201 - the answer
        return conclude(report, code, targets, sys.stderr)
    for line in lines_of(report):
        say(line)
    return conclude(report, code, targets)


@dataclass(frozen=True, slots=True)
class Rules:
    """What cells are judged by.

    Attributes:
        margin: loss of speedup that is accepted, as a fraction; None where no loss fails.
        allowed: outcomes that leave it green where no cell is anything worse.
        acknowledged: accepted losses, by cell.
    """

    margin: float | None
    allowed: frozenset[Outcome]
    acknowledged: Mapping[str, Acknowledged]


def _rules(options: argparse.Namespace) -> Rules:
    """Read them.

    Raises:
        SpeedupError: a value is not valid, or an acknowledged loss has expired.
    """
    margin = None if options.fail is None else parse_margin(options.fail)
    allowed = parse_allowed(options.allow)
    words = sorted(one for one in allowed if isinstance(one, str))
    if words:
        message = f"{brief(words[0])} is for a comparison with a commit: leave it out of --allow"
        raise SpeedupError(message)
    outcomes = {one for one in allowed if isinstance(one, Outcome)}
    if not options.strict:
        outcomes |= {one for one in Outcome if one.fails is Fails.IF_STRICT}
    entries: Mapping[str, Acknowledged] = {}
    if margin is not None and options.acknowledged.exists():
        today = dt.datetime.now(tz=dt.timezone.utc).date()
        entries = read_acknowledged(options.acknowledged, today)
    return Rules(margin, frozenset(outcomes), entries)


def _refuse_over(targets: Sequence[Path], chosen: Chosen) -> None:
    """Refuse to write a report over a run that is compared."""
    places = {one.run.place for one in [*chosen.history, *chosen.now]}
    over = next((one for one in targets if str(one.resolve()) in places), None)
    if over is not None:
        message = f"{over} is a saved run: give the report another name"
        raise SpeedupError(message)


def _refuse_nothing(chosen: Chosen, name: str) -> None:
    if not any(one.cells for one in [*chosen.before, *chosen.now]):
        message = f"-k: no cell of these runs has {brief(name)} in its name"
        raise SpeedupError(message)


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison came to.

    Attributes:
        verdicts: by cell; none where no loss fails.
        changes: likewise, where no loss fails.
        standing: where it stands.
        complaints: why it is not green although no cell is red.
        code: the exit code.
    """

    verdicts: Mapping[str, Verdict]
    changes: Mapping[str, SavedChange]
    standing: Standing
    complaints: Sequence[str]
    code: int


def _judge(chosen: Chosen, baselines: Mapping[str, Baseline], rules: Rules) -> Compared:
    """Judge each cell as the gate does, and name those that are missing."""
    policy = SavedPolicy() if rules.margin is None else SavedPolicy(margin=rules.margin)
    judged = judge_runs(_blocks(chosen), baselines, policy)
    every = [*judged, *_missing(chosen)]
    verdicts = {one.cell: one for one in _acknowledge(every, rules.acknowledged)}
    standing = take_stock(verdicts.values(), rules.allowed)
    code = exit_code(RunEnd(OK), standing)
    return Compared(verdicts, {}, standing, word_complaints(standing), code)


def _acknowledge(
    verdicts: Iterable[Verdict], entries: Mapping[str, Acknowledged]
) -> Iterator[Verdict]:
    """Mark losses that were accepted, and leave out cells whose absence was."""
    for one in verdicts:
        entry = entries.get(one.cell)
        accepted = acknowledge(one, None if entry is None else entry.reason)
        if accepted is not None:
            yield accepted


def _show(chosen: Chosen, baselines: Mapping[str, Baseline]) -> Compared:
    """Compare each cell, judge none, and name those that are missing."""
    changes = {one.cell: one for one in show_runs(_blocks(chosen), baselines, SavedPolicy())}
    for one in _missing(chosen):
        changes[one.cell] = SavedChange(one.cell, outcome=one.outcome, reason=ABSENT)
    known = any(one.change is not None for one in changes.values())
    complaints, code = ([], OK) if known else ([NOTHING_IN_COMMON], NOT_GREEN)
    return Compared({}, changes, Standing(Kind.MEASURED), complaints, code)


def _missing(chosen: Chosen) -> list[Verdict]:
    """Name the cells of the last runs before that the run which is judged has not."""
    known = [one.cell for one in _cells(chosen.before[-RECENT:])]
    return missing_cells(known, {one.cell.id for one in chosen.now[-1].cells}, lambda _: True)


def _blocks(chosen: Chosen) -> dict[str, list[SavedCell]]:
    """Gather the blocks of each cell that is judged: serial code is what others are held against.

    Those of other runs count where they are comparable with the last.
    """
    blocks = {}
    for last in chosen.now[-1].cells:
        if last.cell.executor == SerialExecutor.name:
            continue
        others = [one for one in _cells(chosen.now[:-1]) if one.cell.id == last.cell.id]
        alike = [one for one in others if not differences(one, last.cell, last.machine)]
        blocks[last.cell.id] = [*alike, last]
    return blocks


def _baselines(chosen: Chosen) -> dict[str, Baseline]:
    """Gather what each cell is compared with.

    A run that begins a new baseline is compared only with what somebody names.
    """
    before, history = _by_cell(chosen.before), _by_cell(chosen.history)
    if not chosen.is_named:
        for last in chosen.now[-1].cells:
            saved = before.get(last.cell.id, [])
            before[last.cell.id] = since_reset([*saved, last])[:-1]
    return {
        cell: Baseline(since_reset(saved), since_reset(history.get(cell, [])))
        for cell, saved in before.items()
    }


def _by_cell(runs: Iterable[ReadRun]) -> dict[str, list[SavedCell]]:
    by_cell: dict[str, list[SavedCell]] = defaultdict(list)
    for one in _cells(runs):
        by_cell[one.cell.id].append(one)
    return dict(by_cell)


def _cells(runs: Iterable[ReadRun]) -> Iterator[SavedCell]:
    return (cell for one in runs for cell in one.cells)


def _report(chosen: Chosen, rules: Rules) -> tuple[RunReport, int]:
    """Compare all cells, and say what that comes to: the report, and the exit code."""
    baselines = _baselines(chosen)
    if rules.margin is None:
        compared = _show(chosen, baselines)
    else:
        compared = _judge(chosen, baselines, rules)
    summaries = _summaries(chosen.now[-1])
    ids = dict.fromkeys([*summaries, *compared.verdicts, *compared.changes])
    report = RunReport(
        created=chosen.head.created,
        version=plugin_version(),
        commit=chosen.head.commit or None,
        against=None,
        machine=chosen.head.machine,
        size=chosen.head.cell.size,
        gated=rules.margin is not None,
        complaints=tuple(compared.complaints),
        cells=tuple(_cell(one, chosen, summaries, baselines, compared) for one in ids),
        standing=compared.standing,
        baseline=word_saved_runs(_cells(chosen.before)),
        exit_code=compared.code,
        notes=(f"now: {word_saved_runs(_cells(chosen.now))}",),
        spent=tuple(_spent(summaries.values()).items()),
    )
    return report, compared.code


def _summaries(run: ReadRun) -> dict[str, Summary]:
    """Read what was measured of the cells of a run."""
    kept = {one.cell.id for one in run.cells}
    samples = [one for one in run.run.samples() if one.cell.id in kept]
    return {one.cell.id: summarize(one) for one in samples}


def _spent(summaries: Iterable[Summary]) -> dict[str, float]:
    """Add up the seconds inside the turns of each workload."""
    spent: dict[str, float] = defaultdict(float)
    for one in summaries:
        spent[one.samples.cell.workload] += sum(each.total for each in one.samples.rounds)
    return dict(spent)


def _cell(
    cell: str,
    chosen: Chosen,
    summaries: Mapping[str, Summary],
    baselines: Mapping[str, Baseline],
    compared: Compared,
) -> CellReport:
    baseline, summary = baselines.get(cell, NOTHING_SAVED), summaries.get(cell)
    saved = baseline.chosen[-RECENT:]
    known: list[Cell] = [one.cell for one in [*saved, *_cells(chosen.now)] if one.cell.id == cell]
    return CellReport(
        id=cell,
        cell=known[-1] if known else None,
        measurement=None if summary is None else measurement_of(summary),
        saved=tuple(one.speedup for one in saved),
        history=_history(baseline),
        verdict=compared.verdicts.get(cell),
        change=compared.changes.get(cell),
        stacks=() if summary is None else tuple(_stacks(saved, summary)),
        poor="" if summary is None else word_poor(summary),
    )


def _stacks(saved: Iterable[SavedCell], summary: Summary) -> Iterator[tuple[str, Stack]]:
    """Name where the time went, before and now."""
    before = [stack for one in saved for stack in one.stacks]
    for name, stacks in (("saved", before), ("now", summary.samples.stacks)):
        if stacks:
            yield name, mean_stack(stacks)


def _history(baseline: Baseline) -> History | None:
    if not baseline.history:
        return None
    try:
        return read_history(baseline.history)
    except SpeedupError:  # the extra is not installed, and the report is whole without
        return None
