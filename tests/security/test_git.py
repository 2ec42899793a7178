"""git is asked about names and folders that somebody else chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.base import Lender, checked_out, find_base
from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.errors import SpeedupError
from pytest_speedup.parsing import parse_ref, parse_reports
from tests.clone import Clone
from tests.posix import posix_only

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "ref",
    [
        "--upload-pack=touch x",
        "merge-base:--output=x",
        "a\x00b",
        "a\nb",
        "\x1b[2J",
        "\u202emain",
        "x" * 1_001,
    ],
)
def test_refs_that_are_none_are_refused(ref: str) -> None:
    """Before git hears of them; in one short line."""
    with pytest.raises(SpeedupError, match="a commit is named as for git") as error:
        parse_ref(ref)
    assert str(error.value).isprintable()
    assert len(str(error.value)) < 1_200


@pytest.mark.parametrize("path", ["a\x00.md", "a\n.md", "\x1b[2J.md", "x" * 1_001 + ".md"])
def test_report_paths_that_are_none_are_refused(path: str) -> None:
    """At the beginning of a run, not after it."""
    with pytest.raises(SpeedupError, match="reports are files that end in"):
        parse_reports(path)


@pytest.mark.parametrize(
    "ref",
    [
        "-h",
        "--help",
        "--exec=touch ran",
        "@{-1}",
        ":/.*",
        "x;touch ran",
        "$(touch ran)",
        "`touch ran`",
    ],
)
def test_no_ref_runs_anything(tmp_path: Path, ref: str) -> None:
    """Whoever calls git with it."""
    clone = Clone(tmp_path / "clone")
    clone.commit("first")
    try:
        find_base(clone.path, ref)
    except SpeedupError as error:
        assert "no commit" in str(error)  # noqa: PT017 - some of these are commits
    assert not list(tmp_path.rglob("ran"))


def test_a_folder_that_looks_like_a_repository_is_none(tmp_path: Path) -> None:
    """It may have come with a pull request, with commands in its configuration."""
    clone = Clone(tmp_path / "clone")
    clone.commit("first")
    within = clone.path / "benchmarks"
    for folder in ("objects", "refs"):
        (within / folder).mkdir(parents=True)
    (within / "HEAD").write_text("ref: refs/heads/main\n")
    (within / "config").write_text(
        f"[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = {clone.path}\n"
        f"\tfsmonitor = touch {tmp_path / 'ran'}\n"
    )
    with pytest.raises(SpeedupError):
        run_git(within, "status")
    assert not (tmp_path / "ran").exists()


@posix_only
def test_a_checkout_runs_no_hook(tmp_path: Path) -> None:
    """A project's hooks are for its own commits."""
    clone = Clone(tmp_path / "clone")
    clone.commit("first")
    hook = clone.path / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path / 'ran'}'\n")
    hook.chmod(0o755)
    with checked_out(clone.path, "HEAD"):
        assert not (tmp_path / "ran").exists()


@posix_only
def test_hooks_of_other_places_do_not_run_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder named in the settings, and one that is copied into each new repository."""
    clone = Clone(tmp_path / "clone")
    clone.commit("first")
    hook = tmp_path / "template" / "hooks" / "post-checkout"
    hook.parent.mkdir(parents=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path / 'ran'}'\n")
    hook.chmod(0o755)
    clone.git("config", "core.hooksPath", str(hook.parent))
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(hook.parents[1]))
    with checked_out(clone.path, "HEAD") as base:
        assert not (base.top / ".git" / "hooks").exists()
    assert not (tmp_path / "ran").exists()


def test_secrets_of_the_settings_are_put_into_no_file(tmp_path: Path) -> None:
    """A runner writes its token there; what is temporary may outlive a killed run."""
    clone = Clone(tmp_path / "clone")
    clone.commit("first")
    clone.git("config", "http.https://example.org/.extraHeader", "AUTHORIZATION: hush-hush")
    with checked_out(clone.path, "HEAD") as base:
        files = [path for path in base.top.rglob("*") if path.is_file()]
        assert (base.top / ".git" / "config") in files
        assert [path for path in files if b"hush-hush" in path.read_bytes()] == []


@pytest.mark.parametrize("name", ["", "..", "../x", "a/../../x", "a\\..\\x", "/x", "./x"])
def test_the_name_of_a_submodule_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    """It is what a commit says."""
    clone = Clone(tmp_path / "clone")
    for folder in (tmp_path / "clone" / ".git" / "x", tmp_path / "clone" / "x"):
        folder.mkdir()
        (folder / "HEAD").touch()
    assert Lender(clone.path / ".git").module(name) is None


@posix_only
def test_a_submodule_runs_no_command_of_the_settings(tmp_path: Path) -> None:
    """Such as the one that updates it."""
    part = Clone(tmp_path / "part")
    part.commit("of the part")
    clone = Clone(tmp_path / "clone")
    allow = ("-c", "protocol.file.allow=always")
    clone.git(*allow, "submodule", "--quiet", "add", str(part.path), "part")
    clone.commit("first")
    clone.git("config", "submodule.part.update", f"!touch '{tmp_path / 'ran'}'")
    with checked_out(clone.path, "HEAD") as base:
        assert (base.top / "part" / "code.txt").exists()
    assert not (tmp_path / "ran").exists()


@posix_only
def test_nobody_else_is_asked_which_files_changed(tmp_path: Path) -> None:
    """A monitor of files is a command."""
    clone = Clone(tmp_path / "clone")
    clone.commit("first")
    clone.git("config", "core.fsmonitor", f"touch '{tmp_path / 'ran'}'; false")
    run_git(clone.path, "status")
    assert not (tmp_path / "ran").exists()


@posix_only
def test_an_address_is_no_command(tmp_path: Path) -> None:
    """Not even where the repository allows it; a submodule's could be one."""
    clone = Clone(tmp_path / "clone")
    clone.commit("first")
    clone.git("config", "protocol.ext.allow", "always")
    with pytest.raises(GitError, match="not allowed"):
        run_git(clone.path, "ls-remote", f"ext::touch {tmp_path / 'ran'}")
    assert not (tmp_path / "ran").exists()
