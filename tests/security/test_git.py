"""git is asked about names and folders that somebody else chose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import find_base, run_git
from pytest_speedup.errors import SpeedupError
from pytest_speedup.settings.parsing import parse_ref, parse_reports
from tests.clone import Clone

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
