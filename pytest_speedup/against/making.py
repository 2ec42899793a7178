"""The one way to make a side: an environment in which the project's code is that of its tree."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from pytest_speedup.against.base_env import refusal
from pytest_speedup.against.building import build, ending_installers
from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.against.overlay import make_overlay, open_overlay, watch_overlay, write_commands
from pytest_speedup.against.projects import installed_projects, modules_of, projects_in, sites_of
from pytest_speedup.against.side import SideError, sources_in
from pytest_speedup.against.worktree import is_path_enough, modules_below, places_of
from pytest_speedup.model import BASE, HEAD, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.against.building import Build
    from pytest_speedup.against.overlay import Overlay
    from pytest_speedup.against.projects import Installed, Sites
    from pytest_speedup.against.worktree import WorkTree

COMPILED = (".so", ".pyd", ".dll", ".dylib")
"""Endings of files that no commit has: what they were compiled from is not in them."""


def taken(
    projects: Iterable[Installed], names: Iterable[str], python: str
) -> tuple[Installed, ...]:
    """Choose the projects that a side has as they are installed where its packages come from.

    Args:
        projects: of the repository, in that environment.
        names: of those that take more than a folder on the path.
        python: the interpreter of the environment.

    Raises:
        SideError: one is not installed there, or by a path into a tree that may be any.
    """
    found = {one.name: one for one in projects}
    chosen = []
    for name in names:
        one = found.get(name)
        if one is None or not one.modules:
            how = "is not installed" if one is None else "is installed as editable"
            message = (
                f"{name} {how} in the environment of {python}: install it there from base's tree, "
                "with pip install --no-deps ."
            )
            raise SideError(message)
        chosen.append(one)
    return tuple(chosen)


def check_installed(
    projects: Iterable[Installed], tree: WorkTree, sites: Sequence[Path], python: str
) -> None:
    """Hold all code of installed projects that is Python against the tree of their side.

    Raises:
        SideError: a file has another content, or the tree has none of its name.
    """
    for one in projects:
        for file in _python_of(one):
            name = name_in(sites, str(file))
            if name is None or source_in(tree, name, file) is not None:
                continue
            if not is_ignored(tree, name):
                raise SideError(word_other(one.name, str(file), tree, python))


def word_other(project: str, file: str, tree: WorkTree, python: str) -> str:
    """Say that an installed file is not the commit's, and what to do."""
    return (
        f"{project} is installed in the environment of {python} from other code: {shown(file)} is "
        f"not what the tree {tree.name[:12]} has\n"
        "  install it there from that commit, with pip install --no-deps ."
    )


def name_in(sites: Iterable[Path], file: str) -> str | None:
    """Name an installed file below the folder of packages that it lies in; None outside."""
    for site in sites:
        for folder in (site, site.resolve()):
            if Path(file).is_relative_to(folder):
                return Path(file).relative_to(folder).as_posix()
    return None


def source_in(tree: WorkTree, name: str, file: Path) -> str | None:
    """Find the file of a tree that an installed one is a copy of, by its name and its content."""
    with suppress(OSError):
        content = file.read_bytes()
        for path in tree.ending_in(name):
            if _content(tree.top / path) == content:
                return path
    return None


def is_ignored(tree: WorkTree, name: str) -> bool:
    """Whether git ignores a file where its package lies in a tree, as one that builds generate."""
    package = PurePosixPath(name).parent
    found = tree.ending_in(f"{package}/__init__.py") if package.parts else ()
    for folder in (PurePosixPath(path).parent for path in found):
        with suppress(GitError):
            run_git(tree.top, "check-ignore", "--no-index", str(folder / PurePosixPath(name).name))
            return True
    return False


def _content(file: Path) -> bytes | None:
    with suppress(OSError):
        return file.read_bytes()
    return None


def _python_of(project: Installed) -> Iterator[Path]:
    for copy in project.copies:
        if copy.is_dir():
            yield from sorted(copy.rglob("*.py"))
        elif copy.suffix == ".py":
            yield copy


