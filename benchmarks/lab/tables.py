"""What an evaluation found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lab.replay import LOSSES
from pytest_speedup.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.lab.deviations import Kind
    from benchmarks.lab.replay import Tally
    from pytest_speedup.gate import Deviation, SavedPolicy

Tallies = dict[float, "Tally"]

WIDTH = 53
"""Letters of the first column."""


def rules_header() -> Iterator[str]:
    """Head the table of rules."""
    losses = "".join(f"{loss:>7.0%}" for loss in LOSSES)
    yield f"{'':{WIDTH}}      false red   caught at a loss of{'':>9} rounds"
    yield f"{'rule':{WIDTH}}   cell  suite{losses}"


def rule_row(name: str, tallies: Tallies) -> str:
    """Shares of cells that are red, and rounds per cell on the same code."""
    same = tallies[0.0]
    caught = "".join(f"{_share(tallies[loss], Outcome.REGRESSED):>7.1%}" for loss in LOSSES)
    suites = same.red_suites / same.suites
    rounds = same.rounds / _cells(same)
    return (
        f"{name:{WIDTH}}{_share(same, Outcome.REGRESSED):>7.2%}{suites:>7.1%}{caught}{rounds:7.1f}"
    )


def cell_rows(tallies: Tallies) -> Iterator[str]:
    """Break our own rule down by cell."""
    losses = "".join(f"{loss:>7.0%}" for loss in LOSSES)
    yield f"{'':24}   same code{'':17} red at a loss of"
    yield f"{'cell':24}{'passed':>9}{'open':>8}{'red':>8}{losses}"
    for name in tallies[0.0].outcomes:
        same = tallies[0.0]
        of_same = "".join(
            f"{_share(same, outcome, name):>8.1%}"
            for outcome in (Outcome.PASSED, Outcome.INCONCLUSIVE, Outcome.REGRESSED)
        )
        caught = "".join(
            f"{_share(tallies[loss], Outcome.REGRESSED, name):>7.0%}" for loss in LOSSES
        )
        yield f"{name:25}{of_same}{caught}"


def deviation_rows(measured: Mapping[Kind, Deviation], policy: SavedPolicy) -> Iterator[str]:
    """Put what a recording shows beside what the policy holds."""
    yield "standard deviation of log speedup     between runs        between blocks"
    yield "kind of cell                          here    policy      here    policy"
    for (bound, executor, contended), here in measured.items():
        stated = policy.deviation(bound, executor, contended=contended)
        kind = f"{bound.value} {executor}{', contended' if contended else ''}"
        yield (
            f"{kind:36}{here.run:>6.3f}{stated.run:>10.3f}{here.block:>10.3f}{stated.block:>10.3f}"
        )


def _share(tally: Tally, outcome: Outcome, name: str | None = None) -> float:
    chosen = [tally.outcomes[name]] if name is not None else list(tally.outcomes.values())
    return sum(one[outcome] for one in chosen) / sum(one.total() for one in chosen)


def _cells(tally: Tally) -> int:
    return sum(one.total() for one in tally.outcomes.values())
