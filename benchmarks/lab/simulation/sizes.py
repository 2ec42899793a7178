"""What becomes of suites by their size: time, what stays open, what is caught."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from benchmarks.lab.deviations import contended_cells
from benchmarks.lab.prepared import prepare
from benchmarks.lab.recording import read_recording
from benchmarks.lab.shares import Share, share_of
from benchmarks.lab.simulation.findings import Amount, Finding, Longest, Target
from benchmarks.lab.simulation.machine import Workload
from benchmarks.lab.simulation.noise import noise_of
from benchmarks.lab.simulation.spread_out import seeds_of
from benchmarks.lab.simulation.suites import Scenario, simulate, simulate_shards, suite_of
from pytest_speedup.gate import STAGES, PairedPolicy
from pytest_speedup.model import Bound, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.lab.simulation.noise import Noise
    from benchmarks.lab.simulation.spread_out import Runner
    from benchmarks.lab.simulation.suites import Simulated

    Shards = Sequence[Simulated]
    """One suite: what became of each shard."""

    Check = Callable[[str, Sequence[Shards]], Iterator[Finding]]

HALVES = {"all": slice(None), "even": slice(0, None, 2), "odd": slice(1, None, 2)}
"""Runs of the recording: constants were chosen on the even ones, and are shown on the odd ones."""

KINDS = {
    f"{bound.value} {executor}": word + executor
    for bound, word in ((Bound.WAIT, "sleeping, "), (Bound.CPU, "computing, "))
    for executor in ("thread", "process")
}
"""Kinds of cells, in words."""


NEEDED = "--speedup-budget="
"""What a reason says that names the time that is needed."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where noise comes from.

    Attributes:
        recording: the file.
        half: which runs of it: a key of HALVES.
        scale: times as far from the median as it was recorded.
    """

    recording: Path
    half: str
    scale: float


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario, how many suites of it are simulated, and what is looked for.

    Attributes:
        scenario: what is simulated.
        suites: how many.
        checks: make findings of all of them.
        shards: how many a suite has.
    """

    scenario: Scenario
    suites: int
    checks: tuple[Check, ...]
    shards: int = 1


def find_sizes(
    run: Runner, drawing: Drawing, seed: int, most: int | None = None, only: str = ""
) -> Iterator[Finding]:
    """Simulate each case, and look for what it is to show.

    Args:
        run: spreads suites out.
        drawing: where their noise comes from.
        seed: of all draws.
        most: suites of each case, where not all are wanted.
        only: what the name of a case must have in it.
    """
    for case in CASES:
        name = case.scenario.name
        if only in name:
            seeds = seeds_of(seed, name, min(case.suites, most or case.suites))
            suites = run(partial(_simulated, case.scenario, case.shards, drawing), seeds)
            for check in case.checks:
                yield from check(name, suites)


@lru_cache(maxsize=1)
def noise_from(drawing: Drawing) -> Noise:
    """Read the noise of a recording, once in each process.

    Raises:
        SpeedupError: it cannot be read, or lacks a kind of cell.
    """
    runs = read_recording(drawing.recording)
    contended = contended_cells([prepare(name, cell) for name, cell in one.items()] for one in runs)
    return noise_of(runs[HALVES[drawing.half]], contended, drawing.scale)


def _simulated(scenario: Scenario, shards: int, drawing: Drawing, seed: int) -> list[Simulated]:
    noise = noise_from(drawing)
    if shards > 1:
        return simulate_shards(scenario, noise, seed, shards)
    return [simulate(scenario, noise, seed)]


