"""A working tree as git would commit it, and the data that git ignores."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import worktree
from pytest_speedup.against.base import Base, copy_worktree, names_tip
from pytest_speedup.against.git import run_git
from pytest_speedup.against.side import SideError
from pytest_speedup.against.worktree import (
    WorkTree,
    read_worktree,
    word_data_of_head,
    word_missing_data,
)
from tests.clone import Clone

if TYPE_CHECKING:
    from pathlib import Path

SECOND = 1_700_000_000
"""Of a commit."""


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_clean_tree_is_that_of_its_commit(clone: Clone) -> None:
    """And the repository is only read, its index and objects too."""
    clone.commit("a\n", "a.txt")
    before = files_of(clone.path)
    tree = read_worktree(clone.path)
    assert tree.name == clone.git("rev-parse", "HEAD^{tree}")
    assert [*tree.blobs] == ["a.txt"]
    (clone.path / "a.txt").write_text("b\n")
    (clone.path / "new.txt").write_text("new\n")
    read_worktree(clone.path)
    (clone.path / "a.txt").write_text("a\n")
    (clone.path / "new.txt").unlink()
    assert files_of(clone.path) == before


def test_what_is_not_committed_makes_another_tree(clone: Clone) -> None:
    """Changed, new and removed files; not ignored ones."""
    clone.commit("a\n", "a.txt")
    clone.commit("ignored\n", ".gitignore")
    names = [read_worktree(clone.path).name]
    (clone.path / "ignored").write_text("")
    assert read_worktree(clone.path).name == names[0]
    (clone.path / "new.txt").write_text("")
    names.append(read_worktree(clone.path).name)
    (clone.path / "a.txt").write_text("b\n")
    names.append(read_worktree(clone.path).name)
    (clone.path / "a.txt").unlink()
    names.append(read_worktree(clone.path).name)
    assert len({*names}) == 4


def test_large_data_is_named_and_not_read(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no commit's, so that the tree is not that of one."""
    commit = clone.commit("a\n", "a.txt")
    monkeypatch.setattr(worktree, "MAX_UNTRACKED_BYTES", 1)
    (clone.path / "large.bin").write_text("large")
    tree = read_worktree(clone.path)
    assert tree.left_out == ("large.bin",)
    assert tree.name == f"{clone.git('rev-parse', commit + '^{tree}')} + 1 large"


def test_changes_are_seen_and_line_endings_are_none(clone: Clone) -> None:
    """What a filter of git makes of a file is no change."""
    clone.commit("*.crlf text eol=crlf\n", ".gitattributes")
    clone.commit("a\n", "a.txt")
    (clone.path / "b.crlf").write_bytes(b"b\r\n")
    tree = read_worktree(clone.path)
    assert tree.changed(tree.blobs) == []
    (clone.path / "a.txt").write_text("b\n")
    assert tree.changed(tree.blobs) == ["a.txt"]
    (clone.path / "a.txt").unlink()
    assert tree.changed(tree.blobs) == ["a.txt"]


def test_a_change_in_the_second_of_the_commit_is_seen(clone: Clone) -> None:
    """Of the same size as well: a script commits and goes on at once."""
    clone.git("config", "core.trustctime", "false")  # the time of the change cannot be forged
    clone.commit("a = 1\n", "acme.py")
    file, index = clone.path / "acme.py", clone.path / ".git" / "index"
    os.utime(file, (SECOND, SECOND))
    clone.git("update-index", "--refresh")
    os.utime(index, (SECOND, SECOND))
    file.write_text("a = 2\n")
    os.utime(file, (SECOND, SECOND))
    assert read_worktree(clone.path).name != clone.git("rev-parse", "HEAD^{tree}")


def test_a_copy_has_the_history_and_what_is_not_committed(clone: Clone, tmp_path: Path) -> None:
    """A build asks git for the version, and writes beside the source."""
    clone.commit("a\n", "a.txt")
    commit = clone.commit("gone\n", "gone.txt")
    (clone.path / "gone.txt").unlink()
    (clone.path / "a.txt").write_text("b\n")
    (clone.path / "new.txt").write_text("new\n")
    tree = read_worktree(clone.path)
    copy_worktree(tree, tmp_path / "copy")
    copied = read_worktree(tmp_path / "copy")
    assert copied.name == tree.name
    assert run_git(tmp_path / "copy", "rev-parse", "HEAD") == commit


def test_no_repository_is_an_error(tmp_path: Path) -> None:
    """With what git says."""
    with pytest.raises(SideError, match=r"cannot be read: .*not a git repository"):
        read_worktree(tmp_path)


@pytest.mark.parametrize(
    ("ref", "is_tip"),
    [("main", True), ("merge-base:main", True), ("HEAD", False), ("old", False), ("HEAD~0", False)],
)
def test_a_branch_whose_tip_is_head_is_one(clone: Clone, ref: str, *, is_tip: bool) -> None:
    """HEAD itself, a tag or a place in history were meant to be something else."""
    commit = clone.commit("a\n")
    clone.git("tag", "old")
    base = Base(ref, commit, clone.path, "t", clone.path)
    assert names_tip(clone.path, base) is is_tip


def test_files_are_found_by_how_they_end(tmp_path: Path) -> None:
    """By whole parts of their path."""
    tree = WorkTree(tmp_path, "t", dict.fromkeys(["a/b.py", "src/a/b.py", "xa/b.py", "b.py"], "0"))
    assert [*tree.ending_in("a/b.py")] == ["a/b.py", "src/a/b.py"]
    assert [*tree.ending_in("b.py")] == [*tree.blobs]
    assert [*tree.ending_in("c.py")] == []


IGNORED = "*.bin\ndata/\n.venv/\n*.egg-info/\nbuild/\n.pytest_cache/\nenv/\n*.pyc\n"


def head_of(tmp_path: Path, *files: str) -> Path:
    clone = Clone(tmp_path / "head")
    clone.commit(IGNORED, ".gitignore")
    for name in files:
        (file := clone.path / name).parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return clone.path


def test_all_that_head_alone_has_is_named(tmp_path: Path) -> None:
    """A folder as one; what tools make is no data."""
    tools = (".venv/pyvenv.cfg", "env/pyvenv.cfg", "env/a.bin", "a.egg-info/PKG-INFO", "build/a")
    head = head_of(tmp_path, "data/a", "data/b", "x.bin", ".pytest_cache/v", "a.pyc", *tools)
    (base := tmp_path / "base").mkdir()
    assert word_data_of_head(head, base) == "data, x.bin"
    (base / "x.bin").touch()
    assert word_data_of_head(head, base) == "data"
    (base / "data").mkdir()
    assert word_data_of_head(head, base) == "none"


def test_only_some_are_named(tmp_path: Path) -> None:
    """And how many there are more."""
    head = head_of(tmp_path, *(f"{name}.bin" for name in "abcde"))
    assert word_data_of_head(head, tmp_path) == "a.bin, b.bin, c.bin and 2 more"


def test_what_a_base_failed_for_is_named(tmp_path: Path) -> None:
    """By the path, or the quoted name, that it said."""
    head = head_of(tmp_path, "data/a", "x.bin")
    (line,) = word_missing_data(["no such file: 'x.bin'"], head, tmp_path)
    assert line.startswith("the base has no x.bin: git ignores it")
    assert word_missing_data(["no such file: 'y.bin'"], head, tmp_path) == []
