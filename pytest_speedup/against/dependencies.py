"""What the base declares to depend on, and what is here of it: head's packages may not do."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from importlib import metadata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pytest_speedup.against.base_env import MEASURING, refusal
from pytest_speedup.against.building import build
from pytest_speedup.against.declared import (
    Declared,
    applies,
    built_requirements,
    declared_in_files,
    extras_of,
    grouped_requirements,
    is_decided_alike,
    static_requirements,
)
from pytest_speedup.against.projects import OURS, normal, projects_in
from pytest_speedup.against.side import SideError
from pytest_speedup.model import BASE, HEAD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from packaging.requirements import Requirement

    from pytest_speedup.against.making import SidePlan
    from pytest_speedup.against.worktree import WorkTree

Versions = dict[str, str]
"""Versions of what is installed, by name."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What the base needs that is not here.

    Attributes:
        requirements: what is to be installed for it.
        constraints: what else it declares, which holds for what these require in turn.
        sources: where it declares them.
        here: versions of what is installed here and no part of the repository: what these require
            in turn is best of the same version on both sides.
    """

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    sources: tuple[str, ...]
    here: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.requirements)


def needed_by_base(base: SidePlan, head: SidePlan, cache: Path) -> Needed:
    """Find what the base declares otherwise than head, and what the packages here do not satisfy.

    Where both declare the same, nothing is needed: what is here is head's and the base's alike.

    Args:
        base: how the base would be made with the packages that are here.
        head: how head is.
        cache: the folder for builds that are kept: some metadata has to be built.

    Raises:
        DependenciesError: nothing can tell what the base declares, as what builds it cannot be had.
        SideError: what a project declares cannot be found out.
    """
    here = versions_in(base.sites.folders)
    own = {one.name for plan in (base, head) for one in plan.projects}
    for plan in (base, head):
        own |= set(projects_in(plan.start.tree.top, plan.start.tree.blobs))
    left_out = {*MEASURING, OURS, *own}
    needed: dict[str, Requirement] = {}
    constraints: list[Requirement] = []
    sources: list[str] = []
    for of_base, of_head, is_installed in _pairs(base, head, cache):
        found = missing(of_base, of_head, here, is_installed=is_installed)
        found = [one for one in found if one.name not in left_out]
        needed |= {_bare(one): one for one in found}
        sources += [of_base.source] if found else []
        constraints += [one for one in of_base.requirements if one.name not in left_out]
    asked = {one.name for one in needed.values()}
    held = tuple(dict.fromkeys(_constraining(one for one in constraints if one.name not in asked)))
    names = {*left_out, *asked, *(one.name for one in constraints)}
    return Needed(
        tuple(needed),
        held,
        tuple(dict.fromkeys(sources)),
        tuple(f"{name}=={version}" for name, version in here.items() if name not in names),
    )


def _pairs(
    base: SidePlan, head: SidePlan, cache: Path
) -> Iterator[tuple[Declared, Declared, bool]]:
    """Pair what both trees declare in one place, and say whether that is installed here."""
    trees = base.start.tree, head.start.tree
    for name, folders in _projects(base, head).items():
        is_installed = any(one.name == name for one in head.projects)
        if folders[0] == folders[1] and is_decided_alike(folders[0], *trees):
            continue
        declared = [
            _of_project(side, name, folder, plan, cache, build_it=is_installed)
            for side, plan, folder in zip((BASE, HEAD), (base, head), folders, strict=True)
        ]
        if declared[0] is not None and declared[1] is not None:
            yield declared[0], declared[1], is_installed
    for folder in dict.fromkeys([PurePosixPath(), _inside(head)]):
        of_base, of_head = (declared_in_files(tree, folder) for tree in trees)
        for path, one in of_base.items():
            if trees[0].blobs[path] != trees[1].blobs.get(path) or _includes(one, trees[0]):
                yield one, of_head.get(path, Declared(path, ())), False


def _includes(one: Declared, base: WorkTree) -> bool:
    """Whether a file of requirements may include another one, which may differ."""
    text = (base.top / one.source).read_text(encoding="utf-8", errors="replace")
    return not one.is_lock and re.search(r"^\s*(-r|--requirement)", text, re.MULTILINE) is not None


def _inside(plan: SidePlan) -> PurePosixPath:
    top, root = plan.start.tree.top.resolve(), plan.start.root.resolve()
    inside = root.relative_to(top) if root.is_relative_to(top) else PurePosixPath()
    return PurePosixPath(inside.as_posix())


def _projects(base: SidePlan, head: SidePlan) -> dict[str, tuple[PurePosixPath, PurePosixPath]]:
    """Find the projects that are installed, and the one at the root, in both trees."""
    named = [projects_in(one.start.tree.top, one.start.tree.blobs) for one in (base, head)]
    at_root = {name for name, folder in named[1].items() if folder in {_inside(head), *_TOP}}
    names = {one.name: one.folder for one in head.projects}
    wanted = {**{name: named[1][name] for name in at_root}, **names}
    return {
        name: (named[0].get(name, folder), named[1].get(name, folder))
        for name, folder in wanted.items()
        if name in named[0] or folder in named[0].values() or _has(base.start.tree, folder)
    }


_TOP = (PurePosixPath(),)


def _has(tree: WorkTree, folder: PurePosixPath) -> bool:
    return any(str(folder / name) in tree.blobs for name in ("pyproject.toml", "setup.py"))


def _of_project(
    side: str, name: str, folder: PurePosixPath, plan: SidePlan, cache: Path, *, build_it: bool
) -> Declared | None:
    """Read what a project declares; one that is not installed here is not built for it."""
    tree = plan.start.tree
    found = static_requirements(tree.top / folder)
    if found is None and build_it:
        try:
            (built,) = build(tree, [folder], plan.start.python, cache)
            found = built_requirements(built.wheel)
        except (SideError, ValueError) as error:
            failed = error if isinstance(error, SideError) else SideError(str(error))
            why = f"what {name} of the tree {tree.name[:12]} depends on is unknown: "
            raise refusal(side, why, failed) from error
    grouped = grouped_requirements(tree.top / folder)
    return None if found is None else Declared(name, (*found, *grouped))


def missing(
    base: Declared, head: Declared, here: Versions, *, is_installed: bool
) -> list[Requirement]:
    """List what the base requires, head does not require so, and the packages here do not satisfy.

    Where the packages here are not those that head declares, as of a file of requirements for the
    documentation, they say nothing of it, and it says nothing of them.
    """
    extras = [
        name
        for name, listed in extras_of(head.requirements).items()
        if all(_follows(one, here) for one in listed)
    ]
    said = {str(one) for one in head.requirements}
    by_name: dict[str, list[Requirement]] = {}
    for one in head.requirements:
        if applies(one, extras):
            by_name.setdefault(one.name, []).append(one)
    follows = all(_follows(one, here) for each in by_name.values() for one in each)

    def counts(one: Requirement) -> bool:
        if one.name in by_name:
            return is_installed or all(_follows(each, here) for each in by_name[one.name])
        return not base.is_lock and (is_installed or follows)

    return [
        one
        for one in base.requirements
        if str(one) not in said
        and applies(one, extras)
        and not _satisfies(one, here)
        and counts(one)
    ]


def _satisfies(requirement: Requirement, here: Versions) -> bool:
    version = here.get(requirement.name)
    if version is None or requirement.url is not None:
        return False
    return requirement.specifier.contains(version, prereleases=True)


def _bare(requirement: Requirement) -> str:
    """Write a requirement that applies without its condition, which an installer cannot know."""
    found = copy(requirement)
    found.marker = None
    return str(found)


def _follows(requirement: Requirement, here: Versions) -> bool:
    """Whether what is here may come of a requirement: of what repository it is, it does not say."""
    version = here.get(requirement.name)
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def _constraining(requirements: Iterable[Requirement]) -> Iterator[str]:
    """Write as constraints what may be written so: without extras, and of this machine."""
    for one in requirements:
        if one.specifier and one.url is None and applies(one, ()):
            yield f"{one.name}{one.specifier}"


def versions_in(folders: Iterable[Path]) -> Versions:
    """Read the versions of what is installed in folders of packages; the first of a name holds."""
    found: Versions = {}
    for one in metadata.distributions(path=[str(folder) for folder in folders]):
        name = one.metadata["Name"]
        if name:
            found.setdefault(normal(name), one.version)
    return found
