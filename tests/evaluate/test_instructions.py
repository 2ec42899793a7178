"""Counting instructions, with what valgrind, pytest-codspeed and our plugin write."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks import counted
from pytest_speedup.errors import SpeedupError
from pytest_speedup.evaluate import instructions
from pytest_speedup.evaluate.__main__ import main
from pytest_speedup.evaluate.faults import FAULTS
from pytest_speedup.evaluate.instructions import CASES, HEADER, Reading, case_row

CELL = "test_fetch[thread-4]"
DUMP = """\
desc: Trigger: Client Request: benchmarks/counted.py::test_counted[{cell}]
events: Ir
summary: 0

totals: {total}
"""


class FakePytest:
    """Writes what valgrind and our plugin would, instead of running anything."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.cell = ""  # the one that was asked for

    def run(
        self, command: list[str], *, env: dict[str, str], **_more: object
    ) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        word = command[command.index("-k") + 1]
        named = [cell for cell in CASES.values() if cell.startswith(f"test_{word}[")]
        cell = self.cell or named[0]
        factor = 2 if env["SPEEDUP_FAULT"] else 1
        for word in command:
            option, _, value = word.partition("=")
            if option == "--callgrind-out-file":
                dump = DUMP.format(cell=cell, total=1000 * factor)
                (Path(value).parent / "1.2").write_text(dump)
                (Path(value).parent / "1").write_text("totals: 0\n")
            if option == "--speedup-report":
                measurement = {"speedup": {"value": 4.0 / factor}}
                cells = [
                    {"id": f"benchmarks/faulty.py::{cell}", "measurement": measurement},
                    {"id": "benchmarks/faulty.py::test_gone", "measurement": None},
                ]
                Path(value).write_text(json.dumps({"cells": cells}))
        return subprocess.CompletedProcess(command, 0, "said", "")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakePytest:
    fake = FakePytest()
    monkeypatch.setattr(subprocess, "run", fake.run)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(instructions, "find_spec", lambda name: name)
    return fake


def test_a_cell_is_timed_without_valgrind_and_counted_with_it(fake: FakePytest) -> None:
    """By the plugin that is for it."""
    assert instructions.read_cell("", CELL) == Reading(4.0, 1000)
    assert instructions.read_cell("global-lock", CELL) == Reading(2.0, 2000)
    timed, counted_ = fake.commands[:2]
    assert timed[1:6] == ["-m", "pytest", "-q", "-k", "fetch"]
    assert "no:codspeed" in timed
    assert counted_[0] == "valgrind"
    assert "no:pytest_speedup.plugin" in counted_


def test_what_was_not_counted_is_said(fake: FakePytest) -> None:
    """With what pytest said."""
    fake.cell = "test_other[thread-4]"
    with pytest.raises(SpeedupError, match=r"nothing is known of test_fetch.*exit code 0:\nsaid"):
        instructions.read_cell("", CELL)


def test_each_case_has_two_rows(fake: FakePytest, capsys: pytest.CaptureFixture[str]) -> None:
    """The second one says how much counts differ by themselves."""
    assert main(["instructions"]) == 0
    header, first, second, *rest = capsys.readouterr().out.splitlines()
    assert header == HEADER
    assert first.split()[:2] == ["global-lock", CELL]
    assert first.split()[2:] == ["4.00x", "->", "2.00x", "1,000", "->", "2,000", "+100%"]
    assert second.split()[0] == "none"
    assert second.endswith("+0%")
    assert len(rest) == 2 * (len(CASES) - 1)


def test_a_row_keeps_its_columns() -> None:
    """With large counts, too."""
    row = case_row("sleep-inside-lock", CELL, Reading(3.9, 123_456_789), Reading(1.0, 23_456_789))
    assert len(row) == len(HEADER)


def test_cases_are_faults_of_the_suite() -> None:
    """And the suite that is counted has their cells."""
    assert all(cell in FAULTS[fault].cells for fault, cell in CASES.items())
    assert set(counted.CELLS) == set(CASES.values())


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("shutil.which", "valgrind, which is not there"),
        ("pytest_speedup.evaluate.instructions.find_spec", "pytest-codspeed: run"),
    ],
)
def test_what_is_missing_is_said(
    fake: FakePytest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tool: str,
    said: str,
) -> None:
    """In one line, before anything is counted."""
    monkeypatch.setattr(tool, lambda _name: None)
    assert main(["instructions"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert fake.commands == []


def test_the_suite_is_one_of_a_clone(
    fake: FakePytest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Elsewhere it says so."""
    monkeypatch.chdir(tmp_path)
    assert main(["instructions"]) == 2
    assert "run this from a clone" in capsys.readouterr().err
