"""The picture of false alarms against power."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from benchmarks.lab.alarms import OURS, is_red, red_by, red_cells, red_suites
from benchmarks.lab.peers import peers_with

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.lab.alarms import IsRed
    from benchmarks.lab.shares import Share
    from benchmarks.lab.sidebyside import LoggedRun

LOSS = "parallel-10"

TOLERANCES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9")
"""Okabe and Ito's, which colour-blind readers can tell apart; markers differ as well."""

MARKERS = "os^Dv"

LABELS = (
    "pytest-benchmark --benchmark-compare-fail=min",
    "pytest-benchmark --benchmark-compare-fail=mean",
    "pytest-benchmark --benchmark-compare-fail=median",
    "asv continuous --factor",
    "pyperf compare_to --min-speed",
)
"""The rules of :func:`peers_with`, in their order."""


def draw(runs: Sequence[LoggedRun], path: Path) -> None:
    """Draw a curve for each rule of others, over its tolerances, and a point for ours."""
    figure = Figure(figsize=(7.5, 5.0), layout="constrained")
    axes = figure.add_subplot()
    by_tolerance = [peers_with(tolerance) for tolerance in TOLERANCES]
    for index, rules in enumerate(zip(*by_tolerance, strict=True)):
        points = [_point(runs, red_by(rule)) for rule in rules]
        places, shares = zip(*points, strict=True)
        line = axes.plot(places, shares, label=LABELS[index], color=COLOURS[index])
        line[0].set(marker=MARKERS[index], markersize=4.0)
    ours, caught = red_suites(runs, "same", is_red), red_cells(runs, LOSS, is_red)
    axes.errorbar(
        [ours.value],
        [caught.value],
        yerr=_bars(caught),
        xerr=_bars(ours),
        fmt="k*",
        markersize=14,
        label=OURS,
    )
    axes.set_xlabel("suites of unchanged code with a red cell (false alarm)")
    axes.set_ylabel("cells with 10 % more parallel time that are red (power)")
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.03, 1.03)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize="small")
    axes.set_title("Same live work, base and head interleaved; tolerances from 1 to 20 %")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _point(runs: Sequence[LoggedRun], red: IsRed) -> tuple[float, float]:
    return red_suites(runs, "same", red).value, red_cells(runs, LOSS, red).value


def _bars(share: Share) -> list[list[float]]:
    """Lengths of the interval's bars, down and up."""
    low, high = share.interval()
    return [[share.value - low], [high - share.value]]
