"""A side: how it runs, answers and ends, and what becomes of one that answers nonsense."""

from __future__ import annotations

import os
import py_compile
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import NoReturn, cast

import pytest

from pytest_speedup import platforms
from pytest_speedup.against import channel
from pytest_speedup.against.channel import Channel, Mailbox
from pytest_speedup.against.protocol import Closed, Describe, Described, Failure, Took
from pytest_speedup.against.side import (
    Code,
    Side,
    SideError,
    SideFailedError,
    SideGoneError,
    copy_plugin,
    running,
    share_bytecode,
)
from pytest_speedup.errors import UnsuitableError
from pytest_speedup.model.text import word_cause
from tests.functional.test_processes import wait_for
from tests.posix import is_alive, posix_only


class FakeProcess:
    """One that ends when it is killed."""

    def __init__(self) -> None:
        self.killed = False

    def kill(self) -> None:
        self.killed = True

    def wait(self, _timeout: float | None = None) -> int:
        return 1

    def poll(self) -> int:
        return 1


@pytest.fixture
def process() -> FakeProcess:
    return FakeProcess()


def side(process: FakeProcess, folder: Path, answer: bytes | BytesIO) -> Side:
    (folder / "base.log").write_text("::error::said\n")
    incoming = BytesIO(answer) if isinstance(answer, bytes) else answer
    channel_to_it = Channel(incoming, BytesIO())
    return Side(
        "base",
        cast("subprocess.Popen[bytes]", process),
        channel_to_it,
        Mailbox(channel_to_it),
        folder / "base.log",
    )


def test_an_answer_is_heard(process: FakeProcess, tmp_path: Path) -> None:
    """As the message that it is."""
    assert side(process, tmp_path, b'{"Took": [0.5]}\n').hear(Took) == Took(0.5)
    assert not process.killed


def test_a_test_that_failed_leaves_its_side_alive(process: FakeProcess, tmp_path: Path) -> None:
    """It can be asked for something else; what it said is shown as somebody else's."""
    said = b'{"Failed": ["skipped", "no\\n::error::luck"]}\n'
    with pytest.raises(SideFailedError, match=r"^base: no.*luck") as caught:
        side(process, tmp_path, said).hear(Took)
    assert (caught.value.side, caught.value.failure) == ("base", Failure.SKIPPED)
    assert "\n" not in str(caught.value)
    assert not process.killed


def test_a_workload_that_does_not_suit_an_executor_says_why(
    process: FakeProcess, tmp_path: Path
) -> None:
    """It is no failure."""
    with pytest.raises(UnsuitableError, match="no coroutine"):
        side(process, tmp_path, b'{"Unsuited": ["no coroutine"]}\n').hear(Took)
    assert not process.killed


def test_who_does_not_answer_in_time_is_ended(process: FakeProcess, tmp_path: Path) -> None:
    """A deadlock would hold up the run for ever."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as incoming, os.fdopen(writing, "wb"):
        channel_to_it = Channel(incoming, BytesIO())
        one = Side(
            "head",
            cast("subprocess.Popen[bytes]", process),
            channel_to_it,
            Mailbox(channel_to_it),
            tmp_path / "head.log",
        )
        with pytest.raises(SideGoneError, match="head gave no answer within 0 s: is it a deadlock"):
            one.hear(Took, 0.01)
        assert process.killed


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense",
        b'"text"',
        b"{}",
        b'{"Closed": []}',
        b'{"Took": [0]}',
        b'{"Failed": [3]}',
        b'{"Open": [["a"], null]}',
    ],
)
def test_nonsense_ends_the_side(process: FakeProcess, tmp_path: Path, answer: bytes) -> None:
    """Which would otherwise answer the next question with the rest of it."""
    with pytest.raises(SideError, match="base gave an answer that makes no sense: "):
        side(process, tmp_path, answer + b"\n").hear(Took)
    assert process.killed


def test_a_message_without_end_is_not_read(
    process: FakeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is the runner's."""
    monkeypatch.setattr(channel, "MAX_MESSAGE_BYTES", 10)
    endless = BytesIO(b"x" * 1_000)
    with pytest.raises(SideGoneError, match="a line of more than 10 bytes"):
        side(process, tmp_path, endless).hear(Closed)
    assert endless.tell() == 11


