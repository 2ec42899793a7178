"""Live comparisons with a commit, logged one per line, so that they go on where they stopped."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.lab.logs import append_line, read_lines
from benchmarks.lab.variants import VARIANTS, around, make_trees
from pytest_speedup.against.block import Processes
from pytest_speedup.against.cells import Wanted
from pytest_speedup.against.comparison import Comparison
from pytest_speedup.against.proof import UnprovenTrees
from pytest_speedup.against.protocol import Describe, Described
from pytest_speedup.against.schedule import Schedule
from pytest_speedup.against.scope import Scope
from pytest_speedup.against.scratch import made
from pytest_speedup.against.side import Code, copy_plugin, running, sources_in
from pytest_speedup.documents import MAX_SECONDS, number, seconds, text
from pytest_speedup.gate import PairedPolicy
from pytest_speedup.measurement import now
from pytest_speedup.model import BASE, BASE_AGAIN, HEAD, Bound, Outcome, arm_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.lab.variants import Variant
    from pytest_speedup.against.cells import Compared
    from pytest_speedup.model import Step, Verdict

BUDGET = 300.0
"""Seconds of a comparison, as the gate has it by default."""

DIGITS = 6
"""Decimal places of the seconds that are logged."""

OUTCOMES = {one.value: one for one in Outcome}
"""By their words."""

SERVING = "pytest_speedup.plugin.serving"
"""What a side runs."""

ARGUMENTS = ("-q", "-pno:cacheprovider", "-n0", "--speedup-workers=2,4,8")

TESTS = "benchmarks"
"""What is compared, below a tree."""

MAX_ANSWER_SECONDS = 600.0
"""Patience with a side."""


@dataclass(frozen=True, slots=True)
class LoggedCell:
    """One cell in one run.

    Attributes:
        bound: what its workload spends its time on.
        outcome: what our rule made of it.
        base: seconds of the base's parallel turns.
        head: seconds of head's.
        reason: what our rule said of it.
    """

    bound: Bound
    outcome: Outcome
    base: tuple[float, ...]
    head: tuple[float, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LoggedRun:
    """One run of a variant.

    Attributes:
        variant: its name.
        seconds: how long the comparison took.
        cells: by id.
    """

    variant: str
    seconds: float
    cells: Mapping[str, LoggedCell]

    @property
    def red(self) -> bool:
        """Whether it would have failed the pull request."""
        return any(cell.outcome is Outcome.REGRESSED for cell in self.cells.values())


def compare_live(name: str) -> LoggedRun:
    """Compare a base and a head of the suite, in processes as the gate starts them."""
    variant = VARIANTS[name]
    with TemporaryDirectory(prefix="speedup-evaluate-") as folder, around(variant):
        return _compare(name, variant, Path(folder))


def next_variant(names: Iterable[str], done: Sequence[LoggedRun], share: float) -> str | None:
    """Choose the variant that is furthest behind; None when all have run.

    Args:
        names: the variants to run.
        done: what has run.
        share: of the runs that say enough about each.
    """
    counts = Counter(run.variant for run in done)
    wanted = {name: math.ceil(share * VARIANTS[name].runs) for name in names}
    progress = {name: counts[name] / runs for name, runs in wanted.items() if counts[name] < runs}
    return min(progress, key=progress.__getitem__, default=None)


def append_run(log: Path, run: LoggedRun) -> None:
    """Write a run to a log, as one line of JSON."""
    cells = {
        cell: [one.bound.value, one.outcome.value, *map(_rounded, (one.base, one.head)), one.reason]
        for cell, one in run.cells.items()
    }
    append_line(log, [run.variant, round(run.seconds, 1), cells])


def read_log(log: Path) -> list[LoggedRun]:
    """Read what has run so far; nothing where there is no log yet.

    Raises:
        SpeedupError: it cannot be read, or is not what :func:`append_run` writes.
    """
    return read_lines(log, _read)


def _compare(name: str, variant: Variant, folder: Path) -> LoggedRun:
    base, head = (
        Code(root, sources_in(root), arguments=ARGUMENTS, paths=[str(root / TESTS)])
        for root in make_trees(variant, folder)
    )
    (logs := folder / "logs").mkdir()
    (plugin := folder / "plugin").mkdir()
    begun = now()
    comparison = Comparison(
        {BASE: base, HEAD: head, BASE_AGAIN: base},
        Processes(copy_plugin(plugin, SERVING), MAX_ANSWER_SECONDS),
        UnprovenTrees(),
        cells_of(head, logs),
        Scope(),
        PairedPolicy(),
        Schedule(BUDGET),
        _say_nothing,
        logs,
    )
    verdicts = comparison.run()
    cells = comparison.judging.all
    logged = {one.id: _logged(one, verdicts[one.id]) for one in cells}
    return LoggedRun(name, now() - begun, logged)


def cells_of(code: Code, folder: Path) -> list[Wanted]:
    """Ask a side which cells it has: whoever runs pytest knows those that it selected."""
    with (
        made("sides") as scratch,
        running(HEAD, code, copy_plugin(scratch, SERVING), folder, 0) as side,
    ):
        described = side.ask(Describe(None, None), Described)
    return [
        Wanted(one.id, one.id.partition("[")[0], one.executor, one.workers)
        for one in described.cells
    ]


def _logged(cell: Compared, verdict: Verdict) -> LoggedCell:
    base, head = (
        tuple(
            seconds
            for block in cell.rounds
            for one in block
            for seconds in one.seconds(arm_of(side, cell.turn))
        )
        for side in (BASE, HEAD)
    )
    return LoggedCell(cell.bound, verdict.outcome, base, head, verdict.reason)


def _rounded(times: Iterable[float]) -> list[float]:
    return [round(time, DIGITS) for time in times]


def _read(document: Any) -> LoggedRun:  # noqa: ANN401 - whatever the file holds
    variant, lasted, cells = document
    if variant not in VARIANTS:
        message = f"unknown variant {variant!r}"
        raise ValueError(message)
    read = {text(cell): _read_cell(*one) for cell, one in cells.items()}
    return LoggedRun(str(variant), number(lasted, 0, MAX_SECONDS), read)


def _read_cell(
    bound: str, outcome: str, base: Sequence[float], head: Sequence[float], reason: str
) -> LoggedCell:
    base_times, head_times = (tuple(map(seconds, one)) for one in (base, head))
    return LoggedCell(Bound(bound), OUTCOMES[outcome], base_times, head_times, text(reason))


def _say_nothing(_step: Step) -> None:
    pass
