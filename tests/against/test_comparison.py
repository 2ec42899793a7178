from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import (
    ArgumentsJudged,
    Code,
    Comparison,
    OutsideError,
    Schedule,
    Scope,
    SideError,
    Wanted,
    comparison,
)
from pytest_speedup.against.block import Ready, WorkloadError
from pytest_speedup.against.controls import ROUNDS
from pytest_speedup.against.protocol import Describe, Described, DescribedCell, Failed, Failure
from pytest_speedup.against.side import SideFailedError, SideGoneError
from pytest_speedup.gate import PairedPolicy
from pytest_speedup.losses.stack import Stack
from pytest_speedup.losses.trace import Counts, Task, Trace
from pytest_speedup.model import (
    BASE,
    HEAD,
    TWIN,
    Bound,
    Floors,
    Outcome,
    Round,
    Touch,
    Turn,
    arm_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.model import Verdict


def make_workloads(*names: str) -> dict[str, list[list[object]]]:
    """Each with serial code and two threads."""
    return {
        name: [[f"{name}[serial-1]", "serial", 1, None], [f"{name}[thread-2]", "thread", 2, None]]
        for name in names
    }


TASK = Task(0.0, 0.0, 1.0, 1.0, 0)


@dataclass
class FakeBlock:
    """All sides, with durations that are known.

    Attributes:
        head_seconds: of two threads, where they are not one second as on the base.
        twin_seconds: of everything, likewise.
        broken: how sides fail to open a workload, from that of its openings on.
        late: how head's test of a workload fails as it ends.
        swings: by workload, the factor by which head's two threads are slower in one block and
            faster in the next.
        log: which workload was open, and for how many rounds of cells.
        controlled: the same for rounds of controls.
    """

    head_seconds: dict[str, float]
    workloads_of: dict[str, dict[str, list[list[object]]]]
    bound: Bound = Bound.WAIT
    changed: tuple[str, ...] = ()
    broken: dict[str, dict[str, Failure]] = field(default_factory=dict)
    broken_from: int = 1
    late: dict[str, Failure] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    own_work: tuple[str, ...] = ()
    uncollected: dict[str, dict[str, str]] = field(default_factory=dict)
    described: list[Describe] = field(default_factory=list)
    open: str = ""
    twin_seconds: float = 1.0
    head_pools: int = 0
    swings: dict[str, float] = field(default_factory=dict)
    opens: Counter[str] = field(default_factory=Counter)
    log: list[tuple[str, int]] = field(default_factory=list)
    controlled_log: list[tuple[str, int]] = field(default_factory=list)
    unsuitable: dict[str, dict[str, str]] = field(default_factory=dict)
    proven: list[str] = field(default_factory=list)
    foreign_in: str = ""
    kernel_seconds: float = 0.5
    round_seconds: float = 1.0
    floors: dict[str, dict[str, Floors]] = field(default_factory=dict)

    def describe(self, request: Describe) -> dict[str, Described]:
        self.described.append(request)
        return {
            side: Described(
                tuple(
                    DescribedCell(
                        str(cell),
                        str(name),
                        int(str(count)),
                        margin,  # type: ignore[arg-type]
                        chosen=True,
                        floors=self.floors.get(side, {}).get(str(cell), Floors()),
                    )
                    for cells in workloads.values()
                    for cell, name, count, margin in cells
                ),
                self.uncollected.get(side, {}),
            )
            for side, workloads in self.workloads_of.items()
        }

    @contextmanager
    def opened(
        self, cells: Sequence[str], _turns: Sequence[str], _following: str | None
    ) -> Iterator[Ready]:
        workload = cells[0].partition("[")[0]
        if workload in self.gone:
            message = "head gave no answer within 60 s: is it a deadlock?"
            raise SideGoneError(HEAD, message)
        if workload in self.broken and self.opens[workload] + 1 >= self.broken_from:
            failed = {
                side: SideFailedError(side, Failed(failure, "it failed"))
                for side, failure in self.broken[workload].items()
            }
            raise WorkloadError(failed)
        self.open = workload
        self.opens[workload] += 1
        reason = "its arguments changed" if workload in self.changed else ""
        judged = ArgumentsJudged(not reason, reason, "")
        unsuitable = {side: self.unsuitable.get(side, {}) for side in (BASE, HEAD)}
        yield Ready(self.bound, judged, unsuitable, self.round_seconds, workload in self.own_work)
        if workload in self.late:
            at_the_end = SideFailedError(HEAD, Failed(self.late[workload], "it failed"))
            raise WorkloadError({HEAD: at_the_end})

    @contextmanager
    def alone(
        self, cells: Sequence[str], _turns: Sequence[str]
    ) -> Iterator[tuple[Bound, Mapping[str, str]]]:
        workload = cells[0].partition("[")[0]
        if workload in self.gone:
            message = "head gave no answer within 60 s: is it a deadlock?"
            raise SideGoneError(HEAD, message)
        failure = self.broken.get(workload, {}).get(HEAD)
        if failure is not None:
            raise WorkloadError({HEAD: SideFailedError(HEAD, Failed(failure, "it failed"))})
        self.open = workload
        self.opens[f"{workload} alone"] += 1
        yield self.bound, self.unsuitable.get(HEAD, {})

    def rounds_of(self, side: str, turns: Sequence[str]) -> Iterator[Round]:
        seconds = self.head_seconds.get(self.open, 1.0)
        times = {
            turn: self.kernel_seconds
            if turn.startswith("kernel")
            else (seconds if side == HEAD else 1.0)
            for turn in turns
        }
        times |= {turn: 1.0 for turn in turns if turn.endswith("serial-1")}
        while True:
            yield Round(tuple(Turn(arm_of(side, turn), times[turn]) for turn in turns))

    def prove(self) -> None:
        self.proven.append(self.open)
        if self.open and self.open == self.foreign_in:
            self.foreign_in = ""  # nobody tells of it again
            message = "head loaded core from /base/core.py, which is not head's"
            raise OutsideError(message)

    def record(self, turns: Sequence[str]) -> dict[str, dict[str, Trace]]:
        pools = {BASE: (), HEAD: (0.1,) * self.head_pools}
        return {
            side: {turn: Trace(0.0, 1.0, 2, (TASK,), pools[side]) for turn in turns}
            for side in (BASE, HEAD)
        }

    @contextmanager
    def controlled(
        self, cells: Sequence[str], _turns: Sequence[str], _controls: Sequence[str]
    ) -> Iterator[None]:
        assert cells[0].partition("[")[0] == self.open
        yield

    def rounds(self, turns: Sequence[str]) -> Iterator[Round]:
        swing = self.swings.get(self.open, 1.0) ** (1 if self.opens[self.open] % 2 else -1)
        head = {"thread-2": self.head_seconds.get(self.open, 1.0) * swing}
        return self._rounds(self.log, HEAD, {turn: head.get(turn, 1.0) for turn in turns})

    def controls(self, turns: list[str]) -> Iterator[Round]:
        return self._rounds(self.controlled_log, TWIN, dict.fromkeys(turns, self.twin_seconds))

    def _rounds(
        self, log: list[tuple[str, int]], rival: str, seconds: dict[str, float]
    ) -> Iterator[Round]:
        log.append((self.open, 0))
        place = len(log) - 1
        for index in count():
            log[place] = (self.open, index + 1)
            turns = [Turn(arm_of(BASE, turn), 1.0 + index / 1000) for turn in seconds]
            turns += [
                Turn(arm_of(rival, turn), duration * (1 + index / 1000))
                for turn, duration in seconds.items()
            ]
            yield Round(tuple(turns))


@dataclass
class Asked:
    """What asks a fake block, before and after it worked."""

    block: FakeBlock

    def ask(self, _block: object) -> None:
        self.block.prove()

    def ask_after_work(self, _block: object, workload: str) -> None:
        assert workload == self.block.open
        self.block.prove()

    def touches(self, wanted: Iterable[Wanted]) -> dict[str, Touch]:
        return {one.id: Touch.UNKNOWN for one in wanted}


@dataclass
class Clock:
    """Each look at it takes some seconds."""

    step: float = 0.0
    seconds: float = 0.0

    def __call__(self) -> float:
        self.seconds += self.step
        return self.seconds


def make_comparison(
    block: FakeBlock,
    monkeypatch: pytest.MonkeyPatch,
    logs: Path,
    *,
    step: float = 0.0,
    deselected: tuple[str, ...] = (),
) -> Comparison:
    """Make a comparison with fake processes and a fake clock."""
    seeds = []

    @contextmanager
    def fresh_block(*arguments: object) -> Iterator[FakeBlock]:
        assert arguments[-2] not in seeds, "each block has a hash seed of its own"
        seeds.append(arguments[-2])
        yield block

    monkeypatch.setattr(comparison, "fresh_block", fresh_block)
    monkeypatch.setattr(comparison, "now", Clock(step))
    wanted = [
        Wanted(str(cell), name, str(executor), int(str(workers)))
        for name, cells in block.workloads_of[HEAD].items()
        for cell, executor, workers, _ in cells
        if cell not in deselected
    ]
    codes = dict.fromkeys((BASE, HEAD, TWIN), Code(Path()))
    return Comparison(
        codes,
        "nobody.serves",
        Asked(block),
        wanted,
        Scope(keyword="fast"),
        PairedPolicy(),
        Schedule(100.0),
        600.0,
        lambda _step: None,
        logs,
    )


def run(
    block: FakeBlock, monkeypatch: pytest.MonkeyPatch, *, step: float = 0.0
) -> Mapping[str, Verdict]:
    """Compare with fake processes and a fake clock."""
    with TemporaryDirectory() as logs:
        return make_comparison(block, monkeypatch, Path(logs), step=step).run()


def compare(
    block: FakeBlock, monkeypatch: pytest.MonkeyPatch, *, step: float = 0.0
) -> dict[str, Outcome]:
    verdicts = run(block, monkeypatch, step=step)
    return {cell: verdict.outcome for cell, verdict in verdicts.items()}


def both(*names: str) -> dict[str, dict[str, list[list[object]]]]:
    return {BASE: make_workloads(*names), HEAD: make_workloads(*names)}


def test_only_undecided_workloads_are_measured_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass takes two blocks, a regression five."""
    block = FakeBlock({"slow": 1.5}, both("same", "slow"))
    assert compare(block, monkeypatch) == {
        "same[thread-2]": Outcome.PASSED,
        "slow[thread-2]": Outcome.REGRESSED,
    }
    names = ["same", "slow"] * 2 + ["slow"] * 3
    assert block.log == [(name, WAIT_ROUNDS) for name in names]


def test_computing_is_measured_for_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is far noisier than waiting, and what decided cells leave is for the others."""
    monkeypatch.setattr(comparison, "CPU_SECONDS", 80.0)
    block = FakeBlock({"slow": 2.0}, both("same", "slow"), bound=Bound.CPU)
    assert compare(block, monkeypatch)["slow[thread-2]"] is Outcome.REGRESSED
    # Each turn takes a second, but head's second takes two: a round of "slow" has five.
    assert block.log[:2] == [("same", 20), ("slow", 16)]
    assert block.log[-1] == ("slow", 32)


def test_controls_go_with_the_first_workload_of_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among its rounds, in every block."""
    block = FakeBlock({}, both("a", "b"))
    compare(block, monkeypatch)
    assert block.controlled_log == [("a", ROUNDS[Bound.WAIT])] * 2


def test_a_runner_that_changed_takes_back_what_it_may_have_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Red as well as green, with the evidence: 30 % less or more."""
    block = FakeBlock({"slow": 1.3}, both("same", "slow"), twin_seconds=1.3)
    verdicts = run(block, monkeypatch)
    assert {one.outcome for one in verdicts.values()} == {Outcome.INCONCLUSIVE}
    reason = verdicts["slow[thread-2]"].reason
    assert reason.startswith("the runner changed, which may be all of it: base against itself, ")
    assert "kernel thread +30.0%" in reason


def test_a_loss_that_the_runner_cannot_have_made_stays_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Five times as long, while the runner did 30 %."""
    block = FakeBlock({"slow": 5.0}, both("same", "slow"), twin_seconds=1.3)
    outcomes = compare(block, monkeypatch)
    assert outcomes["slow[thread-2]"] is Outcome.REGRESSED


def test_controls_excuse_cells_of_their_own_executor_in_their_own_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Here the controls were measured with the threads, until these passed after two blocks."""
    workloads = both("a", "b")
    for cells in workloads.values():
        cells["b"][1] = ["b[process-2]", "process", 2, None]
    block = FakeBlock({}, workloads, twin_seconds=1.3)
    assert compare(block, monkeypatch) == {
        "a[thread-2]": Outcome.INCONCLUSIVE,
        "b[process-2]": Outcome.PASSED,
    }


def test_a_counter_decides_what_time_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here blocks vary too much for any verdict by time."""
    outcomes = {
        pools: compare(FakeBlock({}, both("a"), swings={"a": 1.5}, head_pools=pools), monkeypatch)
        for pools in (0, 8)
    }
    assert outcomes[0] == {"a[thread-2]": Outcome.INCONCLUSIVE}
    assert outcomes[8] == {"a[thread-2]": Outcome.REGRESSED}


def test_more_pools_are_red_though_time_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the two blocks that a pass takes."""
    block = FakeBlock({}, both("a"), head_pools=8)
    verdict = run(block, monkeypatch)["a[thread-2]"]
    assert verdict.outcome is Outcome.REGRESSED
    assert "pools created" in verdict.reason
    assert block.opens == {"a": 2}


def test_a_verdict_knows_the_speedup_of_both_sides_and_the_margin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those that were measured, and the margin of the cell."""
    workloads = both("a")
    for cells in workloads.values():
        cells["a"][1][3] = 0.3
    verdict = run(FakeBlock({"a": 2.0}, workloads), monkeypatch)["a[thread-2]"]
    assert verdict.before == pytest.approx(1.0)
    assert verdict.speedup == pytest.approx(0.5)
    assert verdict.margin == 0.3


def test_a_margin_of_the_test_holds_for_its_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does against saved baselines."""
    workloads = both("wide", "narrow")
    for cells in workloads.values():
        cells["wide"][1][3] = 0.5
    block = FakeBlock({"wide": 1.5, "narrow": 1.5}, workloads)
    assert compare(block, monkeypatch) == {
        "wide[thread-2]": Outcome.PASSED,
        "narrow[thread-2]": Outcome.REGRESSED,
    }


def test_the_budget_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """No block begins that would not fit; what is not decided then is inconclusive."""
    block = FakeBlock({}, both("a"), swings={"a": 1 / 1.3})
    assert compare(block, monkeypatch, step=12.0) == {"a[thread-2]": Outcome.INCONCLUSIVE}
    assert block.opens == {"a": 3}


def test_a_loss_that_shows_is_confirmed_beyond_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 100 s, in blocks of 26; and nothing else is measured for it."""
    block = FakeBlock({"slow": 1.5}, both("slow", "a"), swings={"a": 1 / 1.3})
    assert compare(block, monkeypatch, step=13.0) == {
        "slow[thread-2]": Outcome.REGRESSED,
        "a[thread-2]": Outcome.INCONCLUSIVE,
    }
    assert block.opens == {"slow": 5, "a": 4}


@pytest.mark.parametrize(("step", "fit"), [(20.0, 4), (51.0, 1), (90.0, 1)])
@pytest.mark.parametrize("loss", [1.09, 5.0])
def test_a_loss_that_could_not_be_confirmed_is_not_green(
    step: float, fit: int, loss: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By no budget: half as long again is all that it gets."""
    block = FakeBlock({"slow": loss}, both("slow"))
    verdict = run(block, monkeypatch, step=step)["slow[thread-2]"]
    assert verdict.outcome is Outcome.UNCONFIRMED
    assert "a loss shows" in verdict.reason
    assert block.opens["slow"] == fit


def test_a_loss_has_more_of_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Being sure of it is worth more than being sure that there is none."""
    blocks = {}
    for name, head in (("clean", 1.0), ("slow", 1.3)):
        block = FakeBlock({name: head}, both(name), swings={name: 1 / 1.3})
        compare(block, monkeypatch, step=10.0)
        blocks[name] = block.opens[name]
    assert blocks == {"clean": 3, "slow": 5}


def test_blocks_get_shorter_where_five_would_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or nothing could ever be red there."""
    monkeypatch.setattr(comparison, "CPU_SECONDS", 80.0)
    block = FakeBlock({"slow": 1.5}, both("slow"), bound=Bound.CPU)
    # By this clock a block takes 25 seconds and half of the 100 are left after the first one.
    compare(block, monkeypatch, step=25.0)
    assert block.log[:3] == [("slow", 18)] + [("slow", 9)] * 2


def test_cells_of_one_side_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And those of both are compared."""
    workloads = {BASE: make_workloads("old", "same"), HEAD: make_workloads("new", "same")}
    outcomes = compare(FakeBlock({}, workloads), monkeypatch)
    assert outcomes["old[thread-2]"] is Outcome.MISSING
    assert outcomes["new[thread-2]"] is Outcome.NEW
    assert outcomes["same[thread-2]"] is Outcome.PASSED


def test_what_cannot_be_compared_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither other arguments nor a test that fails."""
    broken = {"b": {BASE: Failure.FAILED}, "d": {HEAD: Failure.FAILED}}
    block = FakeBlock({}, both("a", "b", "c", "d"), changed=("a",), broken=broken)
    verdicts = run(block, monkeypatch)
    assert {cell: verdict.outcome for cell, verdict in verdicts.items()} == {
        "a[thread-2]": Outcome.INCOMPARABLE,
        "b[thread-2]": Outcome.INCOMPARABLE,
        "c[thread-2]": Outcome.PASSED,
        "d[thread-2]": Outcome.BROKEN,
    }
    assert verdicts["a[thread-2]"].reason == "its arguments changed"
    assert verdicts["b[thread-2]"].reason == "base: it failed"
    assert verdicts["d[thread-2]"].reason == "head: it failed"


@pytest.mark.parametrize(
    ("sides", "outcome"),
    [
        ((BASE, HEAD), Outcome.SKIPPED),
        ((HEAD,), Outcome.MISSING),
        ((BASE,), Outcome.NEW),
    ],
)
def test_a_cell_in_which_its_workload_does_not_run_is_left_out(
    sides: tuple[str, ...], outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named, and gets no turn; the other cells get theirs."""
    workloads = both("a", "b")
    for cells in workloads.values():
        cells["a"].append(["a[asyncio-2]", "asyncio", 2, None])
    unsuitable = {side: {"asyncio-2": "computing"} for side in sides}
    block = FakeBlock({}, workloads, unsuitable=unsuitable)
    verdicts = run(block, monkeypatch)
    assert {cell: verdict.outcome for cell, verdict in verdicts.items()} == {
        "a[asyncio-2]": outcome,
        "a[thread-2]": Outcome.PASSED,
        "b[thread-2]": Outcome.PASSED,
    }
    assert verdicts["a[asyncio-2]"].reason == "computing"


def test_a_side_that_is_gone_costs_the_workload_that_was_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others go on in the next block, with processes of their own."""
    block = FakeBlock({"c": 1.5}, both("a", "b", "c"), gone=("b",))
    verdicts = run(block, monkeypatch)
    assert {cell: verdict.outcome for cell, verdict in verdicts.items()} == {
        "a[thread-2]": Outcome.PASSED,
        "b[thread-2]": Outcome.BROKEN,
        "c[thread-2]": Outcome.REGRESSED,
    }
    assert "is it a deadlock?" in verdicts["b[thread-2]"].reason


def test_a_side_that_does_not_start_stops_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be compared at all."""
    block = FakeBlock({}, both("a"))

    def describe(_request: Describe) -> dict[str, Described]:
        message = "the process of base ended with exit code 1"
        raise SideGoneError(BASE, message)

    monkeypatch.setattr(block, "describe", describe)
    with pytest.raises(SideError, match="the process of base ended"):
        compare(block, monkeypatch)


def test_what_the_user_selected_is_all_that_is_compared(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The rest is known by name, and is neither new nor missing."""
    block = FakeBlock({}, both("a", "b"))
    made = make_comparison(block, monkeypatch, tmp_path, deselected=("b[serial-1]", "b[thread-2]"))
    assert {*made.run()} == {"a[thread-2]"}
    assert made.deselected == ("b[serial-1]", "b[thread-2]")
    assert block.described == [Describe("fast", None)]


def test_the_margin_of_the_base_holds_and_what_head_changes_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A change does not choose the rule that it is judged by."""
    workloads = {BASE: make_workloads("slow"), HEAD: make_workloads("slow")}
    workloads[HEAD]["slow"][1][3] = 0.9
    made = make_comparison(FakeBlock({"slow": 1.5}, workloads), monkeypatch, tmp_path)
    assert made.run()["slow[thread-2]"].outcome is Outcome.REGRESSED
    (rule,) = made.moved
    assert rule.startswith("this change moves the margin of slow[thread-2] from 4 % to 90 %")


@pytest.mark.parametrize(
    ("side", "outcome"), [(BASE, Outcome.INCOMPARABLE), (HEAD, Outcome.BROKEN)]
)
def test_a_file_that_cannot_be_collected_is_not_taken_for_one_without_cells(
    side: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its cells are neither new nor missing."""
    workloads = {BASE: make_workloads("same"), HEAD: make_workloads("same")}
    other = HEAD if side == BASE else BASE
    workloads[other]["x.py::a"] = [["x.py::a[thread-2]", "thread", 2, None]]
    block = FakeBlock({}, workloads, uncollected={side: {"x.py": "ImportError: no y"}})
    verdict = run(block, monkeypatch)["x.py::a[thread-2]"]
    assert verdict.outcome is outcome
    assert "x.py cannot be collected: ImportError: no y" in verdict.reason


def test_work_of_its_own_is_compared_and_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing of it went through the executor."""
    block = FakeBlock({}, both("a", "b"), own_work=("a",))
    made = make_comparison(block, monkeypatch, tmp_path)
    assert {one.outcome for one in made.run().values()} == {Outcome.PASSED}
    assert [*made.notices] == ["a"]
    assert made.notices["a"].startswith("it handed no task to its executor")


def test_turns_of_microseconds_are_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """However large their differences are."""
    monkeypatch.setattr(comparison, "MIN_TURN_SECONDS", 1.5)
    verdicts = run(FakeBlock({"a": 5.0}, both("a")), monkeypatch)
    assert verdicts["a[thread-2]"].outcome is Outcome.INCONCLUSIVE
    assert "too short to be judged" in verdicts["a[thread-2]"].reason


def test_a_side_that_goes_with_every_workload_leaves_none_without_a_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More of them than there are blocks: what was never measured is broken, too."""
    names = [f"w{number}" for number in range(8)]
    verdicts = run(FakeBlock({}, both(*names), gone=tuple(names)), monkeypatch)
    assert set(verdicts) == {f"{name}[thread-2]" for name in names}
    assert {one.outcome for one in verdicts.values()} == {Outcome.BROKEN}
    assert "no block of it was measured" in verdicts["w7[thread-2]"].reason


@pytest.mark.parametrize("failure", [Failure.SKIPPED, Failure.NOT_CALLED, Failure.FAILED])
@pytest.mark.parametrize("side", [BASE, HEAD])
def test_what_fails_after_it_was_measured_is_broken(
    side: str, failure: Failure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test that ran and then does not is neither new nor missing; here it had lost."""
    broken = {"a": {side: failure}}
    block = FakeBlock({"a": 1.5}, both("a", "b"), broken=broken, broken_from=3)
    assert compare(block, monkeypatch) == {
        "a[thread-2]": Outcome.BROKEN,
        "b[thread-2]": Outcome.PASSED,
    }


def test_a_measured_cell_in_which_its_workload_no_longer_runs_is_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the base alone, in a later block: it is no new one."""
    block = FakeBlock({"a": 1.5}, both("a"))
    opened = block.opened

    def change(cells: Sequence[str], turns: Sequence[str], following: str | None) -> object:
        if block.opens["a"] == 2:
            block.unsuitable = {BASE: {"thread-2": "computing"}}
        return opened(cells, turns, following)

    monkeypatch.setattr(block, "opened", change)
    assert compare(block, monkeypatch) == {"a[thread-2]": Outcome.BROKEN}


def test_a_test_that_fails_as_it_ends_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was measured of it by then; skipping does not help."""
    for failure in (Failure.FAILED, Failure.SKIPPED):
        block = FakeBlock({}, both("a", "b"), late={"a": failure})
        assert compare(block, monkeypatch) == {
            "a[thread-2]": Outcome.BROKEN,
            "b[thread-2]": Outcome.PASSED,
        }


def test_a_record_that_contradicts_itself_costs_its_workload(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is named as what a side said; the whole comparison does not end with it."""
    lie = Stack(2, -1.0, {}, Counts(0, 0, 0, 0, 0, 0))
    monkeypatch.setattr(comparison, "stack_losses", lambda *_traces: lie)
    verdicts = run(FakeBlock({}, both("a", "b")), monkeypatch)
    assert {one.outcome for one in verdicts.values()} == {Outcome.BROKEN}
    assert "base: what it recorded of a run contradicts itself" in verdicts["a[thread-2]"].reason


def test_each_side_is_asked_what_it_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it starts, and after the recorded runs of each workload, in every block."""
    workloads = make_workloads("a", "b")
    block = FakeBlock({}, {BASE: workloads, HEAD: workloads})
    verdicts = run(block, monkeypatch)
    assert {one.outcome for one in verdicts.values()} == {Outcome.PASSED}
    blocks = block.opens["a"]
    assert block.proven[:3] == ["", "a", "b"]
    assert len(block.proven) == blocks + block.opens["a"] + block.opens["b"]


def test_a_side_that_ran_foreign_code_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of no workload is it known what ran: none gets a verdict of its own."""
    workloads = make_workloads("a", "b")
    block = FakeBlock({}, {BASE: workloads, HEAD: workloads}, foreign_in="b")
    with pytest.raises(OutsideError, match="not head's"):
        run(block, monkeypatch)
