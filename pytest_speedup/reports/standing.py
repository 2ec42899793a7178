"""Where a run stands, in a line."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from pytest_speedup.model import Kind, Outcome, short_name
from pytest_speedup.reports.words import (
    NO_LOSS_FAILS,
    count_outcomes,
    word_cells,
    word_share,
    word_speedups,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.model import CellReport, RunReport, Shard, Standing, Verdict


QUIET = (Outcome.PASSED, Outcome.INCONCLUSIVE)
"""Outcomes of which a report says no more than how many there are, unless it is asked."""

MAX_NAMED_CELLS = 5
MAX_NAME_LETTERS = 60
KEPT = MAX_NAME_LETTERS // 2 - 1
"""Cells of an outcome that are named, and letters of a name, its beginning and its end."""

NO_WORKLOAD = "no workload is left for it, and nothing was measured"
"""Of a shard, where there are more of them than workloads."""

SHORT = 12
"""Letters of a commit's name."""

MAX_LOSS_RULED_OUT = 0.99
"""The largest loss of which it can be said that it would have shown."""


def is_red(cell: CellReport) -> bool:
    """Whether a cell fails the gate."""
    return cell.verdict is not None and cell.verdict.is_red


def has_changed(cell: CellReport) -> bool:
    """Whether a cell deserves attention: judged, and neither passed nor left open."""
    verdict = cell.verdict
    if verdict is None:
        return False
    return verdict.outcome not in QUIET or bool(verdict.counters)


def gravest_first(cells: Iterable[CellReport], standing: Standing) -> list[CellReport]:
    """Order cells, those first that keep the run from being green, then by what they came to."""
    rank = _ranks(standing)
    return sorted(cells, key=lambda one: _place(one.verdict, rank))


def gravest_verdicts(verdicts: Iterable[Verdict], standing: Standing) -> list[Verdict]:
    """Order verdicts in the same way."""
    rank = _ranks(standing)
    return sorted(verdicts, key=lambda one: _place(one, rank))


def _ranks(standing: Standing) -> dict[str, int]:
    return {verdict.cell: index for index, verdict in enumerate(standing.failing)}


def _place(verdict: Verdict | None, rank: Mapping[str, int]) -> tuple[int, int]:
    if verdict is None:
        return len(rank), 0
    return rank.get(verdict.cell, len(rank)), -verdict.outcome.gravity


def unfolded(report: RunReport) -> list[CellReport]:
    """Choose the cells that are never folded: all but those that passed and that have not changed.

    Those that keep the run from being green come first.
    """
    cells = [one for one in report.alone if has_changed(one) or is_open(one)]
    return gravest_first(cells, report.standing)


def folded(report: RunReport) -> list[CellReport]:
    """Choose the others, but those that are shown together."""
    return [one for one in report.alone if not has_changed(one) and not is_open(one)]


def failing_cells(report: RunReport) -> set[str]:
    """Name the cells that keep a run from being green."""
    return {verdict.cell for verdict in report.standing.failing}


def is_open(cell: CellReport) -> bool:
    """Whether nobody can tell what became of a cell."""
    return cell.verdict is not None and cell.verdict.outcome is Outcome.INCONCLUSIVE


def word_report(report: RunReport) -> str:
    """Say in one line where a run stands; never that it is green where it ends otherwise."""
    return word_shard(report.shard, _word_report(report))


def _word_report(report: RunReport) -> str:
    if report.shard is not None and report.shard.is_idle and not report.cells:
        return NO_WORKLOAD
    if report.standing.kind is Kind.MEASURED and not report.complaints:
        if report.baseline:
            measured = word_cells(sum(one.measurement is not None for one in report.cells))
            return f"{measured} measured{NO_LOSS_FAILS}"
        return f"{word_cells(len(report.cells))} measured, compared with nothing"
    words = word_standing(report.standing, report.complaints)
    if report.standing.is_green and not report.complaints and report.exit_code:
        return f"{words}; the run ends with exit code {report.exit_code} all the same"
    return words


def word_shard(shard: Shard | None, words: str) -> str:
    """Say of which part of a suite a line is true; a part by itself is not the whole in green.

    Args:
        shard: the part; None for all of the suite.
        words: where it stands.
    """
    if shard is None:
        return words
    green, _, rest = words.partition(": ")
    if green == Kind.GREEN.value:
        words = f"green as far as it goes: {rest}"
    return f"{shard}: {words}"


def word_complaints(standing: Standing) -> list[str]:
    """Say why a run is not green although no cell is red, a line for each outcome."""
    counts = Counter(one.outcome for one in standing.failing)
    return [
        f"speedup gate: {word_cells(counts[outcome])} {outcome.value}, which fails it"
        for outcome in Outcome
        if counts[outcome] and outcome is not Outcome.REGRESSED
    ]


def word_standing(standing: Standing, complaints: Sequence[str]) -> str:
    """Say in one line what the cells of a run came to together.

    Args:
        standing: of the run.
        complaints: what keeps it from being green beside its cells, if anything.
    """
    if standing.is_green and complaints:
        return f"{Kind.NOT_GREEN.value}: {complaints[0].removeprefix('speedup gate: ')}"
    return f"{standing.kind.value}: {_word(standing)}"