def test_whoever_ends_is_quoted(process: FakeProcess, tmp_path: Path) -> None:
    """What it said is no command to the runner that shows it."""
    with pytest.raises(SideError, match=r"ended with exit code 1:\n  \| ::error::said$"):
        side(process, tmp_path, b'{"half": ').hear(Closed)
    assert not process.killed


TEST = """
def work(executor):
    return list(executor.map(abs, [1]))

def test_work(speedup):
    speedup(work)
"""

NO_ENTRY_POINTS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def test_a_side_loads_the_plugin_by_its_name(tmp_path: Path) -> None:
    """In an environment of the base's own nothing else would: only head's has it installed."""
    (root := tmp_path / "tree").mkdir()
    (logs := tmp_path / "logs").mkdir()
    (root / "test_work.py").write_text(TEST)
    arguments = ["-ppytest_benchmark.plugin", "--rootdir=.", "--speedup-workers=2", "-q"]
    code = Code(root, [root], sys.executable, arguments, variables=NO_ENTRY_POINTS)
    code = code.collecting(["test_work.py"])
    plugin = copy_plugin(tmp_path / "plugin", "pytest_speedup.plugin.serving")
    with running("base", code, plugin, logs, seed=1) as side:
        described = side.ask(Describe("", ""), Described)
    assert [one.id for one in described.cells] == [
        f"test_work.py::test_work[{cell}]" for cell in ("serial-1", "thread-2", "process-2")
    ]
    assert described.uncollected == {}


pytestmark = posix_only

TRACKED = """
import os, signal, subprocess, sys, time

tracker = '''
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(flush=True)
sys.stdin.read()
%s
pathlib.Path("tidied").touch()
'''
child = subprocess.Popen(
    [sys.executable, "-c", tracker], stdin=subprocess.PIPE, stdout=subprocess.PIPE
)
child.stdout.readline()
print('{"Took": [%%d]}' %% child.pid, flush=True)
time.sleep(600)
"""
"""A side with a child like multiprocessing's resource tracker, which ends after the others."""


def interrupt(folder: Path, last: str) -> int:
    """Interrupt a run of a side, and return the number of its tracker."""
    (folder / "speedup_side.py").write_text(TRACKED % last)
    with suppress(KeyboardInterrupt), running("base", Code(folder), folder, folder, 0) as base:
        pid = int(base.hear(Took).seconds)  # a number is a number
        raise KeyboardInterrupt
    assert base.process.returncode == -signal.SIGTERM
    return pid


def test_who_tidies_up_after_a_side_is_not_killed_with_it(tmp_path: Path) -> None:
    """Else the semaphores of its pools would be left in shared memory."""
    interrupt(tmp_path, last="")
    assert (tmp_path / "tidied").exists()


