"""Where files are written: to the named path, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.reports import RENDERERS
from pytest_speedup.storage import SaveError, refuse_way_out, write_new, write_over
from tests.security.hostile import hostile_report

if TYPE_CHECKING:
    from pathlib import Path

CLIMBING = "../../../escaped/\x00/C:\\escaped"


def listing(folder: Path) -> dict[str, bytes | None]:
    """All files below a folder with what is in them, and all folders."""
    return {
        one.relative_to(folder).as_posix(): None if one.is_dir() else one.read_bytes()
        for one in folder.rglob("*")
    }


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project, beside something that is not to be touched."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("as it was")
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


@pytest.mark.parametrize("suffix", [".md", ".json"])
def test_a_name_is_never_a_path(tree: Path, suffix: str) -> None:
    """A report of cells that are called like files is one file."""
    before = listing(tree.parent)
    write_over(tree / f"report{suffix}", RENDERERS[suffix](hostile_report(CLIMBING)).encode())
    after = listing(tree.parent)
    assert after.keys() - before.keys() == {f"tree/report{suffix}"}
    assert {name: after[name] for name in before} == before


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this system makes no links")


def test_a_link_in_the_place_of_a_report_is_replaced(tree: Path) -> None:
    """What it leads to stays as it was."""
    link(tree / "report.md", tree.parent / "outside" / "secret")
    refuse_way_out(tree / "report.md", [tree])
    write_over(tree / "report.md", b"report")
    assert (tree.parent / "outside" / "secret").read_text() == "as it was"
    assert not (tree / "report.md").is_symlink()


def test_a_link_in_the_place_of_a_saved_run_is_not_followed(tree: Path) -> None:
    """Nor is one in the place of what marks its number as taken."""
    link(tree / "0001_run.json", tree.parent / "outside" / "secret")
    link(tree / ".0002.claim", tree.parent / "outside" / "new")
    assert write_new(tree, "_run.json", b"run").name == "0003_run.json"
    assert set(listing(tree.parent / "outside")) == {"secret"}


def test_a_folder_that_leads_elsewhere_is_refused(tree: Path) -> None:
    """A pull request may bring a link where a workflow names a folder."""
    link(tree / "reports", tree.parent / "outside")
    before = listing(tree.parent)
    for path in (tree / "reports" / "a.md", tree / "x" / ".." / "reports" / "a" / "b.md"):
        with pytest.raises(SaveError, match=r"a link on the way leads out of .*tree; name the"):
            refuse_way_out(path, [tree])
    assert listing(tree.parent) == before


def test_what_is_named_elsewhere_is_the_users_choice(tree: Path) -> None:
    """As is a link within the tree, and one on the way to it."""
    link(tree / "inside", tree / "folder")
    link(tree.parent / "way", tree)
    refuse_way_out(tree.parent / "outside" / "a.md", [tree])
    refuse_way_out(tree / ".." / "outside" / "a.md", [tree])
    refuse_way_out(tree / "inside" / "a.md", [tree])
    refuse_way_out(tree.parent / "way" / "a.md", [tree.parent / "way", tree])


def test_paths_may_be_relative(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the folder that pytest runs in."""
    monkeypatch.chdir(tree)
    link(tree / "reports", tree.parent / "outside")
    refuse_way_out(type(tree)("a.md"), [tree])
    with pytest.raises(SaveError):
        refuse_way_out(type(tree)("reports/a.md"), [tree])
