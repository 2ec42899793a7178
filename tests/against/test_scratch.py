"""What is left of a run that was killed goes with the next one, and nothing else does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import scratch
from pytest_speedup.against.scratch import clear, made
from pytest_speedup.against.side import SideError
from tests.posix import KILLED, posix_only

if TYPE_CHECKING:
    from pathlib import Path

KILLED_INSIDE = """
import os, signal, sys
from pathlib import Path
from pytest_speedup.against import scratch

def end(*_):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] != "within":
    setattr(scratch, sys.argv[2], end)
with scratch.made("base", Path(sys.argv[1])) as folder:
    (folder / "tree").mkdir()
    if sys.argv[2] == "within":
        end()
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary files"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def left(place: Path, name: str = "speedup-base-0123abcd") -> Path:
    """Make what a killed run leaves."""
    folder = place / name
    (folder / "tree").mkdir(parents=True)
    (place / f"{name}.owner").touch()
    return folder


def test_a_folder_is_there_for_as_long_as_it_is_needed(place: Path) -> None:
    """For this user alone, below the folder of temporary files."""
    with made("sides") as folder:
        assert folder.parent == place
        assert folder.name.startswith("speedup-sides-")
        assert os.name == "nt" or folder.stat().st_mode & 0o077 == 0
        (folder / "file").touch()
    assert list(place.iterdir()) == []


def test_it_goes_with_an_error() -> None:
    """Whatever that is."""
    with pytest.raises(KeyboardInterrupt), made("site") as folder:
        raise KeyboardInterrupt
    assert not folder.exists()


def test_a_folder_that_moved_elsewhere_is_no_trouble(place: Path) -> None:
    """An environment that was built is put in its place."""
    with made("building", place) as folder:
        folder.rename(place / "kept")
    assert [path.name for path in place.iterdir()] == ["kept"]


@posix_only
@pytest.mark.parametrize("point", ["within", "_make_folder", "_empty", "_forget", "_is_locked"])
def test_a_killed_run_is_cleared_by_the_next(place: Path, point: str) -> None:
    """At any moment between the first file and the last."""
    done = subprocess.run([sys.executable, "-c", KILLED_INSIDE, str(place), point], check=False)
    assert done.returncode == KILLED
    assert list(place.iterdir()) != []
    with made("site") as folder:
        assert {path.name.removesuffix(".owner") for path in place.iterdir()} == {folder.name}


def test_a_run_that_lives_keeps_its_folder(place: Path) -> None:
    """Whoever clears: this process, or another one."""
    code = "import sys; from pathlib import Path; from pytest_speedup.against import scratch; "
    with made("base") as folder:
        clear(place)
        command = [sys.executable, "-c", f"{code}scratch.clear(Path(sys.argv[1]))", str(place)]
        subprocess.run(command, check=True)
        assert folder.is_dir()


def test_a_lock_may_be_the_whole_process_s(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As some disks of a network have it: one's own is no proof that nobody holds it."""
    monkeypatch.setattr(scratch, "try_lock", lambda _descriptor: True)
    with made("base") as folder:
        clear(place)
        assert folder.is_dir()


def test_without_locks_nothing_is_cleared(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows then who lives."""

    def refuse(_descriptor: int) -> bool:
        raise OSError

    folder = left(place)
    monkeypatch.setattr(scratch, "try_lock", refuse)
    with made("base"):
        pass
    assert folder.is_dir()


def test_a_name_that_is_cleared_before_it_is_locked_is_lost(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one is taken."""
    answers = iter([False, True])
    monkeypatch.setattr(scratch, "try_lock", lambda _descriptor: next(answers))
    with made("base") as folder:
        assert folder.is_dir()


@pytest.mark.parametrize(
    "name",
    ["speedup-base-mine", "speedup-results-0123abcd", "speedup-base-0123abcd.d", "base-0123abcd"],
)
def test_other_names_stay(place: Path, name: str) -> None:
    """Even beside a file that ends so."""
    folder = left(place, name)
    clear(place)
    assert (folder / "tree").is_dir()


def test_a_folder_without_an_owner_stays(place: Path) -> None:
    """It is not one of ours, whatever its name."""
    folder = place / "speedup-base-0123abcd"
    folder.mkdir()
    clear(place)
    assert folder.is_dir()


@posix_only
def test_links_are_not_followed(place: Path, tmp_path: Path) -> None:
    """Neither in place of a folder nor of the file beside it, nor within."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    left(place).rename(tmp_path / "away")
    (place / "speedup-base-0123abcd").symlink_to(precious)
    linked = left(place, "speedup-base-89abcdef")
    (place / f"{linked.name}.owner").unlink()
    (place / f"{linked.name}.owner").symlink_to(precious / "file")
    holding = left(place, "speedup-base-00000000")
    (holding / "link").symlink_to(precious)
    clear(place)
    assert (precious / "file").exists()
    assert linked.is_dir()
    assert not holding.exists()


@posix_only
def test_folders_of_others_stay(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where this user may remove them."""
    folder = left(place)
    monkeypatch.setattr("os.getuid", lambda: folder.stat().st_uid + 1)
    clear(place)
    assert (folder / "tree").is_dir()


def test_what_cannot_be_removed_now_is_tried_again(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file stays as long as it does."""
    folder = left(place)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_arguments, **_options: None)
        clear(place)
    assert folder.is_dir()
    clear(place)
    assert list(place.iterdir()) == []


def test_a_place_that_cannot_be_used_is_named(place: Path) -> None:
    """In one line that says what to do."""
    shutil.rmtree(place)
    with pytest.raises(SideError, match=r"^no folder can be made in .*: .*; make room .*$"):
        made("base").__enter__()


def test_no_file_is_left_of_a_folder_that_could_not_be_made(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full, say."""

    def refuse(_path: Path, mode: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.mkdir", refuse)
        with pytest.raises(SideError, match="No space left on device"):
            made("base").__enter__()
    assert list(place.iterdir()) == []
