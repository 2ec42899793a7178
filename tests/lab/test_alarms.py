"""What live comparisons came to, beside the rules of others; they need a group of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import Bound, Outcome
from tests.lab.logged import make_cell, make_run

pytest.importorskip("scipy", reason="the rules of others are a group of their own")
pytest.importorskip("asv", reason="the rules of others are a group of their own")
pytest.importorskip("pyperf", reason="the rules of others are a group of their own")
pytest.importorskip("matplotlib", reason="the rules of others are a group of their own")

from benchmarks.lab import picture
from benchmarks.lab.__main__ import main
from benchmarks.lab.alarms import WIDTH, escalated_rows, our_rows, power_rows, rule_rows
from benchmarks.lab.escalated import EscalatedRun
from benchmarks.lab.peers import PEERS, peers_with
from benchmarks.lab.shares import Share
from benchmarks.lab.sidebyside import append_run

if TYPE_CHECKING:
    from pathlib import Path

RUNS = [
    make_run("same", make_cell(Outcome.PASSED), make_cell(Outcome.PASSED, 1.3)),
    make_run("same", make_cell(Outcome.PASSED), make_cell(Outcome.INCONCLUSIVE), seconds=140.0),
    make_run(
        "parallel-10",
        make_cell(Outcome.REGRESSED, 1.12, Bound.WAIT),
        make_cell(Outcome.INCONCLUSIVE, 1.12),
    ),
]


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (Share(0, 30), "0 of 30 (0.0-11.6 %)"),  # 1 - 0.025 ** (1 / 30)
        (Share(9, 10), "9 of 10 (55.5-99.7 %)"),
        (Share(0, 0), "-"),
    ],
)
def test_a_share_says_how_sure_it_is(share: Share, words: str) -> None:
    """By Clopper and Pearson's exact interval."""
    assert str(share) == words


def test_our_own_rule_is_counted_by_variant() -> None:
    """Suites, cells, and time."""
    header, same, slower = our_rows(RUNS)
    assert header.split()[:3] == ["variant", "red", "suites"]
    assert same.startswith("same          0 of 2 (")
    assert "1 of 4 (" in same
    assert same.endswith("120 (at most 140)  60.0")
    assert slower.startswith("parallel-10   1 of 1 (")


def test_power_is_by_kind_of_cell() -> None:
    """Sleeping and computing ones differ most."""
    _, sleeping, computing = power_rows(RUNS)
    assert sleeping.split()[:5] == ["parallel-10", "sleeping", "1", "of", "1"]
    assert computing.split()[:5] == ["parallel-10", "computing", "0", "of", "1"]


def test_others_judge_the_same_times() -> None:
    """Right about 12 % more time, and wrong where chance made head slower by 30 %."""
    rows = {row[:WIDTH].strip(): row for row in rule_rows(RUNS, PEERS)}
    median = rows["pytest-benchmark --benchmark-compare-fail=median:10%"]
    assert "1 of 2 (" in median
    assert "1 of 4 (" in median
    assert "2 of 2 (" in median
    assert "0 of 2 (" in rows["pytest-speedup --speedup-against"]
    assert len(rows) == 2 + len(PEERS)


def test_a_tolerance_is_each_rules_own() -> None:
    """A wider one lets 12 % pass."""
    cell = make_cell(Outcome.PASSED, 1.12)
    for tolerance, red in ((0.1, True), (0.2, False)):
        rules = peers_with(tolerance)
        assert [rule.slower(cell.base, cell.head) for rule in rules] == [red] * len(rules)


def test_the_picture_has_a_curve_for_each_rule(tmp_path: Path) -> None:
    """And one point for ours."""
    picture.draw(RUNS, tmp_path / "new folder" / "picture.png")
    assert (tmp_path / "new folder" / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert len(picture.LABELS) == len(peers_with(0.1))
    for label, rule in zip(picture.LABELS, peers_with(0.1), strict=True):
        assert rule.name.startswith(label.partition("=")[0])


def test_what_was_logged_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without running anything; a false alarm is an exit code."""
    log = tmp_path / "log.jsonl"
    for run in RUNS:
        append_run(log, run)
    arguments = ["against", "--share=0", f"--log={log}", f"--draw={tmp_path / 'x.svg'}"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "false alarms" in said
    assert (tmp_path / "x.svg").read_text().count("<svg") == 1
    append_run(log, make_run("same", make_cell(Outcome.REGRESSED)))
    assert main(arguments) == 1


@pytest.mark.parametrize("option", ["--log", "--draw"])
def test_a_place_that_cannot_be_written_to_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """In one line."""
    (tmp_path / "file").touch()
    log = f"--log={tmp_path / 'log.jsonl'}"
    assert main(["against", "--share=0", log, f"{option}={tmp_path / 'file' / 'x.svg'}"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "file") in said


def test_it_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C reports what there is."""
    log = tmp_path / "log.jsonl"
    asked: list[str] = []

    def compare_live(name: str) -> object:
        asked.append(name)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return make_run(name, make_cell(Outcome.PASSED))

    monkeypatch.setattr("benchmarks.lab.__main__.compare_live", compare_live)
    arguments = ["against", "same", "serial-twice", "--share=0.1", f"--log={log}"]
    assert main(arguments) == 0
    assert f"stopped; the same command goes on from {log}" in capsys.readouterr().out
    assert main(arguments) == 0
    assert asked == ["same", "serial-twice", "serial-twice", "same", "same"]


def test_escalated_runs_are_told_by_change() -> None:
    """With exact intervals, for runs that are as they must be and cells that stay open."""
    passed, some = {"passed": 4}, {"passed": 3, "inconclusive": 1}
    runs = [
        EscalatedRun("same", 60.0, 0, some, ()),
        EscalatedRun("same", 60.0, 1, passed, ("test_primes[thread-2]",)),
    ]
    header, row = escalated_rows(runs)
    assert header.startswith("change ")
    assert " ".join(row.split()) == "same 1 of 2 (1.3-98.7 %) 1 of 8 (0.3-52.7 %) 60"
