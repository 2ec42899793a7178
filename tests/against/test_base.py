from __future__ import annotations

import errno
import subprocess
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import SideError, checked_out
from pytest_speedup.against.git import run_git
from pytest_speedup.errors import SpeedupError
from tests.clone import Clone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Nothing may be left in the folder of temporary files, nor known to git."""
    folder = tmp_path / "temporary files"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_the_base_is_checked_out_beside_the_users_tree(clone: Clone) -> None:
    """Uncommitted changes belong to head; the index and the tree stay as they are."""
    first = clone.commit("first")
    clone.commit("second")
    (clone.path / "code.txt").write_text("changed")
    (clone.path / "staged.txt").write_text("staged")
    clone.git("add", "staged.txt")
    before = clone.git("status", "--porcelain")
    with checked_out(clone.path, "HEAD~1") as base:
        assert base.commit == first
        assert (base.root / "code.txt").read_text() == "first"
        assert clone.git("status", "--porcelain") == before
    assert clone.git("status", "--porcelain") == before
    assert not base.root.exists()
    assert len(clone.git("worktree", "list").splitlines()) == 1


@pytest.mark.parametrize("ref", ["main", "v1", "HEAD~1"], ids=str)
def test_any_name_of_a_commit_will_do(clone: Clone, ref: str) -> None:
    """A branch, a tag, a place in history."""
    clone.commit("first")
    clone.git("tag", "--annotate", "--message=x", "v1")
    clone.git("switch", "--quiet", "--create=work")
    clone.commit("second")
    with checked_out(clone.path, ref) as base:
        assert (base.root / "code.txt").read_text() == "first"


def test_the_merge_base_is_where_head_left(clone: Clone) -> None:
    """What has come to the other branch since then is not ours to answer for."""
    left = clone.commit("first")
    clone.git("switch", "--quiet", "--create=work")
    clone.commit("ours", "ours.txt")
    clone.git("switch", "--quiet", "main")
    clone.commit("theirs")
    clone.git("switch", "--quiet", "work")
    with checked_out(clone.path, "merge-base:main") as base:
        assert base.commit == left


def test_a_root_inside_the_repository_has_its_counterpart(clone: Clone) -> None:
    """A repository may hold several projects."""
    clone.commit("first", "part/code.txt")
    with checked_out(clone.path / "part", "HEAD") as base:
        assert (base.root / "code.txt").read_text() == "first"


def test_paths_in_the_tree_are_hardly_longer_than_the_users(clone: Clone, temporary: Path) -> None:
    """Windows has 260 letters for one, unless git and Python are told otherwise: git is."""
    clone.commit("first")
    with checked_out(clone.path, "HEAD") as base:
        assert len(str(base.root)) - len(str(temporary)) <= 40
    assert run_git(clone.path, "config", "core.longpaths") == "true"


def test_the_tree_goes_whatever_happens(clone: Clone) -> None:
    """Ctrl-C among it; a file that was written into it does not keep it."""
    clone.commit("first")

    def interrupt() -> None:
        with checked_out(clone.path, "HEAD") as base:
            (base.root / "new.txt").write_text("new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert len(clone.git("worktree", "list").splitlines()) == 1


def test_hooks_of_the_project_do_not_run(clone: Clone) -> None:
    """They are for its own checkouts."""
    clone.commit("first")
    hook = clone.path / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch '{clone.path}/ran'\n")
    hook.chmod(0o755)
    with checked_out(clone.path, "HEAD"):
        pass
    assert not (clone.path / "ran").exists()


def test_the_repository_of_a_commit_hook_is_not_taken(
    clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """git tells a hook's children which repository they are in; ours is that of the root."""
    clone.commit("first")
    other = Clone(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    with checked_out(clone.path, "HEAD") as base:
        assert (base.root / "code.txt").exists()


def check_out(folder: Path, ref: str) -> None:
    with checked_out(folder, ref):
        pass


def test_an_unknown_ref_is_named_with_the_fetch_command(clone: Clone) -> None:
    """It may be a branch or a tag, and git finds out which."""
    clone.commit("first")
    message = r"repository has no commit 'nonsense'; fetch it with: git fetch origin nonsense:nonse"
    with pytest.raises(SpeedupError, match=message):
        check_out(clone.path, "nonsense")


@pytest.mark.parametrize("ref", ["--help", "-c", "", "HEAD:code.txt", "HEAD~3"])
def test_what_cannot_be_fetched_is_named(clone: Clone, ref: str) -> None:
    """None of them is taken for an option."""
    clone.commit("first")
    with pytest.raises(SpeedupError, match=r"has no commit '.*'; name another base: a branch, a t"):
        check_out(clone.path, ref)


def make_shallow(clone: Clone, tmp_path: Path) -> Path:
    shallow = tmp_path / "shallow"
    command = ["git", "clone", "--quiet", "--depth=1", clone.path.as_uri(), str(shallow)]
    subprocess.run(command, check=True)
    return shallow


def test_a_shallow_clone_says_what_to_fetch(clone: Clone, tmp_path: Path) -> None:
    """As CI makes them."""
    clone.commit("first")
    clone.commit("second")
    shallow = make_shallow(clone, tmp_path)
    message = r"this shallow clone has no commit 'origin/work'; fetch it with: (git fetch .*)$"
    with pytest.raises(SpeedupError, match=message) as refused:
        check_out(shallow, "origin/work")
    clone.git("branch", "work", "HEAD~1")
    fetch = str(refused.value).rpartition("fetch it with: ")[2]
    subprocess.run(fetch.split(), cwd=shallow, check=True)
    check_out(shallow, "origin/work")


def test_a_shallow_clone_can_be_made_whole(clone: Clone, tmp_path: Path) -> None:
    """A place in history has no name to fetch it by."""
    clone.commit("first")
    clone.commit("second")
    shallow = make_shallow(clone, tmp_path)
    with pytest.raises(SpeedupError, match=r"no commit 'HEAD~1'.*: git fetch --unshallow; or name"):
        check_out(shallow, "HEAD~1")


def test_commits_without_common_history_say_so(clone: Clone) -> None:
    """There is no merge base then."""
    clone.commit("first")
    clone.git("switch", "--quiet", "--orphan=work")
    clone.commit("second")
    with pytest.raises(SpeedupError, match=r"HEAD and main have no common commit here"):
        check_out(clone.path, "merge-base:main")


def test_a_folder_that_base_has_not_is_named(clone: Clone) -> None:
    """The project was added later."""
    clone.commit("first")
    clone.commit("second", "part/code.txt")
    with pytest.raises(SpeedupError, match=r"HEAD~1 \(.*\) has no folder part"):
        check_out(clone.path / "part", "HEAD~1")


def test_a_folder_outside_any_repository_is_named(tmp_path: Path) -> None:
    """There is nothing to compare with."""
    folder = tmp_path / "plain"
    folder.mkdir()
    with pytest.raises(SpeedupError, match=r"compares commits, and .*plain is in none"):
        check_out(folder, "HEAD")


def test_a_repository_of_somebody_else_is_refused_with_gits_advice(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container often runs as another user than who made the clone."""
    clone.commit("first")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    message = r"fatal: .*dubious ownership.* call: (git config --global --add safe\.directory .*)$"
    with pytest.raises(SpeedupError, match=message) as refused:
        check_out(clone.path, "HEAD")
    assert str(clone.path) in str(refused.value).rpartition("safe.directory")[2]


def test_a_full_disk_is_said_in_one_line(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the folder that has no room."""

    def refuse(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    clone.commit("first")
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.write_bytes", refuse)
        with pytest.raises(
            SideError, match=r"^base .* into .*speedup-base-\w+: No space left on device$"
        ):
            check_out(clone.path, "HEAD")


def test_without_git_it_says_so(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """A minimal container has none."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SpeedupError, match=r"^git is not installed"):
        check_out(clone.path, "HEAD")
