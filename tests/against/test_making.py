"""Sides that are made: with real environments, and wheels that nobody had to build."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against import building, making
from pytest_speedup.against.building import build
from pytest_speedup.against.making import Start, make_sides, plan_sides, with_own_packages
from pytest_speedup.against.overlay import UNWATCHED
from pytest_speedup.against.projects import Installed
from pytest_speedup.against.side import SideError
from pytest_speedup.against.watch import FOLDER
from pytest_speedup.against.worktree import read_worktree
from pytest_speedup.model import BASE, HEAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.against.making import Made, SidePlan
    from tests.clone import Clone

PYPROJECT = '[project]\nname = "acme-case"\nversion = "1"\n'


class FakeBuilder:
    """Makes a wheel of the folder ``lib`` of a tree, as a build backend would."""

    def __init__(self) -> None:
        self.built: list[Path] = []

    def __call__(self, source: Path, target: Path, _python: str, **_options: bool) -> None:
        self.built.append(source)
        files = {
            path.relative_to(source / "lib").as_posix(): path.read_text()
            for path in (source / "lib").rglob("*.py")
        }
        info = "acme_case-1.dist-info"
        files[f"{info}/METADATA"] = "Metadata-Version: 2.1\nName: acme-case\nVersion: 1\n"
        files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(target / "acme_case-1-py3-none-any.whl", "w") as wheel:
            for name, text in files.items():
                wheel.writestr(name, text)


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> FakeBuilder:
    fake = FakeBuilder()
    monkeypatch.setattr(building, "build_wheel", fake)
    return fake


@pytest.fixture
def starts(clone: Clone, tmp_path: Path) -> dict[str, Start]:
    """Two trees of a project in ``lib/``."""
    clone.commit(PYPROJECT, "pyproject.toml")
    clone.commit("SIDE = 'head'\n", "lib/acme_case/__init__.py")
    base = type(clone)(tmp_path / "base")
    base.commit(PYPROJECT, "pyproject.toml")
    base.commit("SIDE = 'base'\n", "lib/acme_case/__init__.py")
    return {
        BASE: Start(base.path, read_worktree(base.path)),
        HEAD: Start(clone.path, read_worktree(clone.path)),
    }


def says(made: Made, notes: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run some code as a process of a side."""
    notes.mkdir(exist_ok=True)
    environment = {**os.environ, **made.variables, FOLDER: str(notes)}
    return subprocess.run(
        [made.overlay.python, "-c", code],
        env=environment,
        cwd=made.root,
        capture_output=True,
        text=True,
        check=False,
    )


TELLS = "import pytest, acme_case; print(acme_case.SIDE, acme_case.__file__)"


def copy_of(tmp_path: Path) -> Installed:
    """Say that the project is installed plainly."""
    copy = tmp_path / "site" / "acme_case"
    copy.mkdir(parents=True)
    return Installed("acme-case", PurePosixPath(), (), (copy,), ("acme_case",), is_pure=True)


