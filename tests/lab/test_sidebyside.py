from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from benchmarks.lab import sidebyside
from benchmarks.lab.sidebyside import append_run, compare_live, next_variant, read_log
from benchmarks.lab.variants import VARIANTS, Variant
from pytest_speedup.against.schedule import FULL_WAITS, QUICK_WAITS
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import Bound, Outcome
from tests.lab.logged import make_cell, make_run
from tests.test_layers import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.lab.sidebyside import LoggedRun


def test_a_log_is_read_as_it_was_written(tmp_path: Path) -> None:
    """A run a line, so that what stopped can go on."""
    log = tmp_path / "log.jsonl"
    runs = [
        make_run("same", make_cell(Outcome.PASSED), make_cell(Outcome.INCONCLUSIVE)),
        make_run("parallel-10", make_cell(Outcome.REGRESSED, bound=Bound.WAIT)),
    ]
    assert read_log(log) == []
    for run in runs:
        append_run(log, run)
    assert read_log(log) == runs
    assert [run.red for run in runs] == [False, True]


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "{}",
        '["nonsense", 1, {}]',
        '["same", 1, {"x": [1]}]',
        f'["same", 1{"0" * 399}, {{}}]',
        '["same", 1, {"x": ["cpu", "passed", [0.1], ["soon"], ""]}]',
    ],
)
def test_a_damaged_log_is_named(text: str, tmp_path: Path) -> None:
    """Nothing is appended to it then."""
    log = tmp_path / "log.jsonl"
    log.write_text(text)
    with pytest.raises(SpeedupError, match=r"log\.jsonl cannot be read"):
        read_log(log)


def test_variants_progress_side_by_side() -> None:
    """What is furthest behind runs next, until each has its runs."""
    done: list[LoggedRun] = []
    while (name := next_variant(VARIANTS, done, 0.2)) is not None:
        done.append(make_run(name))
    assert [run.variant for run in done[: len(VARIANTS)]] == list(VARIANTS)
    counts = {name: sum(run.variant == name for run in done) for name in VARIANTS}
    assert counts == {name: math.ceil(0.2 * one.runs) for name, one in VARIANTS.items()}


def test_no_share_runs_nothing() -> None:
    """It only reports."""
    assert next_variant(VARIANTS, [], 0.0) is None


def test_live_processes_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """One quick cell, whose parallel time is far longer on head."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.chdir(ROOT)
    monkeypatch.setitem(VARIANTS, "parallel-10", Variant(parallel=2.0))
    small = ("--speedup-executors=serial,thread", "--speedup-workers=2", "--speedup-size=quick")
    monkeypatch.setattr(sidebyside, "ARGUMENTS", ("-q", "-n0", *small))
    monkeypatch.setattr(sidebyside, "TESTS", "benchmarks/test_downloads.py")
    run = compare_live("parallel-10")
    (name,) = run.cells
    cell = run.cells[name]
    assert (run.variant, name) == (
        "parallel-10",
        "benchmarks/test_downloads.py::test_downloads[thread-2]",
    )
    assert (cell.bound, cell.outcome) == (Bound.WAIT, Outcome.REGRESSED)
    rounds = QUICK_WAITS + 2 * FULL_WAITS
    assert len(cell.base) == len(cell.head) == 2 * rounds
    assert run.seconds > sum(cell.base + cell.head)
