"""What lock files pin, and whether it is what was installed."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from pytest_speedup.against import Locked, locked_versions, read_worktree
from tests.clone import Clone

if TYPE_CHECKING:
    from pathlib import Path

ROOT = PurePosixPath()
ENTRY = '[[{}]]\nname = "{}"\nversion = "{}"\n{}\n'


def entry(name: str, version: str, more: str = "", table: str = "package") -> str:
    return ENTRY.format(table, name, version, more)


def locked(folder: Path, files: dict[str, str], extras: str = "", *below: str) -> Locked:
    clone = Clone(folder)
    for name, text in {"empty": "nothing", **files}.items():
        clone.commit(text, name)
    folders = [*map(PurePosixPath, below), ROOT]
    return locked_versions(read_worktree(clone.path), folders, extras, {"pytest"})


@pytest.mark.parametrize("name", ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"])
def test_each_kind_of_lock_pins(tmp_path: Path, name: str) -> None:
    """But for what measures, and for the projects of the tree itself."""
    table = "packages" if name == "pylock.toml" else "package"
    text = "".join(entry(one, "1.0", "", table) for one in ("Acme.Dep", "pytest", "own"))
    found = locked(tmp_path / "t", {name: text, "pyproject.toml": '[project]\nname = "own"\n'})
    assert found.constraints == ["acme-dep==1.0"]
    assert found.sources == (name,)


def test_of_several_files_the_first_holds(tmp_path: Path) -> None:
    """The nearest, and uv's before the others."""
    files = {
        "poetry.lock": entry("a", "1") + entry("b", "1") + entry("c", "1"),
        "uv.lock": entry("a", "2") + entry("b", "2"),
        "sub/pdm.lock": entry("a", "3"),
    }
    found = locked(tmp_path / "t", files, "", "sub")
    assert sorted(found.constraints) == ["a==3", "b==2", "c==1"]
    assert found.sources == ("sub/pdm.lock", "uv.lock", "poetry.lock")


@pytest.mark.parametrize(("extras", "expected"), [("", []), ("[More,x]", ["a==1"])])
def test_what_is_for_an_extra_is_pinned_with_it(
    tmp_path: Path, extras: str, expected: list[str]
) -> None:
    """And what is for another machine is not."""
    text = entry("a", "1", "markers = 'extra == \"more\"'")
    text += entry("b", "1", "markers = 'os_name == \"none\"'")
    assert locked(tmp_path / "t", {"poetry.lock": text}, extras).constraints == expected


def install(site: Path, version: str, commit: str = "") -> None:
    info = site / f"a-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: A\nVersion: {version}\n")
    if commit:
        origin = {"url": "https://e.org/a", "vcs_info": {"vcs": "git", "commit_id": commit}}
        (info / "direct_url.json").write_text(json.dumps(origin))


@pytest.mark.parametrize(
    ("pins", "commit", "is_right"),
    [
        (["a==1"], "", True),
        (["a==2"], "", False),
        (["a==2", "a==1"], "", True),
        (["a@ git+https://e.org/a@0123"], "0123", True),
        (["a@ git+https://e.org/a@0123"], "4567", False),
        (["a@ git+https://e.org/a@0123"], "", False),
        (["a@ git+https://e.org/a@HEAD"], "4567", True),
        (["b==2"], "", True),
    ],
)
def test_what_is_installed_is_held_against_it(
    tmp_path: Path, pins: list[str], commit: str, *, is_right: bool
) -> None:
    """By version, or by commit; of what is not pinned any will do, and not all is installed."""
    install(tmp_path / "site", "1", commit)
    known: dict[str, tuple[Requirement, ...]] = {}
    for one in map(Requirement, pins):
        known[one.name] = (*known.get(one.name, ()), one)
    assert (Locked(known).others([tmp_path / "site"]) == []) is is_right


def test_an_installer_is_held_to_what_is_one_version(tmp_path: Path) -> None:
    """Of two it may choose, and a commit may not be asked for so."""
    text = entry("a", "1") + entry("a", "2") + entry("b", "1")
    text += entry("c", "1", 'source = { git = "https://e.org/c?rev=x#0123" }')
    found = locked(tmp_path / "t", {"uv.lock": text})
    assert found.constraints == ["b==1"]
    assert sorted(found.pins) == ["a", "b", "c"]