def test_each_side_has_what_was_built_from_its_tree(
    starts: dict[str, Start],
    builder: FakeBuilder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the packages of this environment; a second run builds nothing."""
    one = copy_of(tmp_path)
    monkeypatch.setattr(making, "installed_projects", lambda *_arguments: [one])
    for number in range(2):
        (folder := tmp_path / f"sides-{number}").mkdir()
        sides = make_sides(plan_sides(starts), folder, tmp_path / "cache")
        for name, made in sides.items():
            done = says(made, folder / f"notes-{name}", TELLS)
            built = made.overlay.site / "acme_case" / "__init__.py"
            assert done.stdout.split() == [name, str(built)]
            assert made.how.startswith("1 built from its tree")
    assert len(builder.built) == 2
    assert not any((starts[name].root / "build").exists() for name in starts)


def test_a_process_that_cannot_be_watched_ends(
    starts: dict[str, Start], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it would have loaded, nobody would know."""
    monkeypatch.setattr(making, "installed_projects", lambda *_arguments: [])
    (folder := tmp_path / "sides").mkdir()
    made = make_sides(plan_sides(starts), folder, tmp_path / "cache")[BASE]
    done = says(made, folder / "notes", "print(1)")
    assert (done.returncode, done.stdout) == (0, "1\n")
    environment = {**os.environ, **made.variables, FOLDER: str(folder / "nowhere")}
    done = subprocess.run(
        [made.overlay.python, "-c", "print(1)"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (UNWATCHED, "")
    assert "this process cannot be watched" in done.stderr


@pytest.mark.parametrize(("version", "needs"), [("65.5", True), ("70.1", False), ("80", False)])
def test_an_old_setuptools_needs_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, *, needs: bool
) -> None:
    """Which it asks for only when it builds: what is here is then not enough."""
    monkeypatch.setattr(metadata, "version", lambda _name: version)
    assert ("wheel" in building.requirements(tmp_path)) is needs


def test_what_cannot_be_built_says_what_to_do(
    starts: dict[str, Start], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is kept."""

    def refuse(*_arguments: object, **_options: object) -> None:
        message = "it cannot be built:\n  | no compiler"
        raise SideError(message)

    monkeypatch.setattr(building, "build_wheel", refuse)
    with pytest.raises(SideError, match=r"(?s)no compiler.*install its build requirements"):
        build(starts[BASE].tree, [PurePosixPath()], sys.executable, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


BUILT_BY = '[build-system]\nrequires = ["{}"]\n'


@pytest.mark.parametrize(
    ("asked", "can_be_had", "error"),
    [
        ("acme-backend", False, building.UnfetchedError),
        ("acme-backend", True, SideError),
        ("no requirement!", False, SideError),
    ],
)
def test_what_could_not_begin_did_not_fail(
    starts: dict[str, Start],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    error: type[SideError],
    *,
    can_be_had: bool,
) -> None:
    """Told by what it takes alone; what is written wrongly is the tree's fault."""

    def refuse(*_arguments: object, **_options: object) -> None:
        message = "no"
        raise SideError(message)

    top = starts[BASE].root
    (top / "pyproject.toml").write_text(BUILT_BY.format(asked))
    monkeypatch.setattr(building, "build_wheel", refuse)
    monkeypatch.setattr(building, "fetch", (lambda *_: None) if can_be_had else refuse)
    with pytest.raises(SideError) as caught:
        build(read_worktree(top), [PurePosixPath()], sys.executable, tmp_path / "cache")
    assert caught.type is error


def test_a_project_that_needs_nothing_to_be_built_needs_nothing(tmp_path: Path) -> None:
    """One that does not say so needs setuptools."""
    (tmp_path / "pyproject.toml").write_text("[build-system]\nrequires = []\n")
    assert building.requirements(tmp_path) == []
    (tmp_path / "pyproject.toml").write_text("[build-system]\n")
    assert building.requirements(tmp_path)[0] == "setuptools"


@pytest.mark.parametrize("name", ["acme-other", "acme-case"])
def test_packages_of_the_bases_own_go_first(
    starts: dict[str, Start], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Both sides are planned once, unless a project of the repository came with them."""
    (starts[HEAD].root / "pyproject.toml").write_text('[project]\nname = "acme-case"\n')
    starts = {name: replace(one, tree=read_worktree(one.root)) for name, one in starts.items()}
    plans = plan_sides(starts)
    site = tmp_path / "site"
    (info := site / f"{name}-1.dist-info").mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: {name}\nVersion: 1\n")
    planned = []
    real = making.plan_sides

    def plan_again(starts: Mapping[str, Start]) -> dict[str, SidePlan]:
        planned.append(starts)
        return real(starts)

    monkeypatch.setattr(making, "plan_sides", plan_again)
    found = with_own_packages(plans, site)
    assert found[BASE].start.before == (site,)
    assert found[BASE].sites.folders[0] == site
    assert found[HEAD].sites == plans[HEAD].sites
    assert len(planned) == (name == "acme-case")
    assert [one.name for one in found[BASE].projects] == ["acme-case"] * len(planned)


def test_a_build_that_makes_nothing_is_an_error(
    starts: dict[str, Start], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installer that ends well without a wheel has not built anything."""
    monkeypatch.setattr(building, "build_wheel", lambda *_arguments, **_options: None)
    with pytest.raises(SideError, match="no wheel came of building"):
        build(starts[BASE].tree, [PurePosixPath()], sys.executable, tmp_path / "cache")


def test_another_tree_is_another_build(
    starts: dict[str, Start], builder: FakeBuilder, tmp_path: Path
) -> None:
    """What is not committed counts; the oldest builds go."""
    head, cache = starts[HEAD], tmp_path / "cache"
    first = build(head.tree, [PurePosixPath()], sys.executable, cache)
    (head.root / "lib" / "acme_case" / "__init__.py").write_text("SIDE = 'other'\n")
    second = build(read_worktree(head.root), [PurePosixPath()], sys.executable, cache)
    assert [one.kept for one in (*first, *second)] == [False, False]
    assert first[0].wheel != second[0].wheel
    (again,) = build(head.tree, [PurePosixPath()], sys.executable, cache)
    assert (again.kept, again.wheel) == (True, first[0].wheel)
