"""The gate: its beginning and end in a session, and its judgement while a cell's test runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.gate import (
    BY_ALLOWING,
    BY_BASE,
    DEFAULT_MARGIN,
    NOT_GREEN,
    NOTHING_SAVED,
    RECENT,
    Baseline,
    Ending,
    ErrorBudget,
    FloorBlock,
    How,
    Measured,
    SavedPolicy,
    Watch,
    account,
    acknowledge,
    at_the_end,
    can_be_decided,
    compare,
    demands,
    judge_peak,
    look,
    mark_unwatched,
    missing_cells,
    must_be_confirmed,
    settle,
    show_change,
    since_reset,
    take_stock,
    word_moved,
    worse_of,
)
from pytest_speedup.model import (
    PARALLEL,
    Cell,
    CellRules,
    Fails,
    Machine,
    Outcome,
    Samples,
    SavedChange,
    Verdict,
)
from pytest_speedup.plugin.scope import read_scope
from pytest_speedup.reports import word_complaints
from pytest_speedup.statistics import estimate_speedup, read_ceiling, read_readings, read_seconds
from pytest_speedup.storage import load_history, read_acknowledged, run_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model import Floors, Readings, SavedCell
    from pytest_speedup.plugin.run import Run
    from pytest_speedup.plugin.settings import Settings
    from pytest_speedup.storage import Acknowledged


def load_baselines(
    address: str,
    choice: str | bool,  # noqa: FBT001 - as pytest-benchmark has it
    netrc: str = "",
) -> dict[str, Baseline]:
    """Read what ``--benchmark-compare`` chooses, and all else that is saved, by cell.

    Args:
        address: as in ``--benchmark-storage``.
        choice: as in ``--benchmark-compare``; True, which is the option without a value, chooses
            all saved runs, of which the last few count.
        netrc: as in ``--benchmark-netrc``; empty for none.

    Raises:
        SpeedupError: a run cannot be read, or is damaged.
    """
    history = load_history(address, netrc=netrc)
    of_choice = history if isinstance(choice, bool) else load_history(address, choice, netrc=netrc)
    return {
        cell: Baseline(since_reset(of_choice[cell]), since_reset(history.get(cell, [])))
        for cell in of_choice
    }


@dataclass(slots=True)
class Gate:
    """What cells are judged by, and what the judging has come to.

    Attributes:
        policy: the rules.
        machine: where this run is measured.
        baselines: what is saved, by cell; None where no loss fails and only floors count.
        shown: what is saved, by cell, that cells are shown beside and not judged by; None where
            nothing is.
        acknowledged: accepted losses, by cell.
        errors: the error rate of the suite.
        budget: seconds that are left for more blocks.
        verdicts: by cell.
        confirms: whether what is open, or red by time, will be compared with the code of the saved
            runs: one block is enough for that.
        code_held: ids of cells whose code was seen not to have lost, whatever their outcome.
        own_rules: whether cells are judged by what their tests say now, and not by what those of
            the saved runs said.
        beyond: seconds beyond the budget for cells that show a loss.
    """

    policy: SavedPolicy
    machine: Machine
    baselines: Mapping[str, Baseline] | None
    acknowledged: Mapping[str, Acknowledged]
    errors: ErrorBudget
    budget: float
    shown: Mapping[str, Baseline] | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    confirms: bool = False
    code_held: set[str] = field(default_factory=set)
    own_rules: bool = False
    beyond: float = field(init=False)

    def __post_init__(self) -> None:
        """Allow half as long again where a loss is to be confirmed."""
        self.beyond = self.budget / 2

    def rules_of(self, cell: str, own: CellRules) -> CellRules:
        """Choose the rules of a cell: those of the newest saved run that it is judged by.

        Args:
            cell: its id.
            own: what its test says. Floors that are new with it hold at once.
        """
        return own if self.own_rules else self._held_to(cell, own)

    def moved(self, cell: str, own: CellRules) -> Iterator[str]:
        """Say how its test demands something else of a cell than it is held to."""
        end = BY_ALLOWING if self.own_rules else BY_BASE
        yield from word_moved(cell, self._held_to(cell, own), own, self.policy.margin, end)

    def _held_to(self, cell: str, own: CellRules) -> CellRules:
        saved = () if self.baselines is None else self.saved(cell)
        if not saved:
            return own
        then = saved[-1].own_rules
        floors = {name: one for name, one in asdict(then.floors).items() if one is not None}
        return CellRules(then.margin, replace(own.floors, **floors))

    def look(self, blocks: Sequence[Samples], rules: CellRules) -> Verdict | None:
        """Judge a cell by its blocks so far; None where nothing is asked of it."""
        if not self._is_asked(blocks[0].cell, rules):
            return None

        def judge(some: Sequence[Samples], error: float) -> Verdict:
            return self._judge(some, rules, error)

        return look(judge, blocks, self.errors.next_share, self.policy)

    def wants_another_block(self, verdict: Verdict | None, blocks: int, seconds: float) -> bool:
        """Whether a cell needs another block, which is expected to take so many seconds."""
        if verdict is None or self.confirms:
            return False
        if must_be_confirmed(verdict, blocks):
            return True
        shows_loss = verdict.outcome is Outcome.UNCONFIRMED
        left = self.budget + (self.beyond if shows_loss else 0.0)
        return can_be_decided(verdict, blocks, self.policy) and seconds <= left

    def settle(self, blocks: Sequence[Samples], verdict: Verdict | None) -> Verdict | None:
        """Close a cell with its last verdict: counted, explained, and acknowledged where it is."""
        if verdict is None:
            return None
        verdict = at_the_end(verdict, len(blocks))
        self.errors.settle(red=verdict.outcome is Outcome.REGRESSED)
        stacks = [stack for one in blocks for stack in one.stacks]
        saved = [] if self.baselines is None else self.saved(blocks[0].cell.id)
        verdict = replace(
            settle(verdict, self._measured(blocks), saved, stacks, self.policy),
            speedup=estimate_speedup(blocks[0].rounds).value,
        )
        self.take(verdict)
        return self.verdicts[verdict.cell]

    def take(self, verdict: Verdict) -> None:
        """Keep a verdict, acknowledged where the project did so; of what may be missing, none."""
        entry = self.acknowledged.get(verdict.cell)
        accepted = acknowledge(verdict, None if entry is None else entry.reason)
        if accepted is not None:
            self.verdicts[verdict.cell] = accepted

    def change_of(self, samples: Samples) -> SavedChange | None:
        """Compare a cell with what it is not judged by; None where there is nothing of it."""
        if self.shown is None or samples.cell.executor == SerialExecutor.name:
            return None
        baseline = self.shown.get(samples.cell.id, NOTHING_SAVED)
        speedup = estimate_speedup(samples.rounds).value
        return show_change(self._measured([samples]), baseline, speedup, self.policy)

    def baseline(self, cell: str) -> Baseline:
        """Find what is saved of a cell, be it judged by that or not."""
        known = self.shown if self.baselines is None else self.baselines
        return (known or {}).get(cell, NOTHING_SAVED)

    def saved(self, cell: str) -> Sequence[SavedCell]:
        """List what is saved of a cell that this run is compared with, oldest first."""
        return self.baseline(cell).chosen[-RECENT:]

    def saved_stacks(self, cell: str) -> list[Stack]:
        """List where the time of these went."""
        return [stack for one in self.saved(cell) for stack in one.stacks]

    def _is_asked(self, cell: Cell, rules: CellRules) -> bool:
        """Whether the cell is to be judged: serial code is what the others are held against."""
        if cell.executor == SerialExecutor.name:
            return False
        return self.baselines is not None or rules.floors.asked

    def _judge(self, blocks: Sequence[Samples], rules: CellRules, error: float) -> Verdict:
        """Judge by the baseline and by the floors: the worse counts."""
        measured = self._measured(blocks)
        floors = list(self._floors(blocks, measured.blocks, rules.floors, error))
        if self.baselines is None:
            return reduce(worse_of, floors)
        margin = self.policy.margin if rules.margin is None else rules.margin
        baseline = self.baseline(measured.cell.id)
        compared = compare(measured, baseline, margin=margin, error=error, policy=self.policy)
        return reduce(worse_of, floors, compared)

    def _measured(self, blocks: Sequence[Samples]) -> Measured:
        readings = [read_readings(one.rounds) for one in blocks]
        return Measured(blocks[0].cell, blocks[0].bound, self.machine, readings)

    def _floors(
        self, blocks: Sequence[Samples], readings: Sequence[Readings], floors: Floors, error: float
    ) -> Iterator[Verdict]:
        cell = blocks[0].cell
        measured = [_floor_block(*pair) for pair in zip(blocks, readings, strict=True)]
        deviation = self.policy.deviation(blocks[0].bound, cell.executor, contended=False)
        for one in demands(measured, floors, cell.workers):
            yield one.judge(cell.id, deviation=deviation, error=error, policy=self.policy)
        if floors.peak is not None:
            yield judge_peak(cell.id, [one.counts for one in measured], floors.peak)


def _floor_block(samples: Samples, readings: Readings) -> FloorBlock:
    """Give what a block shows of a cell that is held against floors."""
    return FloorBlock(
        readings.speedup,
        read_ceiling(samples.ceiling),
        tuple(stack.counts for stack in samples.stacks),
        read_seconds(samples.rounds, PARALLEL),
    )


UNKNOWN = (Outcome.NEW, Outcome.INCOMPARABLE, Outcome.DEPENDENCIES, Outcome.SKIPPED)
"""Outcomes of cells that no baseline says anything of."""

ABSENT = "a baseline has it, this run does not"
"""Why there is no change of a cell."""

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
        own_rules=settings.rules,
    )


def close(run: Run, config: pytest.Config) -> None:
    """Give each selected cell its outcome, once; those of baselines that are not there, too."""
    if run.closed or run.settings.runs_nothing:
        return
    run.closed = True
    gate = run.gate
    if run.interrupted:
        return
    run.absent.extend(_absent(run, config))
    if not compares(gate, run.settings):
        return
    known = _recent_cells(gate.baselines or {})
    verdicts = account(
        _judged(run), run.endings, {cell.id for cell in known}, gate.verdicts, _unrun(run.session)
    )
    if gate.baselines is not None:
        scope = read_scope(config, run.settings, run.collected)
        verdicts += missing_cells(known, run.selected, scope.takes_in)
        _mark_unwatched(run)
    for verdict in verdicts:
        gate.take(verdict)
    for cell in {*_judged(run)} - {*gate.verdicts, *gate.acknowledged}:
        reason = "it was selected, and its test ended without a verdict"
        gate.verdicts[cell] = Verdict(cell, Outcome.BROKEN, reason=reason)
    run.complaints.extend(complaints(gate, run.settings))


def _mark_unwatched(run: Run) -> None:
    """Name what could speed up on this machine and has no cell that would have shown a loss.

    Where the code of a cell was seen not to have lost, its workload is watched on its executor.
    """
    gate = run.gate
    ceilings = {one.samples.cell.id: one.ceiling for one in run.summaries}
    watches = {
        cell: Watch(
            (run.selected[cell].shares, run.selected[cell].cell.executor),
            None if ceiling is None else ceiling.value,
        )
        for cell, ceiling in ceilings.items()
        if cell in run.selected and cell in gate.verdicts
    }
    held = {watches[cell].group for cell in gate.code_held & watches.keys()}
    unsure = {cell: one for cell, one in watches.items() if one.group not in held}
    for verdict in mark_unwatched(gate.verdicts, unsure).values():
        gate.take(verdict)


def _absent(run: Run, config: pytest.Config) -> Iterator[SavedChange]:
    """Name the cells that saved runs have and this one has not, where cells are only shown."""
    if run.gate.shown is None:
        return
    scope = read_scope(config, run.settings, run.collected)
    for one in missing_cells(_recent_cells(run.gate.shown), run.selected, scope.takes_in):
        yield SavedChange(one.cell, outcome=one.outcome, reason=ABSENT)


def show_saved(run: Run, config: pytest.Config) -> None:
    """Read what cells are shown beside where no loss fails; what is wrong with it fails nothing."""
    settings, choice = run.settings, config.getoption("benchmark_compare", None)
    if not choice or not settings.timing or settings.against is not None:
        return
    if run.gate.baselines is not None:
        return
    try:
        run.gate.shown = _load(config, choice)
    except SpeedupError as error:
        run.notices.append(f"speedup: no change is shown: {error}")


def _load(config: pytest.Config, choice: str | bool) -> dict[str, Baseline]:  # noqa: FBT001
    netrc = config.getoption("benchmark_netrc") or ""
    return load_baselines(config.getoption("benchmark_storage"), choice, netrc)


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
    verdicts = gate.verdicts.values()
    if settings.against is None and all(one.outcome in UNKNOWN for one in verdicts):
        what_to_do = "save one on this machine with pytest --benchmark-only --benchmark-save=NAME"
        return [f"speedup gate: there is no baseline to compare with; {what_to_do}"]
    return word_complaints(take_stock(verdicts, allowed_of(settings)))


def allowed_of(settings: Settings) -> set[Outcome]:
    """Name the outcomes that leave a run green where no cell is anything worse."""
    unasked = {Fails.IF_STRICT: not settings.strict, Fails.IF_ALONE: settings.against is not None}
    return {one for one in Outcome if unasked.get(one.fails, False)} | settings.allowed


def _recent_cells(baselines: Mapping[str, Baseline]) -> list[Cell]:
    """List the cells of the last saved runs: what has long been gone is no longer missing."""
    saved = [one for baseline in baselines.values() for one in baseline.chosen]
    recent = sorted({one.run for one in saved}, key=run_order)[-RECENT:]
    return [one.cell for one in saved if one.run in recent]


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
        return _load(config, choice)
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
