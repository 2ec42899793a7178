"""Data that git ignores, and the base lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.against import word_data_of_head, word_missing_data
from tests.clone import Clone

if TYPE_CHECKING:
    from pathlib import Path

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
