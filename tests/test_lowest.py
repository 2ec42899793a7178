"""The environment with the oldest dependencies has just those that are allowed."""

from __future__ import annotations

import configparser
import re
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
TESTED = ("dask", "http", "loky", "report")
"""Extras with tests in the default suite."""


def oldest(requirement: str) -> tuple[str, tuple[int, ...]]:
    """Read a requirement's name, and the version that it begins at or is."""
    found = re.match(r"([\w-]+)[>=]=([\d.]+)", requirement)
    assert found, f"{requirement} has no lower bound"
    numbers = tuple(map(int, found[2].split(".")))
    return found[1], (*numbers, 0, 0)[:3]


def test_the_oldest_dependencies_are_those_of_the_project() -> None:
    """A bound that is raised in one place only would not be tested any more."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [one for name in TESTED for one in project["optional-dependencies"][name]]
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    tested = tox["testenv:lowest"]["deps"].split("\n")
    declared = [*project["dependencies"], *extras]
    assert dict(map(oldest, filter(None, tested))) == dict(map(oldest, declared))


def test_the_oldest_plugins_of_others_are_those_that_are_drawn_from() -> None:
    """Those beside which the sweep calls pytest."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = dict(map(oldest, groups["dependency-groups"]["sweep"]))
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    tested = dict(map(oldest, filter(None, tox["testenv:beside-oldest"]["deps"].split("\n"))))
    assert tested == {name: declared[name] for name in tested}
    assert len(tested) == 7
