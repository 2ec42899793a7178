"""What trees declare to depend on, and what their lock files pin."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from pytest_speedup.against.declared import (
    Declared,
    Locked,
    built_requirements,
    declared_in_files,
    extras_of,
    grouped_requirements,
    is_decided_alike,
    locked_versions,
    static_requirements,
)
from pytest_speedup.against.dependencies import missing
from pytest_speedup.against.worktree import WorkTree, read_worktree
from tests.clone import Clone
from tests.wheels import write_wheel

if TYPE_CHECKING:
    from pathlib import Path

ROOT = PurePosixPath()


def tree(folder: Path, files: dict[str, str]) -> WorkTree:
    clone = Clone(folder)
    for name, text in {"empty": "nothing", **files}.items():
        clone.commit(text, name)
    return read_worktree(clone.path)


ENTRY = '[[package]]\nname = "a"\nversion = "1"\n'
SOURCE = """
[package.source]
type = "git"
url = "https://example.org/a"
resolved_reference = "4567"
"""
LINES = """
a == 1 # us
\\
B_c>=2 \\
 --hash=sha256:0
-e .
./d
--no-index
e[x]~=1.0; os_name!='x'
"""
LOCK = '[[{}]]\nname = "Acme.Dep"\nversion = "1.0"\n[[{}]]\nname = "itself"\n'


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("uv.lock", LOCK.format(*["package"] * 2), ["acme-dep==1.0"]),
        ("poetry.lock", LOCK.format(*["package"] * 2), ["acme-dep==1.0"]),
        ("pdm.lock", LOCK.format(*["package"] * 2), ["acme-dep==1.0"]),
        ("pylock.toml", LOCK.format(*["packages"] * 2), ["acme-dep==1.0"]),
        ("pylock.test.toml", LOCK.format(*["packages"] * 2), ["acme-dep==1.0"]),
        (
            "uv.lock",
            f"{ENTRY}resolution-markers = [\"os_name == 'nt'\", \"os_name == 'posix'\"]",
            ['a==1; os_name == "nt" or os_name == "posix"'],
        ),
        (
            "uv.lock",
            f'{ENTRY}source = {{ git = "https://example.org/a?rev=x#0123" }}',
            ["a@ git+https://example.org/a@0123"],
        ),
        (
            "poetry.lock",
            f"{ENTRY}{SOURCE}",
            ["a@ git+https://example.org/a@4567"],
        ),
        ("uv.lock", "package = 1", []),
        ("uv.lock", "][", []),
        (
            "requirements.txt",
            LINES,
            ["a==1", "b-c>=2", 'e[x]~=1.0; os_name != "x"'],
        ),
        ("dev-requirements.txt", "-r requirements/more.in\nf", ["g==2", "f"]),
    ],
)
def test_each_file_names_what_it_does(
    tmp_path: Path, name: str, text: str, expected: list[str]
) -> None:
    """Names are written alike; what has no version or no name is left out."""
    given = tree(tmp_path / "tree", {name: text, "requirements/more.in": "g==2"})
    (found,) = declared_in_files(given, ROOT).values()
    assert [*map(str, found.requirements)] == [str(Requirement(one)) for one in expected]


def test_a_file_may_include_itself(tmp_path: Path) -> None:
    """That ends."""
    given = tree(tmp_path / "tree", {"requirements.txt": "-r requirements.txt\na"})
    (found,) = declared_in_files(given, ROOT).values()
    assert {one.name for one in found.requirements} == {"a"}


PROJECT = """
[project]
name = "acme"
version = "1"
{}
[dependency-groups]
dev = ["c>=1", {{ include-group = "other" }}]
"""


def test_what_is_written_down_is_read(tmp_path: Path) -> None:
    """With extras, and groups as if they were some."""
    lines = 'dependencies = ["A>=1"]\noptional-dependencies.more = ["b; os_name == \'posix\'"]\n'
    (tmp_path / "pyproject.toml").write_text(PROJECT.format(lines))
    found = static_requirements(tmp_path)
    assert found is not None
    assert sorted(extras_of(found)) == ["more"]
    assert [one.name for one in found] == ["a", "b"]
    assert [str(one) for one in grouped_requirements(tmp_path)] == ['c>=1; extra == "group-dev"']


@pytest.mark.parametrize("lines", ['dynamic = ["dependencies"]', None])
def test_what_is_computed_is_in_built_metadata_alone(tmp_path: Path, lines: str | None) -> None:
    """Or what another backend reads elsewhere."""
    if lines is not None:
        (tmp_path / "pyproject.toml").write_text(PROJECT.format(lines))
    assert static_requirements(tmp_path) is None
    wheel = write_wheel(tmp_path / "dist", "acme", "1", {}, "a>=1", 'b; extra == "more"')
    assert [one.name for one in built_requirements(wheel)] == ["a", "b"]
    wheel.write_bytes(b"")
    with pytest.raises(ValueError, match="has no metadata"):
        built_requirements(wheel)


@pytest.mark.parametrize(
    ("changes", "alike"),
    [
        ({"acme/code.py": "1", "README.md": "2"}, True),
        ({"pyproject.toml": PROJECT.format("") + "[tool.ruff]\nline-length = 1"}, True),
        ({"pyproject.toml": PROJECT.format("dependencies = ['a']")}, False),
        ({"setup.py": "1"}, False),
        ({"requirements/base.in": "a"}, False),
        ({"deps/list.txt": "a"}, False),
        ({"sub/pyproject.toml": "[project]"}, True),
    ],
)
def test_some_files_decide(tmp_path: Path, changes: dict[str, str], *, alike: bool) -> None:
    """Those that ways to build read, those that these name, and those that are called so."""
    common = {"pyproject.toml": PROJECT.format(""), "setup.cfg": "file: deps/list.txt"}
    base = tree(tmp_path / "base", common)
    head = tree(tmp_path / "head", {**common, **changes})
    assert is_decided_alike(ROOT, base, head) is alike


def declared(*texts: str, lock: bool = False) -> Declared:

    return Declared("here", tuple(map(Requirement, texts)), is_lock=lock)


@pytest.mark.parametrize(
    ("base", "head", "here", "needed"),
    [
        (("a==1",), ("a==2",), {"a": "2"}, ["a==1"]),
        (("a>=1",), ("a>=2",), {"a": "2"}, []),
        (("a==1", "b"), ("b",), {"b": "1"}, ["a==1"]),
        (("a==1",), ("a==1", "b"), {"a": "2", "b": "1"}, []),
        (('a==1; os_name == "none"',), (), {}, []),
        (('a==1; extra == "x"',), ('a==2; extra == "x"',), {"a": "2"}, ['a==1; extra == "x"']),
        (('a==1; extra == "x"',), ('a==2; extra == "x"',), {}, []),
        (("a@ git+https://e.org/a@1",), ("a@ git+https://e.org/a@2",), {"a": "1"}, None),
    ],
)
def test_what_is_not_here_is_needed(
    base: tuple[str, ...], head: tuple[str, ...], here: dict[str, str], needed: list[str] | None
) -> None:
    """Of what the base declares otherwise; extras count where they are installed."""
    found = missing(declared(*base), declared(*head), here, is_installed=True)
    expected = [*base] if needed is None else needed
    assert [str(one) for one in found] == [str(Requirement(one)) for one in expected]


@pytest.mark.parametrize(
    ("base", "head", "here", "lock", "needed"),
    [
        (("a==1",), ("a==2",), {"a": "3"}, False, []),
        (("a==1", "b==1"), ("b==1",), {}, False, []),
        (("a==1", "b==1"), ("b==1",), {"b": "1"}, False, ["a==1"]),
        (("a==1", "b==1"), ("b==1",), {"b": "1"}, True, []),
        (("a==1",), ("a==2",), {"a": "2"}, True, ["a==1"]),
        (("a==1",), ("a==2",), {}, True, []),
    ],
)
def test_a_file_that_was_not_installed_from_says_nothing(
    base: tuple[str, ...],
    head: tuple[str, ...],
    here: dict[str, str],
    needed: list[str],
    *,
    lock: bool,
) -> None:
    """As one for the documentation; and of a lock not all is needed."""
    given, other = declared(*base, lock=lock), declared(*head, lock=lock)
    assert [str(one) for one in missing(given, other, here, is_installed=False)] == needed


LOCKED_ENTRY = '[[{}]]\nname = "{}"\nversion = "{}"\n{}\n'


def entry(name: str, version: str, more: str = "", table: str = "package") -> str:
    return LOCKED_ENTRY.format(table, name, version, more)


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