@dataclass(frozen=True, slots=True)
class Start:
    """What a side is made of.

    Attributes:
        root: the folder of its tree that corresponds to the user's root directory.
        tree: its tree.
        python: the interpreter of the environment that it is made from.
        before: folders of packages that go before those of that environment.
        given: whether the user built that for this side, so that nothing is built of either.
    """

    root: Path
    tree: WorkTree
    python: str = sys.executable
    before: tuple[Path, ...] = ()
    given: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A side that can be started.

    Attributes:
        name: of the side.
        root: the folder of its tree that corresponds to the user's root directory.
        tree: its tree.
        overlay: its environment.
        sources: folders of its tree on the path.
        builds: what was built of it.
        kinds: whose each place is, for its processes.
        variables: of the environment of its processes.
        taken: projects that are as the user installed them.
        sites: folders of the packages that it is made with.
        owned: names of the project's modules, which come from a side's own code or not at all.
    """

    name: str
    root: Path
    tree: WorkTree
    overlay: Overlay
    sources: tuple[Path, ...]
    builds: tuple[Build, ...]
    kinds: Mapping[str, str]
    variables: Mapping[str, str]
    taken: tuple[Installed, ...] = ()
    sites: tuple[Path, ...] = ()
    owned: Collection[str] = ()

    @property
    def how(self) -> str:
        """Say how its code comes to run."""
        if self.taken:
            return f"as {', '.join(one.name for one in self.taken)} is installed"
        if not self.builds:
            return "from its tree"
        kept = sum(one.kept for one in self.builds)
        return f"{len(self.builds)} built from its tree{f', {kept} of them kept' if kept else ''}"


@dataclass(frozen=True, slots=True)
class SidePlan:
    """How one side is to be made.

    Attributes:
        start: what it is made of.
        sites: where its packages come from.
        projects: the distributions of the repository among these.
        paths: folders below the top that go on the path.
        built: folders of projects, likewise, that are built.
        taken: projects that are taken as they are installed.
    """

    start: Start
    sites: Sites
    projects: Sequence[Installed]
    paths: tuple[str, ...]
    built: tuple[PurePosixPath, ...]
    taken: tuple[Installed, ...] = ()

    @property
    def how(self) -> str:
        """Say how its code comes to run."""
        if self.taken:
            named = ", ".join(one.name for one in self.taken)
            return f"nothing, {named} is taken as installed with {self.start.python}"
        if not self.built:
            return "from its tree on the path"
        named = ", ".join("its tree" if one == PurePosixPath() else str(one) for one in self.built)
        return f"from {named}, without dependencies"

    @property
    def usual(self) -> list[str]:
        """The folders of a plain layout, which are on the path where nothing is built."""
        if self.built or self.taken:
            return []
        found = (_below(self.start.tree.top, one) for one in sources_in(self.start.root))
        return [one for one in found if one is not None]

    @property
    def sources(self) -> tuple[Path, ...]:
        """The folders of its tree that go on the path."""
        top = self.start.tree.top
        usual = [top / one for one in self.usual] or [self.start.root]
        folders = dict.fromkeys([*(top / one for one in self.paths), *usual])
        return tuple(one for one in folders if one.is_dir())


def make_sides(plans: Mapping[str, SidePlan], folder: Path, cache: Path) -> dict[str, Made]:
    """Make base and head, each from its own tree.

    Args:
        plans: how.
        folder: an empty folder for their environments.
        cache: the folder for builds that are kept.

    Raises:
        SideError: one cannot be made.
    """
    top = plans[HEAD].start.tree.top
    with ThreadPoolExecutor(len(plans)) as pool, ending_installers():
        making = {
            name: pool.submit(_make, name, plan, top, folder / f"env-{name}", cache)
            for name, plan in plans.items()
        }
        done = {name: one.result() for name, one in making.items()}
    overlays = {name: overlay for name, (overlay, _) in done.items()}
    owned = _owned(plans, overlays)
    return {name: _finish(name, plans, overlays, done[name][1], owned) for name in plans}


def plan_sides(starts: Mapping[str, Start]) -> dict[str, SidePlan]:
    """Decide what of each side is built, and what goes on the path; alike for both.

    Raises:
        SideError: an environment cannot be read.
    """
    head = starts[HEAD].tree
    sites = {name: sites_of(one.python).after(one.before) for name, one in starts.items()}
    known = [*head.blobs]
    projects = {name: installed_projects(one, head.top, known) for name, one in sites.items()}
    trees = [one.tree for one in starts.values()]
    everything = [one for side in projects.values() for one in side]
    built = [one for one in everything if not is_path_enough(one, head, trees)]
    folders = chain.from_iterable(one.folders or () for one in everything if one not in built)
    paths = dict.fromkeys(filter(None, (_below(head.top, one) for one in folders)))
    as_found = {name: _taken(name, starts, projects, built) for name in starts}
    return {
        name: SidePlan(
            one,
            sites[name],
            projects[name],
            tuple(paths),
            tuple(_folders_in(one.tree, _to_build(name, starts, projects, built))),
            as_found[name],
        )
        for name, one in starts.items()
    }


def with_own_packages(plans: Mapping[str, SidePlan], site: Path) -> Mapping[str, SidePlan]:
    """Put packages of the base's own before those that it has; the rest is as it was.

    Where a project of the repository came with them, from an index, both are planned anew.

    Raises:
        SideError: an environment cannot be read.
    """
    base, head = plans[BASE], plans[HEAD].start
    start = replace(base.start, before=(site, *base.start.before))
    if installed_projects(replace(base.sites, folders=(site,)), head.tree.top, head.tree.blobs):
        return plan_sides({BASE: start, HEAD: head})
    return {**plans, BASE: replace(base, start=start, sites=base.sites.after((site,)))}


def _taken(
    name: str,
    starts: Mapping[str, Start],
    projects: Mapping[str, Sequence[Installed]],
    built: Sequence[Installed],
) -> tuple[Installed, ...]:
    """Choose what a side has as it is installed, where the user built the base's environment.

    Of head these are plain installations; what it has as editable is built, or on its path.

    Raises:
        SideError: the base has something else.
    """
    if not starts[BASE].given:
        return ()
    start, names = starts[name], {one.name for one in built}
    if name == HEAD:
        return tuple(one for one in projects[HEAD] if one.name in names and one.modules)
    named = projects_in(start.tree.top, start.tree.blobs)
    there = sorted(name for name in names if name in named)
    try:
        return taken(projects[BASE], there, start.python)
    except SideError as error:
        message = f"{BASE}: {error}"
        raise SideError(message) from error


def _to_build(
    name: str,
    starts: Mapping[str, Start],
    projects: Mapping[str, Sequence[Installed]],
    built: Sequence[Installed],
) -> list[Installed]:
    """Leave out of what is built what a side has as it is installed, or of head on its path."""
    if not starts[BASE].given:
        return [*built]
    return [one for one in built if name == HEAD and one in projects[HEAD] and not one.modules]


def _folders_in(tree: WorkTree, projects: Sequence[Installed]) -> list[PurePosixPath]:
    """Find the folders of projects in a tree, in which they may lie elsewhere or not at all."""
    named = projects_in(tree.top, tree.blobs)
    found = []
    for one in projects:
        folder = named.get(one.name, one.folder)
        if any((tree.top / folder / file).is_file() for file in ("pyproject.toml", "setup.py")):
            found.append(folder)
    return list(dict.fromkeys(found))


def _make(
    name: str, plan: SidePlan, top: Path, folder: Path, cache: Path
) -> tuple[Overlay, tuple[Build, ...]]:
    python = plan.start.python
    try:
        builds = build(plan.start.tree, plan.built, python, cache) if plan.built else []
        overlay = make_overlay(folder, python, [one.wheel for one in builds])
    except SideError as error:
        raise refusal(name, "", error) from error
    _check(name, plan)
    own = {line for one in plan.projects for line in one.lines}
    kept = [line for line in plan.sites.lines() if line not in own and not line.leads_into(top)]
    open_overlay(overlay, plan.sites.folders, kept)
    write_commands(overlay, plan, name)
    return overlay, tuple(builds)


def _check(name: str, plan: SidePlan) -> None:
    try:
        check_installed(plan.taken, plan.start.tree, plan.sites.folders, plan.start.python)
    except SideError as error:
        message = f"{name}: {error}"
        raise SideError(message) from error


def _owned(plans: Mapping[str, SidePlan], overlays: Mapping[str, Overlay]) -> set[str]:
    """Name the modules of the project, whichever side or installation has them."""
    owned: set[str] = set()
    for name, plan in plans.items():
        owned |= modules_below(plan.start.tree, [*plan.paths, *plan.usual])
        owned |= modules_of(_installed(overlays[name]))
        owned |= {module for one in plan.projects for module in one.modules}
    return {one for one in owned if one.partition(".")[0] not in {"pytest_speedup", "conftest"}}


def _installed(overlay: Overlay) -> list[str]:
    """List what was built into an environment, but for what describes it."""
    files = (file.relative_to(overlay.site) for file in overlay.site.rglob("*") if file.is_file())
    return [str(file) for file in files if len(file.parts) > 1 or file.suffix != ".pth"]


def _finish(
    name: str,
    plans: Mapping[str, SidePlan],
    overlays: Mapping[str, Overlay],
    builds: tuple[Build, ...],
    owned: set[str],
) -> Made:
    plan, overlay = plans[name], overlays[name]
    other = HEAD if name == BASE else BASE
    kinds = places_of(
        top=plan.start.tree.top,
        environment=overlay.folder,
        others=(plans[other].start.tree.top, overlays[other].folder),
        projects=[one for each in plans.values() for one in each.projects],
        sites=[one for each in plans.values() for one in each.sites.folders],
        prefixes=[one for each in plans.values() for one in each.sites.prefixes],
        taken=plan.taken,
    )
    fallback = overlay.folder / "loaded"
    fallback.mkdir()
    first = plan.sites.folders if plan.taken else ()
    watch_overlay(overlay, name, kinds, owned=owned, first=first, fallback=fallback)
    tree = plan.start.tree
    path = [*map(str, plan.sources), *_inherited(plans[HEAD].start.tree.top, tree.top)]
    variables = {
        "PYTHONPATH": os.pathsep.join(path),
        "PATH": os.pathsep.join([*_commands(plan, overlay), os.environ.get("PATH", os.defpath)]),
        "VIRTUAL_ENV": str(overlay.folder),
    }
    if builds or plan.taken:
        # Tests that lie in a package are found in the tree, and imported as they were built.
        variables["PY_IGNORE_IMPORTMISMATCH"] = "1"
    return Made(
        name=name,
        root=plan.start.root,
        tree=tree,
        overlay=overlay,
        sources=plan.sources,
        builds=builds,
        kinds=kinds,
        variables=variables,
        taken=plan.taken,
        sites=tuple(plan.sites.folders),
        owned=owned,
    )


def _commands(plan: SidePlan, overlay: Overlay) -> list[str]:
    """Name the folders of commands that go before those of the user."""
    given = [str(Path(plan.start.python).parent)] if plan.start.given else []
    return [str(overlay.commands), *given]


def _inherited(head: Path, top: Path) -> list[str]:
    """Name the folders of ``PYTHONPATH`` as a side has them."""
    inherited = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    within = [(one, _below(head, Path(one))) for one in inherited]
    return [one if below is None else str(top / below) for one, below in within]


def _below(top: Path, folder: Path) -> str | None:
    full, start = folder.resolve(), top.resolve()
    return full.relative_to(start).as_posix() if full.is_relative_to(start) else None
