"""The base commit, checked out: beside the user's repository, and as it would be in it."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.base import checked_out
from pytest_speedup.against.git import run_git
from pytest_speedup.against.side import SideError
from pytest_speedup.errors import SpeedupError
from tests.clone import Clone
from tests.posix import posix_only

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
    with pytest.raises(SpeedupError, match=r"compared by its commits, and .*plain is in none"):
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


ALLOW_FILES = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "protocol.file.allow",
    "GIT_CONFIG_VALUE_0": "always",
}


def digest(folder: Path) -> dict[str, str]:
    """Every file of a folder, and its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def git(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def cloned(clone: Clone, *options: str) -> Path:
    folder = clone.path.parent / "cloned"
    git(clone.path, "clone", "--quiet", *options, clone.path.as_uri(), str(folder))
    return folder


def read_base(folder: Path, ref: str = "HEAD", name: str = "code.txt") -> bytes:
    with checked_out(folder, ref) as base:
        return (base.top / name).read_bytes()


def test_the_base_knows_its_tree_and_its_top(clone: Clone) -> None:
    """The tree names every file in it; the root may lie deeper."""
    clone.commit("first", "part/code.txt")
    with checked_out(clone.path / "part", "HEAD") as base:
        assert base.tree == clone.git("rev-parse", "HEAD^{tree}")
        assert base.top == base.root.parent


def test_nothing_is_written_to_the_users_repository(clone: Clone) -> None:
    """Its index is older than a file that did not change, which git would write down."""
    clone.commit("first")
    clone.commit("second")
    os.utime(clone.path / "code.txt", (1, 1))
    before = digest(clone.path)
    with checked_out(clone.path, "HEAD~1") as base:
        run_git(base.top, "status")
        run_git(clone.path, "status")
    assert digest(clone.path) == before


def test_the_version_is_what_the_users_history_says(clone: Clone) -> None:
    """As tools that make a version of tags ask for it; files count as unchanged."""
    clone.commit("first")
    clone.git("tag", "--annotate", "--message=x", "v1.2")
    clone.git("tag", "v1.3rc1")
    clone.commit("second")
    clone.git("config", "core.autocrlf", "true")
    described = clone.git("describe", "--tags", "--long", "--dirty")
    with checked_out(clone.path, "HEAD") as base:
        assert git(base.top, "describe", "--tags", "--long", "--dirty") == described
        assert git(base.top, "describe", "--long") == clone.git("describe", "--long")
        assert git(base.top, "rev-parse", "main") == base.commit
        assert git(base.top, "status", "--porcelain") == ""


def test_files_that_are_not_exported_are_there(clone: Clone) -> None:
    """They are the base's code all the same."""
    (clone.path / ".gitattributes").write_text("code.txt export-ignore\n")
    clone.commit("first")
    assert read_base(clone.path) == b"first"


@pytest.mark.parametrize("attributes", [".gitattributes", ".git/info/attributes"])
def test_files_are_checked_out_as_the_user_has_them(clone: Clone, attributes: str) -> None:
    """Line ends and filters of the repository's own settings, whoever names the files."""
    (clone.path / attributes).write_text("*.txt text\n*.up filter=up\n")
    clone.git("config", "core.eol", "crlf")
    clone.git("config", "filter.up.smudge", "tr a-z A-Z")
    clone.commit("loud", "code.up")
    clone.commit("a\nb\n")
    assert read_base(clone.path) == b"a\r\nb\r\n"
    assert read_base(clone.path, "HEAD", "code.up") == b"LOUD"


@posix_only
def test_links_are_texts_where_the_user_has_them_so(clone: Clone) -> None:
    """As on a disk that knows no links."""
    (clone.path / "link").symlink_to("code.txt")
    clone.commit("first")
    clone.git("config", "core.symlinks", "false")
    assert read_base(clone.path, "HEAD", "link") == b"code.txt"


def test_a_part_of_the_tree_is_no_reason_to_lack_the_rest(clone: Clone) -> None:
    """The user's own working tree may be a sparse one."""
    clone.commit("first", "part/code.txt")
    clone.commit("second", "other/code.txt")
    clone.git("sparse-checkout", "set", "other")
    assert not (clone.path / "part").exists()
    assert read_base(clone.path, "HEAD", "part/code.txt") == b"first"


def test_a_shallow_clone_is_enough(clone: Clone) -> None:
    """As CI makes them: history ends where the clone's does, and nothing is amiss."""
    clone.commit("first")
    clone.commit("second")
    clone.commit("third")
    folder = cloned(clone, "--depth=2")
    with checked_out(folder, "HEAD~1") as base:
        assert (base.root / "code.txt").read_text() == "second"
        assert git(base.top, "rev-list", "--count", "HEAD") == "1"
        assert git(base.top, "fsck", "--connectivity-only") == ""


def test_a_linked_worktree_has_the_same_repository(clone: Clone) -> None:
    """And a head of its own."""
    clone.commit("first")
    clone.git("worktree", "add", "--quiet", "-b", "work", "../linked")
    linked = clone.path.parent / "linked"
    (linked / "code.txt").write_text("second")
    git(linked, "commit", "--quiet", "--all", "--message=second")
    before = digest(clone.path)
    assert read_base(linked) == b"second"
    assert read_base(linked, "main") == b"first"
    assert digest(clone.path) == before


def test_worktrees_that_are_out_of_reach_keep_their_index(clone: Clone) -> None:
    """Their disk may not be mounted now."""
    clone.commit("first")
    clone.git("worktree", "add", "--quiet", "-b", "work", "../second")
    second, away = (clone.path.parent / name for name in ("second", "away"))
    (second / "new").touch()
    git(second, "add", "new")
    second.rename(away)
    assert read_base(clone.path) == b"first"
    away.rename(second)
    assert git(second, "status", "--porcelain") == "A  new"


@pytest.mark.parametrize("relative", [False, True], ids=["absolute", "relative"])
def test_the_users_repository_may_borrow_itself(clone: Clone, *, relative: bool) -> None:
    """From one that may borrow in turn."""
    clone.commit("first")
    folder = cloned(clone, "--reference", str(clone.path))
    if relative:
        (folder / ".git/objects/info/alternates").write_text("../../../a clone/.git/objects\n")
    assert git(folder, "count-objects").startswith("0 ")
    assert read_base(folder) == b"first"


def test_a_path_may_hold_any_letter(tmp_path: Path) -> None:
    """The list of borrowed objects has a line for each."""
    clone = Clone(tmp_path / 'a "path" of \\ #1 ü')
    clone.commit("first")
    assert read_base(clone.path) == b"first"


@posix_only
def test_a_path_may_hold_a_line_end(tmp_path: Path) -> None:
    """Which would begin another line of that list."""
    clone = Clone(tmp_path / "a\npath")
    clone.commit("first")
    assert read_base(clone.path) == b"first"


def test_other_names_of_objects_do_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git will take longer ones."""
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    clone = Clone(tmp_path / "clone")
    commit = clone.commit("first")
    monkeypatch.delenv("GIT_DEFAULT_HASH")
    assert len(commit) == 64
    assert read_base(clone.path) == b"first"


def test_a_hook_may_have_said_where_objects_lie(
    clone: Clone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The repository of our own has a place of its own."""
    clone.commit("first")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "elsewhere"))
    assert read_base(clone.path) == b"first"
    assert not (tmp_path / "elsewhere").exists()


