"""Files that somebody has open, and read-only ones; Windows is simulated."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.platforms import PAUSES, remove_tree
from pytest_speedup.storage import SaveError, write_new, write_over

if TYPE_CHECKING:
    from collections.abc import Callable

IN_USE = "The process cannot access the file because it is being used by another process"


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Of a Windows on which no time passes."""
    slept: list[float] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def refuse(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, times: int) -> None:  # noqa: ANN401
    """Have a function fail so often, as while a virus scanner looks."""
    real: Callable[..., Any] = getattr(owner, name)
    left = [times]

    def refused(*args: object, **kwargs: object) -> object:
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, IN_USE)
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, refused)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_report_that_somebody_reads_is_replaced_when_it_is_free(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pauses: list[float]
) -> None:
    """Within two seconds."""
    report = tmp_path / "speedup.md"
    report.write_text("old")
    refuse(monkeypatch, Path, "replace", 3)
    write_over(report, b"new")
    assert report.read_bytes() == b"new"
    assert len(pauses) == 3
    assert names(tmp_path) == ["speedup.md"]


def test_a_report_that_stays_open_is_an_error_that_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pauses: list[float]
) -> None:
    """What was there before is untouched, and nothing lies beside it."""
    report = tmp_path / "speedup.md"
    report.write_text("old")
    refuse(monkeypatch, Path, "replace", 1000)
    with pytest.raises(SaveError, match=r"speedup\.md could not be saved: .*used by another"):
        write_over(report, b"new")
    assert report.read_bytes() == b"old"
    assert pauses == list(PAUSES)
    assert 1 < sum(PAUSES) < 3
    assert names(tmp_path) == ["speedup.md"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [(os, "open"), (Path, "rename"), (Path, "unlink")],
    ids=["a claim that goes", "a scanner that looks", "a claim that is looked at"],
)
def test_a_run_is_saved_although_its_files_are_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pauses: list[float], owner: object, name: str
) -> None:
    """Under the next number, with no claim left behind."""
    (tmp_path / "0001_run.json").touch()
    refuse(monkeypatch, owner, name, 2)
    write_new(tmp_path, "_run.json", b"{}")
    assert names(tmp_path) == ["0001_run.json", "0002_run.json"]
    assert len(pauses) == 2


def test_elsewhere_a_missing_permission_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pauses: list[float]
) -> None:
    """It would stay missing."""
    monkeypatch.setattr(sys, "platform", "linux")
    refuse(monkeypatch, Path, "replace", 1)
    with pytest.raises(SaveError):
        write_over(tmp_path / "speedup.md", b"new")
    assert pauses == []


def test_read_only_files_are_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As git makes them, and Windows keeps them."""
    monkeypatch.setattr(sys, "platform", "win32")
    tree = tmp_path / "base"
    (tree / "objects").mkdir(parents=True)
    read_only = tree / "objects" / "pack"
    read_only.touch()
    read_only.chmod(stat.S_IREAD)
    unlink = os.unlink

    def unlink_as_windows(path: Any, *, dir_fd: int | None = None) -> None:  # noqa: ANN401 - str or Path
        if not os.stat(path, dir_fd=dir_fd).st_mode & stat.S_IWRITE:
            raise PermissionError(13, "Access is denied")
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", unlink_as_windows)
    remove_tree(tree)
    assert not tree.exists()


def test_what_is_in_use_stays(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Cleaning up is no reason to fail; all else goes, and what is not there is no error."""
    tree = tmp_path / "base"
    tree.mkdir()
    for name in ("free", "in use"):
        (tree / name).touch()
    unlink = os.unlink

    def unlink_as_windows(path: Any, *, dir_fd: int | None = None) -> None:  # noqa: ANN401 - str or Path
        if str(path).endswith("in use"):
            raise PermissionError(13, IN_USE)
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", unlink_as_windows)
    remove_tree(tree)
    assert names(tree) == ["in use"]
    remove_tree(tmp_path / "nowhere")