def test_who_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is in the group of a side ends with it."""
    monkeypatch.setattr(platforms, "ENDING_SECONDS", 0.2)
    pid = interrupt(tmp_path, last="time.sleep(600)")
    assert wait_for(lambda: not is_alive(pid))
    assert not (tmp_path / "tidied").exists()


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("", "the process of base ended with exit code 3, and said nothing"),
        ("no room", "the process of base ended with exit code 3:\n  | no room"),
    ],
)
def test_a_side_that_ends_too_early_is_quoted(tmp_path: Path, says: str, expected: str) -> None:
    """As far as it said anything: one that was killed did not."""
    script = f"import sys; sys.stderr.write({says!r}); sys.exit(3)"
    (tmp_path / "speedup_side.py").write_text(script)
    with (
        running("base", Code(tmp_path), tmp_path, tmp_path, 0) as base,
        pytest.raises(SideError) as caught,
    ):
        base.hear(Closed)
    assert str(caught.value) == expected


FULL = "[Errno 28] No space left on device"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "No space left on device"),
        (FileNotFoundError("nothing of the kind"), "nothing of the kind"),
        (shutil.Error([("a", "b", FULL)]), FULL),
        (shutil.Error([("a", "b", FULL), ("c", "d", FULL)]), f"{FULL}, and 1 more"),
        (shutil.Error("a and b are the same"), "a and b are the same"),
        (OSError(1, "a\nb"), r"a\nb"),
    ],
)
def test_the_cause_is_one_line(error: OSError, words: str) -> None:
    """That of the first file stands for all."""
    assert word_cause(error) == words


@posix_only  # Windows copies by a call of its own
def test_the_plugin_that_cannot_be_copied_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of its files fails, and the error of the copy lists them all."""

    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", refuse)
    with pytest.raises(SideError, match=r"^the plugin cannot be copied into .*: .*No space") as no:
        copy_plugin(tmp_path, "pytest_speedup.plugin.serving")
    assert "\n" not in str(no.value)
    assert len(str(no.value)) < 500


def compiled(source: Path) -> tuple[str, str]:
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text("1")
    return str(source), str(py_compile.compile(str(source), doraise=True))


@posix_only
def test_what_is_compiled_already_is_found_where_sides_look(tmp_path: Path) -> None:
    """And is of no tree, nor what was not loaded; links are replaced, and nothing behind them."""
    tree, prefix = tmp_path / "tree", tmp_path / "bytecode"
    source, cached = compiled(tmp_path / "site" / "library.py")
    own = compiled(tree / "code_of_it.py")
    compiled(tmp_path / "site" / "beside.py")
    share_bytecode([(source, cached), own], prefix, [tree])
    (found,) = prefix.rglob("*.pyc")
    assert told(prefix, f"print(importlib.util.cache_from_source({source!r}))") == str(found)
    assert found.resolve() == Path(cached)
    before = Path(cached).read_bytes()
    Path(source).write_text("22")
    told(prefix, f"sys.path.insert(0, {str(tmp_path / 'site')!r}); import library; print()")
    assert not found.is_symlink()
    assert Path(cached).read_bytes() == before


def told(prefix: Path, code: str) -> str:
    variables = {**os.environ, "PYTHONPYCACHEPREFIX": str(prefix), "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(
        [sys.executable, "-c", f"import importlib.util, sys; {code}"],
        capture_output=True,
        text=True,
        check=True,
        env=variables,
    )
    return done.stdout.strip()


def test_an_environment_inside_of_a_tree_is_not_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ``.venv`` mostly is."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    inside = compiled(tmp_path / ".venv" / "site" / "library.py")
    outside = compiled(tmp_path / "src" / "code_of_it.py")
    share_bytecode([inside, outside], tmp_path / "bytecode", [tmp_path])
    assert [one.name for one in (tmp_path / "bytecode").rglob("*.pyc")] == [Path(inside[1]).name]


def test_a_tree_that_is_an_environment_is_a_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after ``python -m venv .``: its code lies beside its packages."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    share_bytecode(
        [compiled(tmp_path / "src" / "code_of_it.py")], tmp_path / "bytecode", [tmp_path]
    )
    assert [*tmp_path.glob("bytecode/**/*.pyc")] == []


def test_where_no_links_can_be_made_sides_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for most users of Windows."""

    def refuse(_place: Path, _target: Path) -> None:
        raise OSError

    monkeypatch.setattr(Path, "symlink_to", refuse)
    known = compiled(tmp_path / "library.py")
    share_bytecode([known, ("gone.py", "gone.pyc")], tmp_path / "bytecode", [])
    assert [*(tmp_path / "bytecode").rglob("*.pyc")] == []
