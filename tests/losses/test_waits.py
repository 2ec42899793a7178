from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from pytest_speedup.losses import waits
from pytest_speedup.losses.waits import RunQueue
from tests.posix import posix_only

OPEN_FILES = Path("/proc/self/fd")


def write(path: Path, nanoseconds: int) -> None:
    path.write_text(f"5 {nanoseconds} 7\n")


def test_waiting_is_read_in_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the file of the thread that asks."""
    monkeypatch.setattr(waits, "STATISTICS", str(tmp_path / "schedstat"))
    queue = RunQueue()
    write(tmp_path / "schedstat", 2_500_000_000)
    assert queue.waited() == 2.5
    write(tmp_path / "schedstat", 3_000_000_000)
    assert queue.waited() == 3.0


@pytest.mark.parametrize("text", [None, "", "1", "a b c"])
def test_a_system_that_does_not_tell_waits_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    """Nor one that tells something else."""
    file = tmp_path / "schedstat"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(waits, "STATISTICS", str(file))
    queue = RunQueue()
    assert [queue.waited(), queue.waited()] == [0.0, 0.0]


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="nothing lists open files here")
def test_a_thread_leaves_no_file_open() -> None:
    """When it ends."""

    def ask() -> None:
        RunQueue().waited()
        waits.core_wait()

    before = len(list(OPEN_FILES.iterdir()))
    for _ in range(20):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert len(list(OPEN_FILES.iterdir())) < before + 10


def test_a_thread_that_outlives_what_python_forgets_first_closes_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end of a process modules lose their names, in an order that nobody can rely on."""
    write(tmp_path / "schedstat", 1)
    monkeypatch.setattr(waits, "STATISTICS", str(tmp_path / "schedstat"))
    queue = RunQueue()
    closed: list[int] = []
    monkeypatch.setattr(RunQueue, "_close_file", closed.append)
    assert queue.waited() == 1e-9
    with monkeypatch.context() as patch:
        patch.setattr(waits, "os", None)
        queue.__del__()
    assert len(closed) == 1
    os.close(closed[0])


@posix_only
def test_a_forked_child_opens_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it inherited is of its parent's thread."""
    file = tmp_path / "schedstat"
    write(file, 1_000_000_000)
    monkeypatch.setattr(waits, "STATISTICS", str(file))
    queue = RunQueue()
    assert queue.waited() == 1.0
    file = tmp_path / "of the child"
    write(file, 2_000_000_000)
    if sys.platform != "win32":
        child = os.fork()
        if child == 0:
            waits.STATISTICS = str(file)
            os._exit(0 if queue.waited() == 2.0 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_waits_of_all_threads_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the id of each; where a system does not tell, there is nothing."""
    monkeypatch.setattr(waits, "TASKS", tmp_path)
    assert waits.core_waits() == {}
    for thread, nanoseconds in (("17", 1_000_000_000), ("18", 500_000_000)):
        (tmp_path / thread).mkdir()
        write(tmp_path / thread / "schedstat", nanoseconds)
    assert waits.core_waits() == {"17": 1.0, "18": 0.5}
    monkeypatch.setattr(waits, "TASKS", tmp_path / "nowhere")
    assert waits.core_waits() == {}