def takes(target: float | None) -> Check:
    """Tell seconds for each cell, and how much of them is fixed cost."""

    def check(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
        whole = [one for shards in suites for one in shards]
        a_cell = [one.seconds / _cells(one.outcomes, one.of_lossy) for one in whole]
        aim = None if target is None else Target(target)
        yield Finding(name, "time", Amount(a_cell, "s a cell"), aim)
        fixed = [100 * (1 - one.in_rounds / one.seconds) for one in whole]
        yield Finding(name, "fixed cost", Amount(fixed, "% of the time"))

    return check


def _at_most(seconds: float) -> Check:
    def check(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
        took = [one.seconds for shards in suites for one in shards]
        yield Finding(name, "longest", Longest(took, "s"), Target(seconds))

    return check


def _is_open(target: float) -> Check:
    def check(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
        still_open = _share(_counted(suites, "outcomes"), lambda one: not one.is_decided)
        yield Finding(name, "open cells", still_open, Target(target))

    return check


def _false_reds(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
    red = share_of(any(one.red for one in shards) for shards in suites)
    yield Finding(name, "false red suites", red, Target(0.01))


def _unconfirmed(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
    """Tell in how many suites without a loss a cell shows one that is not sure."""
    some = share_of(
        any(Outcome.UNCONFIRMED in outcomes for one in shards for outcomes in one.outcomes.values())
        for shards in suites
    )
    yield Finding(name, "unconfirmed suites", some, Target(0.05))


def _red_suites(target: float) -> Check:
    def check(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
        red = share_of(any(one.red for one in shards) for shards in suites)
        yield Finding(name, "red suites", red, Target(target, is_floor=True))

    return check


def _told(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
    """Tell whether all is decided, or refused with the time that it needs; and when."""
    whole = [one for shards in suites for one in shards]
    told = share_of(all(NEEDED in reason for reason in one.reasons) for one in whole)
    reasons = dict.fromkeys(reason for one in whole for reason in one.reasons)
    note = "; ".join(reasons)
    yield Finding(name, "decided or refused", told, Target(1.0, is_floor=True), note)
    yield Finding(name, "time in all", Amount([one.seconds for one in whole], "s"))


def _caught(sleeping: float, computing: float, *, everywhere: bool = False) -> Check:
    """Tell how many of those that lost are red, by kind."""

    def check(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
        counts = _counted(suites, "outcomes" if everywhere else "of_lossy")
        for kind, words in KINDS.items():
            target = sleeping if kind.startswith(Bound.WAIT.value) else computing
            red = _share({kind: counts.get(kind, Counter())}, Outcome.REGRESSED.__eq__)
            yield Finding(name, f"caught, {words}", red, Target(target, is_floor=True))

    return check


def _lost(floor: float) -> Check:
    """Tell how many of the computing cells that lost are red, each of which did."""

    def check(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
        red = _share(_counted(suites, "outcomes"), Outcome.REGRESSED.__eq__)
        yield Finding(name, "red cells", red, Target(floor, is_floor=True))

    return check


def _at_the_margin(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
    red = share_of(any(one.red for one in shards) for shards in suites)
    yield Finding(name, "red suites", red, Target(0.05))


def _adds(seconds: float) -> Check:
    """Tell the seconds that a comparison adds to a run against saved ones."""

    def check(name: str, suites: Sequence[Shards]) -> Iterator[Finding]:
        added = [one.seconds for shards in suites for one in shards]
        yield Finding(name, "time that it adds", Amount(added, "s"), Target(seconds))

    return check


def _counted(suites: Sequence[Shards], of: str) -> dict[str, Counter[Outcome]]:
    counts: dict[str, Counter[Outcome]] = {}
    for shards in suites:
        for one in shards:
            for kind, some in getattr(one, of).items():
                counts.setdefault(kind, Counter()).update(some)
    return counts


def _share(counts: Mapping[str, Counter[Outcome]], wanted: Callable[[Outcome], bool]) -> Share:
    every = sum(counts.values(), Counter[Outcome]())
    return Share(sum(every[one] for one in every if wanted(one)), every.total())


def _cells(*counts: Mapping[str, Counter[Outcome]]) -> int:
    return sum(some.total() for one in counts for some in one.values())


CLOSE = PairedPolicy(margin=0.025)
WIDE = PairedPolicy(margin=0.1)
LARGE = Scenario("540 cells", suite_of(540), budget=600, policy=WIDE)
MEDIUM = Scenario("104 cells", suite_of(104, (1, 2, 4, 8)))
SMALL = Scenario("24 cells", suite_of(24))
LONG = Scenario(
    "6 cells of 10 s",
    (
        Workload(
            "long",
            Bound.CPU,
            10.0,
            tuple((name, count) for name in ("thread", "process") for count in (2, 4, 8)),
        ),
    ),
)
CONFIRMED = Scenario(
    "12 computing cells that saved runs leave open",
    tuple(one for one in suite_of(24) if one.bound is Bound.CPU),
    policy=PairedPolicy(margin=0.1, error_rate=PairedPolicy().error_rate / STAGES),
)
HUGE = Scenario("1000 cells, 8 shards", suite_of(1000), budget=600)


def _losing(scenario: Scenario, loss: float, lossy: str) -> Scenario:
    where = "all" if lossy == "all" else "one of each kind"
    return replace(
        scenario, name=f"{scenario.name}, -{100 * loss:g} % in {where}", loss=loss, lossy=lossy
    )


NARROW = replace(SMALL, name="24 cells, margin 2.5 %", policy=CLOSE)

CASES = (
    Case(SMALL, 100, (takes(2.5), _is_open(0.0), _false_reds, _unconfirmed)),
    Case(_losing(SMALL, 0.1, "one"), 100, (_caught(0.95, 0.95), _false_reds, takes(None))),
    Case(NARROW, 100, (takes(3.5), _is_open(0.0), _false_reds)),
    Case(_losing(NARROW, 0.05, "one"), 100, (_caught(0.95, 0.8), _false_reds, takes(None))),
    Case(_losing(NARROW, 0.05, "all"), 40, (_caught(0.95, 0.8, everywhere=True), takes(None))),
    Case(MEDIUM, 40, (_is_open(0.05), _false_reds, _unconfirmed, takes(None))),
    Case(_losing(MEDIUM, 0.1, "one"), 60, (_caught(0.9, 0.9), _false_reds, takes(None))),
    Case(LARGE, 20, (_is_open(0.1), _false_reds, _unconfirmed, takes(None))),
    Case(_losing(LARGE, 0.25, "one"), 80, (_caught(0.95, 0.95), _false_reds, takes(None))),
    Case(_losing(LARGE, 0.25, "all"), 80, (_red_suites(0.95), takes(None))),
    Case(LONG, 20, (_told,)),
    Case(CONFIRMED, 300, (_adds(30.0), _is_open(0.0), _false_reds)),
    Case(_losing(CONFIRMED, 0.1, "all"), 300, (_at_the_margin,)),
    Case(_losing(CONFIRMED, 0.15, "all"), 60, (_lost(0.85),)),
    Case(_losing(CONFIRMED, 0.2, "all"), 60, (_lost(0.95),)),
    Case(_losing(CONFIRMED, 0.5, "all"), 60, (_lost(0.99),)),
    Case(HUGE, 2, (_at_most(600), _is_open(0.1), _false_reds, takes(None)), shards=8),
)
"""All of them."""
