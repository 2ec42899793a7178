"""The words for verdicts and for where time went; that for an outcome is always its own."""

from __future__ import annotations

import math
import re
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from pytest_speedup.losses.explanation import word_explanation, word_poor
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.model import Kind, Outcome, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pytest_speedup.losses.stack import Stack
    from pytest_speedup.model import (
        Cell,
        CellReport,
        CounterChange,
        Estimate,
        Machine,
        Pace,
        ProvedRun,
        ProvedSide,
        SavedCell,
        SavedChange,
        Standing,
        Summary,
        TouchCounts,
        Verdict,
    )


def render_poor(summaries: Iterable[Summary]) -> Iterator[str]:
    """Render a line for each poor cell: its speedup, and what keeps it from being ideal."""
    for one in summaries:
        cell, line = one.samples.cell, word_poor(one)
        if line:
            yield f"  {cell.title} {cell.name}: {line}"


EVERYTHING = "all"

NEGLIGIBLE = 0.005
"""Share of the measured time below which a loss is left out of a stack."""


def is_chosen(cell: str, name: str | None) -> bool:
    """Whether a cell's stacks are to be shown.

    Args:
        cell: its id.
        name: a part of the ids that were chosen, or ``all``; None for none.
    """
    return name is not None and (name == EVERYTHING or name in cell)


def render_stacks(stacks: Sequence[tuple[str, Stack]]) -> Iterator[str]:
    """Render stacks side by side: ideal, plus each loss, is measured; in milliseconds.

    Args:
        stacks: what each is called, and itself.
    """
    longest = max(stack.seconds for _, stack in stacks)
    yield f"  {'milliseconds':22}{''.join(f'{name:>10}' for name, _ in stacks)}"
    yield _row("ideal", [stack.ideal for _, stack in stacks])
    for loss in Loss:
        seconds = [stack.losses.get(loss, 0.0) for _, stack in stacks]
        if max(map(abs, seconds)) > NEGLIGIBLE * longest:
            yield f"{_row(loss.value, seconds)}   {loss.kind.words}"
    for loss in Loss:
        if any(loss in stack.untold for _, stack in stacks):
            yield f"  {loss.value:22} {loss.kind.untold}"
    yield _row("measured", [stack.seconds for _, stack in stacks])
    yield f"  {'speedup':22}{''.join(f'{stack.speedup:>9.2f}x' for _, stack in stacks)}"


def _row(name: str, seconds: Sequence[float]) -> str:
    return f"  {name:22}{''.join(f'{1e3 * one:>10.2f}' for one in seconds)}"


SHORT = 12
"""Letters of the name of a commit or a tree."""


def word_proof(proof: ProvedRun) -> list[str]:
    """Say in a line what each side loaded, and how much of that differs.

    Then whom that concerns, and what is not known.
    """
    sides = "; ".join(map(_word_side, proof.sides))
    differ = (
        "1 of its files differs"
        if proof.differing == 1
        else f"{proof.differing} of its files differ"
    )
    touches = word_touches(proof.touches) if proof.touches is not None else ""
    return list(filter(None, [f"proof: {sides}; {differ}", touches, *proof.remarks]))


def word_touches(counts: TouchCounts) -> str:
    """Say in a line how many cells load what a change touches; no verdict follows from that.

    It is empty where there are no cells.
    """
    count = counts.touched + counts.unknown + counts.untouched
    if not count:
        return ""
    all_of_them = word_cells(count)
    if not counts.touched and not counts.unknown:
        return f"touched: no cell loads what this change touches, of {all_of_them}"
    parts = [f"{counts.touched} of {all_of_them} may load what this change touches"]
    if counts.unknown:
        parts.append(f"{counts.unknown} cannot be asked")
    if counts.untouched:
        parts.append(f"{counts.untouched} {'does' if counts.untouched == 1 else 'do'} not")
    return f"touched: {', '.join(parts)}"


