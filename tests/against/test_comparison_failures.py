"""A comparison in which sides fail, end, or run what is not theirs."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_speedup.against import judging
from pytest_speedup.against.proof import OutsideError
from pytest_speedup.against.protocol import Describe, Described, Failure
from pytest_speedup.against.side import SideError, SideGoneError
from pytest_speedup.losses.stack import Stack
from pytest_speedup.losses.trace import Counts
from pytest_speedup.model import BASE, HEAD, Outcome
from tests.against.fakes import FakeBlock, both, compare, make_workloads, run


def test_what_cannot_be_compared_does_not_stop_the_others() -> None:
    """Neither other arguments nor a test that fails."""
    broken = {"b": {BASE: Failure.FAILED}, "d": {HEAD: Failure.FAILED}}
    block = FakeBlock({}, both("a", "b", "c", "d"), changed=("a",), broken=broken)
    verdicts = run(block)
    assert {cell: verdict.outcome for cell, verdict in verdicts.items()} == {
        "a[thread-2]": Outcome.INCOMPARABLE,
        "b[thread-2]": Outcome.INCOMPARABLE,
        "c[thread-2]": Outcome.PASSED,
        "d[thread-2]": Outcome.BROKEN,
    }
    assert verdicts["a[thread-2]"].reason == "its arguments changed"
    assert verdicts["b[thread-2]"].reason == "base: it failed"
    assert verdicts["d[thread-2]"].reason == "head: it failed"


def test_a_side_that_is_gone_costs_the_workload_that_was_open() -> None:
    """The others go on in the next block, with processes of their own."""
    block = FakeBlock({"c": 1.5}, both("a", "b", "c"), gone=("b",))
    verdicts = run(block)
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
        compare(block)


@pytest.mark.parametrize(
    ("side", "outcome"), [(BASE, Outcome.INCOMPARABLE), (HEAD, Outcome.BROKEN)]
)
def test_a_file_that_cannot_be_collected_is_not_taken_for_one_without_cells(
    side: str, outcome: Outcome
) -> None:
    """Its cells are neither new nor missing."""
    workloads = {BASE: make_workloads("same"), HEAD: make_workloads("same")}
    other = HEAD if side == BASE else BASE
    workloads[other]["x.py::a"] = [["x.py::a[thread-2]", "thread", 2, None]]
    block = FakeBlock({}, workloads, uncollected={side: {"x.py": "ImportError: no y"}})
    verdict = run(block)["x.py::a[thread-2]"]
    assert verdict.outcome is outcome
    assert "x.py cannot be collected: ImportError: no y" in verdict.reason


def test_a_side_that_goes_with_every_workload_leaves_none_without_a_verdict() -> None:
    """More of them than there are blocks: what was never measured is broken, too."""
    names = [f"w{number}" for number in range(8)]
    verdicts = run(FakeBlock({}, both(*names), gone=tuple(names)))
    assert set(verdicts) == {f"{name}[thread-2]" for name in names}
    assert {one.outcome for one in verdicts.values()} == {Outcome.BROKEN}
    assert "no block of it was measured" in verdicts["w7[thread-2]"].reason


@pytest.mark.parametrize("failure", [Failure.SKIPPED, Failure.NOT_CALLED, Failure.FAILED])
@pytest.mark.parametrize("side", [BASE, HEAD])
def test_what_fails_after_it_was_measured_is_broken(side: str, failure: Failure) -> None:
    """A test that ran and then does not is neither new nor missing; here it had lost."""
    broken = {"a": {side: failure}}
    block = FakeBlock({"a": 1.5}, both("a", "b"), broken=broken, broken_from=3)
    assert compare(block) == {
        "a[thread-2]": Outcome.BROKEN,
        "b[thread-2]": Outcome.PASSED,
    }


def test_a_measured_cell_in_which_its_workload_no_longer_runs_is_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the base alone, in a later block: it is no new one."""
    block = FakeBlock({"a": 1.5}, both("a"))
    opened = block.opened

    def change(*args: Any) -> object:  # noqa: ANN401 - as the block's own
        if block.opens["a"] == 2:
            block.unsuitable = {BASE: {"thread-2": "computing"}}
        return opened(*args)

    monkeypatch.setattr(block, "opened", change)
    assert compare(block) == {"a[thread-2]": Outcome.BROKEN}


def test_a_test_that_fails_as_it_ends_is_broken() -> None:
    """Whatever was measured of it by then; skipping does not help."""
    for failure in (Failure.FAILED, Failure.SKIPPED):
        block = FakeBlock({}, both("a", "b"), late={"a": failure})
        assert compare(block) == {
            "a[thread-2]": Outcome.BROKEN,
            "b[thread-2]": Outcome.PASSED,
        }


def test_a_record_that_contradicts_itself_costs_its_workload(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is named as what a side said; the whole comparison does not end with it."""
    lie = Stack(2, -1.0, {}, Counts(0, 0, 0, 0, 0, 0))
    monkeypatch.setattr(judging, "stack_losses", lambda *_traces: lie)
    verdicts = run(FakeBlock({}, both("a", "b")))
    assert {one.outcome for one in verdicts.values()} == {Outcome.BROKEN}
    assert "base: what it recorded of a run contradicts itself" in verdicts["a[thread-2]"].reason


def test_each_side_is_asked_what_it_loaded() -> None:
    """As it starts, and after the recorded runs of each workload, in every block."""
    workloads = make_workloads("a", "b")
    block = FakeBlock({}, {BASE: workloads, HEAD: workloads})
    verdicts = run(block)
    assert {one.outcome for one in verdicts.values()} == {Outcome.PASSED}
    blocks = block.opens["a"]
    assert block.proven[:3] == ["", "a", "b"]
    assert len(block.proven) == blocks + block.opens["a"] + block.opens["b"]


def test_a_side_that_ran_foreign_code_ends_all() -> None:
    """Of no workload is it known what ran: none gets a verdict of its own."""
    workloads = make_workloads("a", "b")
    block = FakeBlock({}, {BASE: workloads, HEAD: workloads}, foreign_in="b")
    with pytest.raises(OutsideError, match="not head's"):
        run(block)