def _word(standing: Standing) -> str:
    if standing.failing:
        return "; ".join(_groups(standing))
    if standing.kind is Kind.NEW:
        return f"nothing to compare with yet: {_others(standing)}"
    if standing.kind is Kind.UNDECIDED:
        only = standing.count(Outcome.INCONCLUSIVE) == sum(count for _, count in standing.counts)
        others = "" if only else _others(standing)
        return "; ".join(filter(None, [_undecided(standing), others]))
    if standing.kind is Kind.MEASURED:
        return "compared with nothing"
    seen = _ruled_out(standing) or _would_have_shown(standing)
    return "; ".join(filter(None, [_decided(standing), _others(standing), seen]))


def _groups(standing: Standing) -> Iterator[str]:
    """Name the cells that keep a run from being green, by outcome."""
    of = f" of {word_cells(standing.judged)}" if standing.judged else ""
    for outcome, group in groupby(standing.failing, key=lambda one: one.outcome):
        cells = list(group)
        yield f"{len(cells)}{of} {outcome.value}: {word_names(cells)}"
        of = ""


def word_names(verdicts: Sequence[Verdict]) -> str:
    """Name the first cells, and count the others."""
    names = ", ".join(map(_name, verdicts[:MAX_NAMED_CELLS]))
    more = len(verdicts) - MAX_NAMED_CELLS
    return f"{names} and {more} more" if more > 0 else names


def cut_name(name: str) -> str:
    """Leave out the middle of a long name."""
    return name if len(name) <= MAX_NAME_LETTERS else f"{name[:KEPT]}…{name[-KEPT:]}"


def _name(verdict: Verdict) -> str:
    name = cut_name(short_name(verdict.cell))
    speedups = word_speedups(verdict) if verdict.outcome.is_loss else ""
    return f"{name} ({speedups})" if speedups else name


def _decided(standing: Standing) -> str:
    """Count the cells about which a run is sure, and what they came to unless all just passed."""
    cells = word_cells(standing.judged)
    if not standing.decided:  # all that vouches is code that was compared
        return f"the code of {standing.count(Outcome.ENVIRONMENT)} of {cells} did not lose"
    of = f"{standing.decided} of {cells}"
    if standing.count(Outcome.PASSED) == standing.judged:
        return f"{of} passed"
    counts = [
        f"{count} {outcome.value}{' and acknowledged' * outcome.is_loss}"
        for outcome, count in standing.counts
        if outcome.is_decided
    ]
    if standing.count(Outcome.PASSED) == standing.decided:
        return f"{of} decided, all passed"
    return f"{of} decided ({', '.join(counts)})"


def _undecided(standing: Standing) -> str:
    if not standing.judged:
        return "no cell was judged"
    if standing.acknowledged:
        of = f"{standing.acknowledged} of {word_cells(standing.judged)}"
        return f"{of} lost what was acknowledged, and no other was decided"
    words = f"0 of {word_cells(standing.judged)} could be judged{_at_margin(standing.margins)}"
    if standing.would_show is None:
        return words
    return f"{words} (a loss of {word_span(*standing.would_show)} would have shown)"


def _at_margin(margins: Sequence[float]) -> str:
    if not margins:
        return ""
    span = word_span(margins[0], margins[-1])
    return f" at the {span} margin" if len(margins) == 1 else f" at margins of {span}"


def word_span(least: float, most: float) -> str:
    """Word shares such as ``5 to 10 %``."""
    low, high = word_share(least), word_share(most)
    return low if low == high else f"{low.removesuffix(' %')} to {high}"


def _others(standing: Standing) -> str:
    """Count the cells of which a run is not sure, or that it did not judge."""
    counts = [f"{n} {outcome.value}" for outcome, n in standing.counts if not outcome.is_decided]
    return ", ".join(counts)


def _ruled_out(standing: Standing) -> str:
    """Say what green rules out, of all cells together; empty where that is not known."""
    if standing.ruled_out is None:
        return ""
    which = "of them" if standing.decided == standing.judged else "of those decided"
    if standing.ruled_out > MAX_LOSS_RULED_OUT:
        return f"in at least one {which} no loss is ruled out with 95 % confidence"
    loss = word_share(standing.ruled_out)
    return f"none {which} lost {loss} or more (95 % sure, all together)"


def _would_have_shown(standing: Standing) -> str:
    """Say which loss would have shown in each cell that is not known to have lost."""
    if standing.would_show is None:
        return ""
    _, most = standing.would_show
    watched = sum(count for outcome, count in standing.counts if outcome.was_compared)
    each = "each" if watched == standing.judged else f"each of {watched}"
    if most > MAX_LOSS_RULED_OUT:
        return "in at least one no loss would have shown"
    return f"a loss of {word_share(most)} or more would have shown in {each}"


def word_outcomes(cells: Iterable[CellReport]) -> str:
    """Count the outcomes of cells, without those that did not occur."""
    return count_outcomes(cell.verdict for cell in cells if cell.verdict is not None)


def word_compared(report: RunReport) -> list[str]:
    """Say which commit was measured, and what it was compared with."""
    words = [f"commit {report.commit[:SHORT]}"] if report.commit else []
    if report.against:
        commit = f" ({report.base_commit[:SHORT]})" if report.base_commit else ""
        words.append(f"compared with {report.against}{commit}")
    if report.baseline:
        words.append(f"compared with {report.baseline}")
    return [", ".join(words)] if words else []
