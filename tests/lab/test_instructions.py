"""Counting instructions, with what valgrind, pytest-codspeed and our plugin write."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks.lab import counted, instructions
from benchmarks.lab.__main__ import main
from benchmarks.lab.faults import FAULTS
from benchmarks.lab.instructions import CASES, HEADER, case_row
from pytest_speedup.errors import SpeedupError

CELL = "test_fetch[thread-4]"
DUMP = """\
desc: Trigger: Client Request: benchmarks/lab/counted.py::test_counted[{cell}]
events: Ir
summary: 0

totals: {total}
"""


class FakePytest:
    """Writes what valgrind would, instead of running anything."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.exit_code = 0
        self.left_out = ""

    def run(
        self, command: list[str], *, env: dict[str, str], **_more: object
    ) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        words = command[command.index("-k") + 1].split(" or ")
        (option,) = [word for word in command if word.startswith("--callgrind-out-file=")]
        folder = Path(option.partition("=")[2]).parent
        folder.joinpath("1").write_text("desc: Trigger: Program termination\ntotals: 7\n")
        for cell in CASES.values():
            if any(cell.startswith(f"test_{word}[") for word in words) and cell != self.left_out:
                total = 2000 if env["SPEEDUP_FAULT"] else 1000
                folder.joinpath(f"1.{cell}").write_text(DUMP.format(cell=cell, total=total))
        return subprocess.CompletedProcess(command, self.exit_code, "said", "")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakePytest:
    fake = FakePytest()
    monkeypatch.setattr(subprocess, "run", fake.run)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(instructions, "find_spec", lambda name: name)
    return fake


def test_what_pytest_codspeed_marked_is_counted_by_valgrind(fake: FakePytest) -> None:
    """Without our own plugin, which needs pytest-benchmark; what is not marked is left out."""
    assert instructions.count("", [CELL]) == {CELL: 1000}
    assert instructions.count("global-lock", [CELL]) == {CELL: 2000}
    command = fake.commands[0]
    assert command[0] == "valgrind"
    assert {"--codspeed", "no:pytest_speedup.plugin"} <= set(command)


@pytest.mark.parametrize(("exit_code", "left_out"), [(1, ""), (0, CELL)])
def test_what_cannot_be_counted_is_said(fake: FakePytest, exit_code: int, left_out: str) -> None:
    """With what pytest said."""
    fake.exit_code, fake.left_out = exit_code, left_out
    message = rf"test_fetch\[thread-4\] cannot be counted.*exit code {exit_code}:\nsaid"
    with pytest.raises(SpeedupError, match=message):
        instructions.count("", [CELL])


def test_each_case_has_a_row(fake: FakePytest, capsys: pytest.CaptureFixture[str]) -> None:
    """What differs by itself stands beside what differs with the fault."""
    assert main(["instructions"]) == 0
    header, first, *rest = capsys.readouterr().out.splitlines()
    assert header == HEADER
    assert first.split() == ["global-lock", CELL, "1,000", "1,000", "+0%", "2,000", "+100%"]
    assert len(rest) == len(CASES) - 1
    assert len(fake.commands) == 2 + len(CASES)


def test_a_row_keeps_its_columns() -> None:
    """With large counts, too."""
    row = case_row("sleep-inside-lock", CELL, (123_456_789, 123_456_788, 23_456_789))
    assert len(row) == len(HEADER)


def test_cases_are_faults_of_the_suite() -> None:
    """And the suite that is counted has their cells."""
    assert all(cell in FAULTS[fault].cells for fault, cell in CASES.items())
    assert set(counted.CELLS) == set(CASES.values())


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("shutil.which", "valgrind, which is not there"),
        ("benchmarks.lab.instructions.find_spec", "pytest-codspeed: run"),
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