def make_partial(clone: Clone) -> Path:
    clone.commit("first")
    clone.commit("second")
    clone.git("config", "uploadpack.allowFilter", "true")
    clone.git("config", "uploadpack.allowAnySHA1InWant", "true")
    return cloned(clone, "--filter=blob:none")


def test_what_a_partial_clone_lacks_is_fetched_elsewhere(clone: Clone) -> None:
    """The user's own goes on lacking it."""
    folder = make_partial(clone)
    before = digest(folder)
    assert read_base(folder, "HEAD~1") == b"first"
    assert digest(folder) == before


def test_a_remote_may_be_named_from_the_users_folder(clone: Clone) -> None:
    """The base's is another one."""
    folder = make_partial(clone)
    git(folder, "config", "remote.origin.url", "../a clone")
    assert read_base(folder, "HEAD~1") == b"first"


def test_objects_come_the_way_that_the_user_set(clone: Clone) -> None:
    """Which may be another address, or need a password."""
    folder = make_partial(clone)
    git(folder, "config", f"url.{clone.path.as_uri()}.insteadOf", "https://example.invalid/x")
    git(folder, "config", "remote.origin.url", "https://example.invalid/x")
    assert read_base(folder, "HEAD~1") == b"first"


def test_what_a_partial_clone_cannot_get_is_said(clone: Clone) -> None:
    """With the command that gets it."""
    folder = make_partial(clone)
    away = clone.path.rename(clone.path.parent / "away")
    with pytest.raises(SideError, match="this partial clone may lack its files") as refused:
        read_base(folder, "HEAD~1")
    assert "\n" not in str(refused.value)
    away.rename(clone.path)
    fetch = str(refused.value).rpartition("fetch them with: ")[2]
    subprocess.run(fetch.split(), cwd=folder, check=True)
    clone.path.rename(away)
    assert read_base(folder, "HEAD~1") == b"first"


