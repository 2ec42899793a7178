from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.lab.soak import child
from benchmarks.lab.soak.processes import MARK, Process, marked

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def add(proc: Path, pid: int, environ: bytes) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "environ").write_bytes(environ)
    (folder / "cmdline").write_bytes(b"python\0-c\0work\0")


def test_processes_are_known_by_their_mark(tmp_path: Path) -> None:
    """And by nothing like it; one that has ended, or is another's, is passed over."""
    add(tmp_path, 12, f"A=1\0{MARK}=one\0".encode())
    add(tmp_path, 3, f"{MARK}=one".encode())
    add(tmp_path, 4, f"{MARK}=one-more\0".encode())
    add(tmp_path, 5, b"")
    (tmp_path / "6").mkdir()
    (tmp_path / "self").mkdir()
    assert marked("one", tmp_path) == [Process(3, "python -c work"), Process(12, "python -c work")]


def test_an_orphan_is_found_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that left its parent's group, and outlived it."""
    monkeypatch.setattr(child, "LAST_WORDS", 0.0)
    mark = f"orphan-{os.getpid()}"
    sleeper = [sys.executable, "-c", "import time; print(flush=True); time.sleep(600)"]
    with subprocess.Popen(
        sleeper,
        env={**os.environ, MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as orphan:
        try:
            assert orphan.stdout is not None
            orphan.stdout.readline()
            assert [one.pid for one in marked(mark)] == [orphan.pid]
            child.end_all(mark, marked(mark))
            assert orphan.wait() < 0
        finally:
            orphan.kill()
    assert marked(mark) == []
