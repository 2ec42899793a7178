"""Which distributions of an environment are the repository's, and how they are installed."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.projects import (
    Line,
    Sites,
    installed_projects,
    modules_of,
    project_name,
    projects_in,
)
from pytest_speedup.against.worktree import is_path_enough, read_worktree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clone import Clone

PYPROJECT = '[build-system]\nrequires = ["hatchling"]\n[project]\nname = "Acme.Case"\n'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "venv" / "site-packages"
    folder.mkdir(parents=True)
    return folder


def install(
    site: Path, name: str, files: dict[str, str], source: Path | None = None, *, pure: bool = True
) -> None:
    """Write what an installer writes."""
    info = f"{name.replace('-', '_')}-1.dist-info"
    described = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{info}/WHEEL": f"Root-Is-Purelib: {str(pure).lower()}\n",
    }
    if source is not None:
        described[f"{info}/direct_url.json"] = json.dumps(
            {"url": source.as_uri(), "dir_info": {"editable": True}}
        )
    every = {**files, **described, f"{info}/RECORD": ""}
    every[f"{info}/RECORD"] = "".join(f"{file},,\n" for file in every)
    for file, text in every.items():
        path = site / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def sites(site: Path) -> Sites:
    return Sites("python", (site,), (site.parent,))


@pytest.fixture
def project(clone: Clone) -> Clone:
    """A project in ``python/``."""
    clone.commit("# code\n", "python/acme/__init__.py")
    clone.commit(PYPROJECT, "pyproject.toml")
    return clone


def enough(project: Clone, site: Path) -> bool:
    tree = read_worktree(project.path)
    (one,) = installed_projects(sites(site), project.path, tree.blobs)
    return is_path_enough(one, tree, [tree, tree])


def test_a_path_is_enough_for_what_is_installed_by_one(project: Clone, site: Path) -> None:
    """Whatever the folder is called."""
    install(site, "acme-case", {"acme.pth": f"{project.path}/python\n"}, project.path)
    assert enough(project, site)


@pytest.mark.parametrize(
    "files",
    [
        {"acme.pth": "import _acme_finder; _acme_finder.install()", "_acme_finder.py": "{top}"},
        {"acme/__init__.py": ""},
        {"acme.pth": "{top}/nowhere"},
    ],
    ids=["a finder", "a copy", "no folder of the tree"],
)
def test_a_path_is_not_enough_otherwise(project: Clone, site: Path, files: dict[str, str]) -> None:
    """It is built, on both sides alike."""
    filled = {name: text.replace("{top}", str(project.path)) for name, text in files.items()}
    install(site, "acme-case", filled, project.path)
    assert not enough(project, site)


def test_what_is_compiled_or_generated_is_built(project: Clone, site: Path) -> None:
    """Whether its metadata says so, its settings, or what git ignores in its package."""
    path = {"acme.pth": f"{project.path}/python\n"}
    install(site, "acme-case", path, project.path, pure=False)
    assert not enough(project, site)
    install(site, "acme-case", path, project.path)
    project.commit("_version.py\n", ".gitignore")
    (project.path / "python" / "acme" / "_version.py").write_text("")
    assert not enough(project, site)
    (project.path / "python" / "acme" / "_version.py").unlink()
    assert enough(project, site)
    project.commit("setup(ext_modules=[])", "setup.py")
    assert not enough(project, site)


def test_trees_that_are_built_otherwise_are_built(
    project: Clone, site: Path, tmp_path: Path
) -> None:
    """A layout that moved has its folder in one tree only."""
    install(site, "acme-case", {"acme.pth": f"{project.path}/python\n"}, project.path)
    tree = read_worktree(project.path)
    (one,) = installed_projects(sites(site), project.path, tree.blobs)
    moved = type(project)(tmp_path / "moved")
    moved.commit("# code\n", "src/acme/__init__.py")
    moved.commit(PYPROJECT, "pyproject.toml")
    assert not is_path_enough(one, tree, [read_worktree(moved.path), tree])


def test_a_copy_is_known_by_its_name(project: Clone, site: Path) -> None:
    """It came from an index, or from another clone; its commands are copies as well."""
    files = {"acme/__init__.py": "", "acme/data.txt": "", "ns/core/__init__.py": "", "one.py": ""}
    install(site, "acme_case", {**files, "../bin/acme": ""})
    install(site, "foreign", {"foreign.py": ""})
    (one,) = installed_projects(sites(site), project.path, read_worktree(project.path).blobs)
    assert one.folder == PurePosixPath()
    assert {path.resolve() for path in one.copies} == {
        *(site / name for name in ("acme", "one.py", "ns/core")),
        site.parent / "bin" / "acme",
    }
    assert one.modules == ("acme", "ns.core", "one")


def test_the_plugin_itself_is_no_project(project: Clone, site: Path) -> None:
    """Both sides run the copy of it that runs now."""
    install(site, "pytest-speedup", {"pytest_speedup/__init__.py": ""}, project.path)
    assert installed_projects(sites(site), project.path, []) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", PYPROJECT),
        ("pyproject.toml", '[tool.poetry]\nname = "acme_case"\n'),
        ("setup.cfg", "[metadata]\nname = acme-case\n"),
        ("setup.py", "from setuptools import setup\nsetup(name='acme-case')\n"),
    ],
)
def test_a_project_says_its_name_in_many_places(tmp_path: Path, file: str, text: str) -> None:
    """Compared without regard to how it is spelled."""
    (tmp_path / file).write_text(text)
    assert project_name(tmp_path) == "acme-case"
    assert projects_in(tmp_path, [file, f"tests/{file}"]) == {"acme-case": PurePosixPath()}


def test_no_name_is_no_project(tmp_path: Path) -> None:
    """Nor what cannot be read."""
    (tmp_path / "pyproject.toml").write_text("[[[")
    (tmp_path / "setup.py").write_text("setup(name=NAME)")
    assert project_name(tmp_path) == ""


def test_the_outermost_packages_are_owned() -> None:
    """In a namespace that others share, what is below it."""
    files = [
        "acme/__init__.py",
        "acme/core.py",
        "ns/a/__init__.py",
        "one.py",
        "ext.abi3.so",
        "x.txt",
    ]
    assert modules_of(files) == {"acme", "ns.a", "one", "ext"}


def test_lines_that_lead_into_the_repository_are_known(tmp_path: Path) -> None:
    """Folders, and imports of modules that name it; others are not."""
    top = tmp_path / "repository"
    file = tmp_path / "some.pth"
    (tmp_path / "_finder.py").write_text(f"MAPPING = {{'acme': '{top}/acme'}}")
    (tmp_path / "_other.py").write_text("MAPPING = {}")
    leading = [str(top), "repository/src", "import _finder; _finder.install()"]
    others = [str(tmp_path / "else"), "import _other; _other.install()", "import sys"]
    assert [Line(file, text).leads_into(top) for text in leading] == [True] * 3
    assert [Line(file, text).leads_into(top) for text in others] == [False] * 3
