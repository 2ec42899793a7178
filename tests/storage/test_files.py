from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from pytest_speedup.storage import SaveError, write_new, write_over
from tests.posix import posix_only

FULL = OSError(errno.ENOSPC, "No space left on device")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fail(error: BaseException) -> None:
    raise error


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """The new content stands in place of the old, and nothing lies beside it."""
    path = tmp_path / "run.json"
    path.write_text("a longer old content")
    write_over(path, b"new")
    assert path.read_text() == "new"
    assert names(tmp_path) == ["run.json"]


def test_folders_are_made(tmp_path: Path) -> None:
    """The first run of a clone has no storage folder."""
    assert write_new(tmp_path / "a" / "b", "_run.json", b"{}").name == "0001_run.json"


def test_numbers_go_on_after_the_highest(tmp_path: Path) -> None:
    """As pytest-benchmark counts, gaps are not filled."""
    (tmp_path / "0007_old.json").touch()
    assert write_new(tmp_path, "_run.json", b"{}").name == "0008_run.json"


@pytest.mark.parametrize("stop", [FULL, KeyboardInterrupt()], ids=["full disk", "Ctrl-C"])
@pytest.mark.parametrize("step", ["fsync", "rename"])
def test_nothing_is_left_of_a_save_that_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException, step: str
) -> None:
    """A full disk or Ctrl-C leaves the old file as it was and no half of a new one."""
    path = tmp_path / "0001_run.json"
    path.write_text("old")
    if step == "fsync":
        monkeypatch.setattr(os, "fsync", lambda _: fail(stop))
    else:
        monkeypatch.setattr(Path, "replace", lambda *_: fail(stop))
        monkeypatch.setattr(Path, "rename", lambda *_: fail(stop))
    expected = SaveError if stop is FULL else KeyboardInterrupt
    with pytest.raises(expected):
        write_over(path, b"new")
    with pytest.raises(expected):
        write_new(tmp_path, "_run.json", b"new")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["0001_run.json"]


def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which file, why, and that nothing was changed."""
    monkeypatch.setattr(os, "fsync", lambda _: fail(FULL))
    with pytest.raises(SaveError, match=r"run\.json could not be saved: No space left.*nothing"):
        write_over(tmp_path / "run.json", b"new")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file where the storage folder should be is told like a missing permission."""
    (tmp_path / "storage").touch()
    with pytest.raises(SaveError, match=r"could not be saved: (Not a directory|File exists)"):
        write_new(tmp_path / "storage", "_run.json", b"{}")


def test_runs_that_save_at_once_get_a_number_each(tmp_path: Path) -> None:
    """No run takes the place of another."""
    savers = 8
    together = threading.Barrier(savers)
    paths: list[Path] = []

    def save(index: int) -> None:
        together.wait()
        paths.append(write_new(tmp_path, f"_run{index}.json", str(index).encode()))

    threads = [threading.Thread(target=save, args=(index,)) for index in range(savers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({path.name[:4] for path in paths}) == savers
    assert sorted(path.read_text() for path in paths) == [str(index) for index in range(savers)]
    assert names(tmp_path) == sorted(path.name for path in paths)


@posix_only
def test_the_umask_holds(tmp_path: Path) -> None:
    """Baselines are as readable as any file that the user makes."""
    old = os.umask(0o027)
    try:
        path = write_new(tmp_path, "_run.json", b"{}")
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o640
