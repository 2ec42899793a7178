"""The command line, and what it imports."""

from __future__ import annotations

import io
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
from workloads import consumers, downloads, primes

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
    assert lines[1:4] == [
        "downloads (seed, 5 workers)",
        "  received item-0",
        "  received item-1",
    ]


class Pools:
    """Stands for an executor, and notes of how many workers each is made and started."""

    def __init__(self) -> None:
        self.made: list[int] = []
        self.started: list[int] = []

    def __call__(self, workers: int) -> SerialExecutor:
        self.made.append(workers)
        executor = SerialExecutor()
        executor.start = lambda: self.started.append(workers)  # type: ignore[method-assign]
        return executor


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> Pools:
    pools = Pools()
    for name in ("ThreadExecutor", "ProcessExecutor"):
        monkeypatch.setattr(command, name, pools)
    return pools


def few_numbers(inputs: int) -> tuple[primes.Chunk, ...]:
    return tuple(primes.Chunk(range(10 * (i + 1))) for i in range(inputs))


@pytest.mark.parametrize(
    ("cpus", "arguments"),
    [(3, []), (None, []), (96, ["--workers=2"]), (1, ["--workers=4"])],
)
def test_primes_have_an_input_and_a_worker_for_each_logical_cpu(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pools: Pools,
    cpus: int | None,
    arguments: list[str],
) -> None:
    """Or as many as the user says. All of them are started, and each range is shown by itself:
    those of the original overlap, and their sum would say nothing."""
    monkeypatch.setattr(os, "cpu_count", lambda: cpus)
    monkeypatch.setattr(primes, "overlapping", few_numbers)
    (workers,) = [int(one.partition("=")[2]) for one in arguments] or [cpus or 1]
    assert command.main(["primes", *arguments]) == 0
    found = [4, 8, 10, 12][:workers]
    expected = [f"  primes below {10 * (i + 1)}: {count}" for i, count in enumerate(found)]
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"primes (seed, {workers} workers)"
    assert lines[2:-1] == expected
    assert pools.made == pools.started == [workers]


def test_the_number_of_workers_is_that_of_each_demonstration(
    capsys: pytest.CaptureFixture[str], pools: Pools
) -> None:
    """Which have numbers of their own unless the user chooses."""
    assert command.main(["--size=quick", "--workers=7"]) == 0
    assert pools.made == [7] * 4
    assert capsys.readouterr().out.count("(quick, 7 workers)") == 4


@pytest.mark.parametrize("given", ["0", "-1", "two", "2.5", "1025", ""])
def test_what_is_no_number_of_workers_is_refused(
    capsys: pytest.CaptureFixture[str], given: str
) -> None:
    """In a line, before anything is shown."""
    with pytest.raises(SystemExit) as refusal:
        command.main([f"--workers={given}"])
    assert refusal.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    said = f"argument --workers: {given!r} is no number of workers, a whole one from 1 to 1024"
    assert output.err.splitlines()[-1].endswith(said)


@pytest.mark.usefixtures("serially")
def test_who_handled_what_is_shown_in_the_order_of_arrival(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As pairs, a line each when it comes, and all of them at the end."""
    monkeypatch.setitem(consumers.SIZES, "seed", consumers.Load(2, 0.0))
    shown: list[list[str]] = []

    def handle(item: int, _seconds: float) -> str:
        shown.append(new_lines(capsys))
        return f"task-{item}"

    monkeypatch.setattr(consumers, "handle", handle)
    assert command.main(["consumers"]) == 0
    pairs = ["('worker-0', 'task-0')", "('worker-0', 'task-1')"]
    assert shown[1] == [f"  {pairs[0]}"]
    assert new_lines(capsys)[:2] == [f"  {pairs[1]}", f"  unordered results: [{', '.join(pairs)}]"]


def new_lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_each_consumer_tells_its_own_number(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever thread it is on; what it returns is what it did."""
    arrivals = command.Arrivals()
    channel = SerialExecutor().queue()
    consumers.produce(channel, 1)
    assert arrivals.consume(channel, 0.0, consumers.handle, 2) == ["task-0"]
    assert arrivals.pairs == [("worker-2", "task-0")]
    assert new_lines(capsys) == ["  ('worker-2', 'task-0')"]


class Flushed(io.StringIO):
    """A stream that shows what was flushed."""

    seen = ""

    def flush(self) -> None:
        self.seen = self.getvalue()


def test_each_line_is_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe holds lines back otherwise, until the end."""
    stream = Flushed()
    monkeypatch.setattr(sys, "stdout", stream)
    command.say("one")
    assert stream.seen == "one\n"


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

    def refuse(_size: str, _workers: int) -> None:
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


def test_who_watched_may_go() -> None:
    """As with ``| head -1``: no traceback."""
    command = [sys.executable, "-m", "workloads", "consumers", "--workers=2"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as shown:
        assert shown.stdout is not None
        assert shown.stdout.readline().startswith("logical CPUs: ")
        shown.stdout.close()
        shown.stdout = None
        _, said = shown.communicate(timeout=60)
    assert said == ""
    assert shown.returncode == 1
