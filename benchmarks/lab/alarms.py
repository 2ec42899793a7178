"""False alarms and power of rules, on the same live comparisons."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.lab.escalated import CHANGES
from benchmarks.lab.shares import Share, share_of
from benchmarks.lab.variants import VARIANTS
from pytest_speedup.model import Bound, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from benchmarks.lab.escalated import EscalatedRun
    from benchmarks.lab.peers import PeerRule
    from benchmarks.lab.sidebyside import LoggedCell, LoggedRun

    IsRed = Callable[[LoggedCell], bool]
    """Whether a rule calls a cell red."""

OURS = "pytest-speedup --speedup-against"

KINDS = {"sleeping": Bound.WAIT, "computing": Bound.CPU}

LOSSES = [name for name, variant in VARIANTS.items() if variant.parallel]

WIDTH = 53
"""Letters of the first column."""

COLUMN = 26
"""Letters of a column of shares."""


def is_red(cell: LoggedCell) -> bool:
    """Tell what our own rule decided when it ran."""
    return cell.outcome is Outcome.REGRESSED


def red_by(rule: PeerRule) -> IsRed:
    """Have the rule of others look at the times of both sides, as many as ours looked at."""

    def red(cell: LoggedCell) -> bool:
        return rule.slower(cell.base, cell.head)

    return red


def red_cells(
    runs: Sequence[LoggedRun], variant: str, red: IsRed, bound: Bound | None = None
) -> Share:
    """Count the red cells in all runs of a variant."""
    return share_of(
        red(cell) for cell in _cells(runs, variant) if bound is None or cell.bound is bound
    )


def red_suites(runs: Sequence[LoggedRun], variant: str, red: IsRed) -> Share:
    """Count the runs of a variant with a red cell."""
    return share_of(any(map(red, run.cells.values())) for run in runs if run.variant == variant)


def our_rows(runs: Sequence[LoggedRun]) -> Iterator[str]:
    """Say what our own comparisons came to, one variant a line."""
    heads = "".join(f"{head:{COLUMN}}" for head in ("red suites", "red cells", "open cells"))
    yield f"{'variant':14}{heads}seconds   a cell"
    for variant in VARIANTS:
        chosen = [run for run in runs if run.variant == variant]
        if not chosen:
            continue
        still_open = share_of(
            cell.outcome is Outcome.INCONCLUSIVE for cell in _cells(chosen, variant)
        )
        shares = (
            red_suites(chosen, variant, is_red),
            red_cells(chosen, variant, is_red),
            still_open,
        )
        words = "".join(f"{share!s:{COLUMN}}" for share in shares)
        seconds = sum(run.seconds for run in chosen) / len(chosen)
        longest = max(run.seconds for run in chosen)
        a_cell = seconds / max(1, *(len(run.cells) for run in chosen))
        yield f"{variant:14}{words}{seconds:.0f} (at most {longest:.0f})  {a_cell:.1f}"


def power_rows(runs: Sequence[LoggedRun]) -> Iterator[str]:
    """Say how many of our cells were red where all of them lost speedup."""
    yield f"{'caught':14}{'':14}cells"
    for variant in LOSSES:
        for kind, bound in KINDS.items():
            share = red_cells(runs, variant, is_red, bound)
            if share.total:
                yield f"{variant:14}{kind:14}{share}"


def rule_rows(runs: Sequence[LoggedRun], peers: Iterable[PeerRule]) -> Iterator[str]:
    """Put our rule beside those of others: false alarms, and losses caught."""
    losses = "".join(f"{loss:{COLUMN}}" for loss in LOSSES)
    heads = f"{'false alarms: suites':{COLUMN}}{'cells':{COLUMN}}{losses}"
    yield f"{'same work, rule':{WIDTH}}{heads}".rstrip()
    rules: list[tuple[str, IsRed]] = [(OURS, is_red)]
    rules += [(peer.name, red_by(peer)) for peer in peers]
    for name, red in rules:
        shares = [red_suites(runs, "same", red), red_cells(runs, "same", red)]
        shares += [red_cells(runs, loss, red) for loss in LOSSES]
        words = "".join(f"{share!s:{COLUMN}}" for share in shares)
        yield f"{name:{WIDTH}}{words}".rstrip()


def _cells(runs: Iterable[LoggedRun], variant: str) -> Iterator[LoggedCell]:
    for run in runs:
        if run.variant == variant:
            yield from run.cells.values()


def escalated_rows(runs: Sequence[EscalatedRun]) -> Iterator[str]:
    """Say how many runs of each change came out right, with its interval, and what stayed open."""
    yield f"{'change':19}{'as it must be':28}{'open cells':28}seconds"
    for change in CHANGES:
        some = [one for one in runs if one.change == change]
        if not some:
            continue
        total = sum((Counter(one.outcomes) for one in some), Counter())
        undecided = total[Outcome.INCONCLUSIVE.value] + total[Outcome.UNCONFIRMED.value]
        still_open = Share(undecided, total.total())
        right = share_of(one.is_right for one in some)
        mean = sum(one.seconds for one in some) / len(some)
        yield f"{change:19}{right!s:28}{still_open!s:28}{mean:.0f}"
