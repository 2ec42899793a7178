from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

from pytest_speedup.platforms import remove_tree
from tests.posix import posix_only

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_folder_goes_with_files_that_may_only_be_read(tmp_path: Path) -> None:
    """As git's own."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").touch(0o400)
    remove_tree(folder)
    assert not folder.exists()


@posix_only
def test_folders_that_keep_everybody_out_go_too(tmp_path: Path) -> None:
    """A test of the base may have made one; what a link leads to stays as it is."""
    closed = tmp_path / "folder" / "closed"
    closed.mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    outside.chmod(0o500)
    (closed / "file").touch()
    (closed / "link").symlink_to(outside)
    closed.chmod(0o000)
    remove_tree(tmp_path / "folder")
    assert not (tmp_path / "folder").exists()
    assert outside.stat().st_mode & 0o777 == 0o500


@posix_only
def test_other_links_to_a_file_keep_their_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installers link files of their caches, and trees have links to anywhere."""
    precious = tmp_path / "precious"
    precious.touch(0o640)
    folder = tmp_path / "folder"
    folder.mkdir()
    os.link(precious, folder / "hard")
    (folder / "soft").symlink_to(precious)

    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise PermissionError

    monkeypatch.setattr(os, "unlink", refuse)
    remove_tree(folder)
    assert precious.stat().st_mode & 0o777 == 0o640


def test_what_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    """Somebody else may have removed it."""
    remove_tree(tmp_path / "nothing")