def test_asking_fetches_nothing(clone: Clone) -> None:
    """Even a name of something that lies elsewhere."""
    folder = make_partial(clone)
    before = digest(folder)
    blob = clone.git("rev-parse", "HEAD~1:code.txt")
    with pytest.raises(Exception, match="has no commit"):
        read_base(folder, blob)
    assert digest(folder) == before


def add_submodule(clone: Clone, name: str = "part") -> Clone:
    part = Clone(clone.path.parent / f"source of {name}")
    part.commit("of the part")
    allow = ("-c", "protocol.file.allow=always")
    clone.git(*allow, "submodule", "--quiet", "add", part.path.as_uri(), name)
    clone.commit("with a part")
    return part


def test_submodules_are_borrowed_where_the_user_has_them(clone: Clone) -> None:
    """Without any way to fetch one, and at the commit of the base."""
    part = add_submodule(clone)
    git(clone.path / "part", "commit", "--quiet", "--allow-empty", "--message=later")
    clone.commit("later")
    part.path.rename(part.path.parent / "gone")
    before = digest(clone.path)
    with checked_out(clone.path, "HEAD~1") as base:
        assert (base.top / "part/code.txt").read_text() == "of the part"
        assert git(base.top, "status", "--porcelain") == ""
    assert digest(clone.path) == before


def test_a_linked_worktree_borrows_submodules_as_well(clone: Clone) -> None:
    """Those of the repository that it belongs to."""
    add_submodule(clone)
    clone.git("worktree", "add", "--quiet", "-b", "work", "../linked")
    assert read_base(clone.path.parent / "linked", "HEAD", "part/code.txt") == b"of the part"


def test_submodules_within_submodules_are_there(clone: Clone) -> None:
    """Borrowed at each level."""
    part = add_submodule(clone)
    add_submodule(part, "inner")
    allow = ("-c", "protocol.file.allow=always")
    git(clone.path / "part", "pull", "--quiet", "origin", "main")
    clone.commit("deeper")
    clone.git(*allow, "submodule", "--quiet", "update", "--init", "--recursive")
    assert read_base(clone.path, "HEAD", "part/inner/code.txt") == b"of the part"


def test_submodules_that_the_user_lacks_are_fetched(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a clone without them."""
    add_submodule(clone)
    folder = cloned(clone)
    for name, value in ALLOW_FILES.items():
        monkeypatch.setenv(name, value)
    assert read_base(folder, "HEAD", "part/code.txt") == b"of the part"


def test_a_submodule_that_cannot_be_had_is_said(clone: Clone) -> None:
    """In one line."""
    add_submodule(clone)
    with pytest.raises(SideError, match=r"base .* cannot be checked out .*: fatal: transport .*$"):
        read_base(cloned(clone))
