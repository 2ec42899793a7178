"""The command line, and what it imports."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from workloads import __main__ as command
from workloads import downloads, primes

ROOT = Path(__file__).parents[2]

IMPORTED = """
import json, sys
before = set(sys.modules)
import workloads.__main__
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def test_the_standard_library_is_all_that_is_imported() -> None:
    """Beside the project's own two packages."""
    result = subprocess.run(
        [sys.executable, "-c", IMPORTED],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    # multiprocessing itself calls the main module by a second name
    foreign = set(json.loads(result.stdout)) - sys.stdlib_module_names - {"__mp_main__"}
    assert foreign == {"workloads", "pytest_speedup"}


@pytest.fixture
def serially(monkeypatch: pytest.MonkeyPatch) -> None:
    """Demonstrations run on serial code, which is all the same to what they print."""
    for name in ("ThreadExecutor", "ProcessExecutor"):
        monkeypatch.setattr(command, name, lambda _workers: SerialExecutor())


def shape(text: str) -> list[str]:
    return [re.sub(r"\d+\.\d\d s", "N s", line) for line in text.splitlines()]


@pytest.mark.usefixtures("serially")
def test_one_workload_is_shown_with_its_size_and_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Below the number of CPUs."""
    monkeypatch.setattr(os, "cpu_count", lambda: 96)
    assert command.main(["counter", "--size", "quick"]) == 0
    assert shape(capsys.readouterr().out) == [
        "logical CPUs: 96",
        "counter (quick, 5 workers)",
        "  Counter = 1000 (expected 1000)",
        "  elapsed: N s",
    ]


@pytest.mark.usefixtures("serially")
def test_the_original_sizes_are_shown_unless_others_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A demonstration is for watching."""
    monkeypatch.setitem(downloads.SIZES, "seed", downloads.Load(2, 0.0))
    assert command.main(["downloads"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:4] == ["downloads (seed, 5 workers)", "  item-0", "  item-1"]


@pytest.mark.usefixtures("serially")
def test_primes_of_whole_ranges_are_shown_range_by_range(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ranges of the original overlap: their sum would say nothing."""
    ranges = (primes.Chunk(range(10)), primes.Chunk(range(100)))
    monkeypatch.setitem(primes.SIZES, "seed", ranges)
    assert command.main(["primes"]) == 0
    shown = capsys.readouterr().out.splitlines()[2:-1]
    assert shown == ["  primes below 10: 4", "  primes below 100: 25"]


@pytest.mark.usefixtures("serially")
def test_primes_of_interleaved_chunks_are_shown_as_one_sum(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No chunk of them means anything by itself."""
    monkeypatch.setitem(primes.SIZES, "quick", primes.interleaved(100, 7))
    assert command.main(["primes", "--size=quick"]) == 0
    assert capsys.readouterr().out.splitlines()[2:-1] == ["  primes below 100: 25"]


def test_what_the_user_can_put_right_is_told_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the error stream, under the workload's name, and nothing is shown after it."""

    def refuse(_size: str) -> None:
        message = "not here"
        raise SpeedupError(message)

    monkeypatch.setitem(command.DEMONSTRATIONS, "downloads", refuse)
    assert command.main(["--size=quick"]) == 1
    output = capsys.readouterr()
    assert output.err == "downloads: not here\n"
    assert output.out.splitlines()[1:] == ["downloads (quick, 5 workers)"]


@pytest.mark.parametrize("arguments", [["poetry"], ["counter", "--size=huge"]])
def test_unknown_names_and_sizes_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Before anything is shown."""
    with pytest.raises(SystemExit) as refusal:
        command.main(arguments)
    assert refusal.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert "invalid choice" in output.err