def _word_side(side: ProvedSide) -> str:
    parts = [f"{side.name} loaded {side.files} files of its tree {side.tree[:SHORT]}"]
    changed = side.files - side.committed
    if changed:
        parts.append(f"{changed} of them not as in commit {side.commit[:SHORT]}")
    elif not side.modified:
        parts.append(f"all as in commit {side.commit[:SHORT]}")
    else:
        parts.append(f"all as in commit {side.commit[:SHORT]}, which other files are not")
    if side.installed:
        parts.append(f"{side.installed} as they were installed")
    if side.built:
        parts.append(f"{side.built} built from that")
    return f"{', '.join(parts)}, {side.how}"


NEXT = {
    2: "interrupted: run it again, whole",
    4: "wrong usage: put right what the error names",
    11: "broken: mend what ended or failed, which stands above, and run it again",
}

RED = "a cell regressed: find its cause above; if it is meant, acknowledge it"
FAILED = "a test failed, no cell regressed: mend the test"

UNDECIDED = "no cell could be decided: give it more time with --speedup-budget, or a wider margin"
TURNS_TOO_SHORT = "no cell could be decided: have a turn do more, a millisecond's work at least"
NOTHING = "no cell was selected, so that nobody vouches for any: select one"
OTHERWISE = "not green: see what stands above"


def word_next(code: int, standing: Standing) -> str:
    """Say what to do next.

    Args:
        code: the exit code.
        standing: what the cells came to together.

    Returns:
        A line; empty for 0.
    """
    if not code:
        return ""
    return f"speedup: exit code {code}: {_next(code, standing)}"


def _next(code: int, standing: Standing) -> str:
    if code == 1:
        return RED if standing.kind is Kind.RED else FAILED
    if code in NEXT:
        return NEXT[code]
    gravest = sorted(standing.failing, key=lambda one: -one.outcome.gravity)
    todo = next((one.outcome.todo for one in gravest if one.outcome.todo), "")
    if todo:
        return todo
    if standing.kind is not Kind.UNDECIDED:
        return OTHERWISE
    if not standing.counts:
        return NOTHING
    only_short = standing.count(Outcome.TOO_SHORT) and not standing.count(Outcome.INCONCLUSIVE)
    return TURNS_TOO_SHORT if only_short else UNDECIDED


MAX_LOSS_SAID = 0.99
"""The largest loss that is given as a figure."""

TWO_DECIMALS = 0.1
"""The smallest speedup that is given with two decimals; a smaller one has two digits."""

MAX_DECIMALS = 4
LARGEST = -99.9999
"""Of a loss of nearly everything, in percent; one that is larger still is given as that."""

COMMIT = re.compile("[0-9a-f]{7,}")
"""The name of one; pytest-benchmark has words where there is none."""

PAGE = 78
"""Letters of a line of a test's failure, which pytest prints as it is."""


def word_cell(verdict: Verdict) -> list[str]:
    """Word a verdict for the cell of a table, in lines of at most 15 letters."""
    lines = [verdict.outcome.value]
    if verdict.outcome is Outcome.PASSED and verdict.ruled_out is not None:
        lines.append(f"under {word_share(verdict.ruled_out)}")
    elif verdict.outcome in (Outcome.PASSED, Outcome.INCONCLUSIVE) and verdict.detectable:
        lines.append(f"would see {word_share(verdict.detectable)}")
    elif verdict.change is not None:
        lines.append(word_ratio(verdict.change.value))
    return lines


def word_verdict(verdict: Verdict) -> str:
    """Word a verdict in one line."""
    parts = [*_figures(verdict), *remark_on(verdict)]
    return f"{shown(verdict.cell)}: {', '.join([verdict.outcome.value, *parts])}"


def word_remarks(verdict: Verdict) -> str:
    """Word in one line what a table of changes does not say of a cell; empty if nothing."""
    remarks = remark_on(verdict)
    return f"{shown(verdict.cell)}: {', '.join([verdict.outcome.value, *remarks])}" * bool(remarks)


def word_loss(cell: Cell, verdict: Verdict, confirmation: str) -> str:
    """Word the failure of a test whose cell is red, in a few lines.

    Args:
        cell: the cell.
        verdict: its verdict.
        confirmation: what makes it sure, such as ``seen in two pools``.
    """
    first = ", ".join([verdict.outcome.value, *_figures(verdict)])
    more = map(_folded, [*remark_on(verdict), confirmation])
    return "\n".join([f"{cell.title} {cell.name}: {first}", *more])


def _folded(text: str) -> str:
    return textwrap.fill(
        text,
        PAGE,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


NOTHING_TO_LOSE = "no speedup here to lose"
"""Of a cell that passed, and could hardly have done otherwise."""


def remark_on(verdict: Verdict) -> list[str]:
    """Say what there is to say of a cell beyond its figures: why, and what can be done."""
    remarks = [shown(verdict.reason)] if verdict.reason else []
    remarks += [*explain_verdict(verdict), *_slower_alike(verdict), *_would_have_shown(verdict)]
    if verdict.outcome.is_good and not verdict.watches:
        remarks.append(NOTHING_TO_LOSE)
    if verdict.acknowledged is not None:
        remarks.append(f"acknowledged: {shown(verdict.acknowledged)}")
    return remarks


def explain_verdict(verdict: Verdict) -> list[str]:
    """Say what is known of a change: the loss that explains it, and what was counted."""
    why = list(map(word_counter, verdict.counters))
    if verdict.explanation is None:
        return why
    # Of other outcomes only where a neighbour took the cores.
    told = verdict.outcome.is_loss or verdict.outcome is Outcome.IMPROVED
    if told or verdict.is_beside_neighbours:
        return [word_explanation(verdict.explanation), *why]
    return why


def _figures(verdict: Verdict) -> list[str]:
    """Word the speedup before and now, its change, and the margin that it was held against."""
    if verdict.change is None:
        return []
    speedups = word_speedups(verdict)
    parts = [f"speedup {speedups}" if speedups else "speedup", word_change(verdict.change)]
    words = [", ".join(parts) if speedups else " ".join(parts)]
    return words if verdict.margin is None else [*words, f"margin {word_share(verdict.margin)}"]


def word_speedups(verdict: Verdict) -> str:
    """Word the speedups before and now, such as ``1.41x -> 0.98x``; empty where one is unknown."""
    if verdict.before is None or verdict.speedup is None:
        return ""
    return f"{word_speedup(verdict.before)} -> {word_speedup(verdict.speedup)}"


def word_speedup(speedup: float) -> str:
    """Word a speedup such as ``1.41x``, or ``0.0032x``: one that there is never is ``0.00x``."""
    return f"{speedup:.2f}x" if speedup >= TWO_DECIMALS else f"{speedup:.2g}x"


def _slower_alike(verdict: Verdict) -> list[str]:
    """Say it where serial and parallel code both became slower."""
    parallel, serial = verdict.parallel_change, verdict.serial_change
    if parallel is None or serial is None or not verdict.is_slower_alike:
        return []
    times = f"serial time {word_ratio(serial)}, parallel time {word_ratio(parallel)}"
    return [f"slower with and without workers, which no speedup shows: {times}"]


def _would_have_shown(verdict: Verdict) -> list[str]:
    """Word the smallest loss that would have shown, of a cell that is not decided."""
    if verdict.outcome is not Outcome.INCONCLUSIVE or verdict.detectable is None:
        return []
    return [f"a loss of {word_share(verdict.detectable)} would have shown"]


def word_counter(change: CounterChange) -> str:
    """Word a counter such as ``pools created 9 instead of 1``."""
    return f"{change.name} {change.head:.0f} instead of {change.base:.0f}"


def word_change(change: Estimate) -> str:
    """Word a change such as ``-30 % (-34 to -27)``."""
    low, high = _percent(change.low), _percent(change.high)
    return f"{word_ratio(change.value)} ({low} to {high})"


def word_ratio(ratio: float) -> str:
    """Word a ratio of now to before as a change, such as ``-30 %``."""
    return f"{_percent(ratio)} %"


def _percent(ratio: float) -> str:
    """Word a change in percent; one of nearly everything has the decimals that tell it from all."""
    percent = 100 * (ratio - 1)
    if not 0 < ratio < 1:
        return f"{percent:+.0f}"
    decimals = min(max(0, -math.floor(math.log10(ratio)) - 2), MAX_DECIMALS)
    return f"{max(percent, LARGEST):+.{decimals}f}"


def word_share(share: float) -> str:
    """Word a margin or a loss of speedup, which can come near to all of it but not be all."""
    if share > MAX_LOSS_SAID:
        return ">99 %"
    return (
        f"{share:.0%}".replace("%", " %")
        if share >= MAX_LOSS_SAID / 100
        else f"{100 * share:.1g} %"
    )


def word_pace(pace: Pace) -> str:
    """Say how quickly tasks run, such as ``950 (940 to 960) tasks/s``."""
    words = [f"{_number(pace.per_second)} tasks/s"]
    for share, within in (("half", pace.p50), ("95 %", pace.p95)):
        if within is not None:
            words.append(f"{share} of them done within {_number(within, 1e3)} ms each")
    return ", ".join(words)


def _number(estimate: Estimate, times: float = 1.0) -> str:
    value, low, high = (
        f"{times * one:.3g}" for one in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} ({low} to {high})"


def word_machine(machine: Machine, size: str) -> str:
    """Say where a run of workloads of a size was measured."""
    gil = "on" if machine.gil else "off"
    return shown(
        f"{machine.cpu_model}, {machine.cpus.effective:g} effective CPUs, "
        f"{machine.python}, GIL {gil}, {machine.start_method}; size {size}"
    )


def word_cells(count: int) -> str:
    """Word a number of cells such as ``1 cell``."""
    return f"{count} cell" if count == 1 else f"{count} cells"


MINUTE, HOUR = 60.0, 3600.0

LONG = 1.5
"""Minutes, and hours, from which on they are told, and not what is below them."""


def word_ahead(cells: int, seconds: float, most: float) -> str:
    """Word what is ahead, such as ``8 cells, about 28 s, up to 5 minutes``.

    Args:
        cells: how many are compared.
        seconds: how long it is likely to take where turns are short and the machine is quiet.
        most: how long it may take.
    """
    about, at_most = map(_word_duration, (seconds, most))
    longer = "" if at_most == about else f", up to {at_most} where turns are long or vary"
    return f"{word_cells(cells)}, about {about}{longer}"


def _word_duration(seconds: float) -> str:
    if seconds < LONG * MINUTE:
        return f"{max(1.0, seconds):.0f} s"
    if seconds < LONG * HOUR:
        return f"{seconds / MINUTE:.0f} minutes"
    return f"{seconds / HOUR:.1f} hours"


def word_saved_runs(cells: Iterable[SavedCell]) -> str:
    """Name the saved runs of some cells, such as ``2 saved runs, last 0002 of 93563e25a5cc, ...``.

    Args:
        cells: what is saved of them; none give no words.
    """
    runs = sorted({(one.created, one.run, one.commit or "") for one in cells})
    if not runs:
        return ""
    created, run, commit = runs[-1]
    what = "1 saved run," if len(runs) == 1 else f"{len(runs)} saved runs, last"
    of_commit = f" of {commit[:12]}" if COMMIT.fullmatch(commit) else ""
    return shown(f"{what} {run.partition('_')[0]}{of_commit}, {created[:16]}")


NO_LOSS_FAILS = "; no loss fails: --speedup-fail=LOSS would judge"
"""Behind the saved runs that cells are shown beside and not judged by."""


def word_unchanged(change: SavedChange) -> str:
    """Say in a line why there is no change of a cell to show; empty where there is one."""
    if change.outcome is None:
        return ""
    return f"{shown(change.cell)}: {change.outcome.value}, {shown(change.reason)}"


def word_beside(cell: CellReport) -> list[str]:
    """Say of a cell what saved runs show that it is not judged by, beside its figures."""
    one = cell.change
    if one is None:
        return []
    if one.outcome is not None:
        return [f"{one.outcome.value}: {shown(one.reason)}"]
    if cell.verdict is None or one.change is None:
        return []
    return [f"beside saved runs {word_change(one.change)}"]


def count_outcomes(verdicts: Iterable[Verdict]) -> str:
    """Count the outcomes, in the order in which they are defined, without those of no cell."""
    counts = Counter(verdict.outcome for verdict in verdicts)
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])


def notable(verdicts: Iterable[Verdict], told: Collection[str]) -> list[Verdict]:
    """Choose the verdicts that deserve a line: all but those that just passed.

    Args:
        verdicts: of the run.
        told: cells that regressed and whose story stands elsewhere, as that of their test.
    """
    return [one for one in verdicts if not one.is_plain and not (one.is_red and one.cell in told)]
