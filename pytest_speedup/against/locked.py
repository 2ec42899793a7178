"""Versions that the lock files of a tree pin, and whether an environment has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import metadata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from pytest_speedup.against.declared import LOCKS, applies, declared_in_files
from pytest_speedup.against.projects import normal, projects_in
from pytest_speedup.documents import load_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from packaging.requirements import Requirement

    from pytest_speedup.against.declared import Declared
    from pytest_speedup.against.worktree import WorkTree


@dataclass(frozen=True, slots=True)
class Locked:
    """Versions that lock files pin.

    Attributes:
        pins: by the name of a package what may be installed of it: one version, or one commit;
            more where the file does not say which of them is for this machine.
        sources: the files.
    """

    pins: Mapping[str, tuple[Requirement, ...]] = field(default_factory=dict)
    sources: tuple[str, ...] = ()

    @property
    def constraints(self) -> list[str]:
        """What an installer can be held to, a line each; the rest is seen by what it installed."""
        single = (each[0] for each in self.pins.values() if len(each) == 1)
        return [f"{one.name}{one.specifier}" for one in single if one.url is None]

    def others(self, sites: Iterable[Path]) -> list[str]:
        """Name what is installed of another version than is pinned, a phrase each."""
        found = []
        for one in metadata.distributions(path=[*map(str, sites)]):
            name = normal(one.metadata["Name"] or "")
            pins = self.pins.get(name, ())
            if pins and not any(_is(pin, one) for pin in pins):
                asked = " or ".join(str(pin.url or pin.specifier) for pin in pins)
                found.append(f"{name} {one.version} was installed, where {asked} is locked")
        return found


def locked_versions(
    tree: WorkTree, folders: Iterable[PurePosixPath], extras: str, left_out: Collection[str]
) -> Locked:
    """Read what the lock files of a tree pin for this machine.

    Where several name a package the first one holds: those of the first folder, uv's before
    Poetry's, PDM's, and files of a standard form.

    Args:
        tree: the tree.
        folders: in it, in which lock files are looked for.
        extras: of the project, such as ``[test]``; empty for none.
        left_out: packages whose versions are not for the lock file to say; those of the tree's own
            projects are none either.
    """
    names = [normal(one) for one in extras.strip("[]").split(",") if one]
    aside = {*left_out, *projects_in(tree.top, tree.blobs)}
    pins: dict[str, tuple[Requirement, ...]] = {}
    sources = []
    for folder in dict.fromkeys(folders):
        files = (one for one in declared_in_files(tree, folder).values() if one.is_lock)
        for one in sorted(files, key=_precedence):
            by_name = _by_name(one.requirements, names)
            new = {name: each for name, each in by_name.items() if name not in {*pins, *aside}}
            pins |= new
            sources += [one.source] if new else []
    return Locked(pins, tuple(sources))


def _precedence(one: Declared) -> tuple[int, str]:
    name, order = PurePosixPath(one.source).name, [*LOCKS]
    return (order.index(name) if name in order else len(order), name)


def _by_name(
    requirements: Iterable[Requirement], extras: Sequence[str]
) -> dict[str, tuple[Requirement, ...]]:
    found: dict[str, dict[str, Requirement]] = {}
    for one in requirements:
        if applies(one, extras):
            found.setdefault(one.name, {})[str(one.url or one.specifier)] = one
    return {name: tuple(each.values()) for name, each in found.items()}


def _is(pin: Requirement, one: metadata.Distribution) -> bool:
    """Whether it is what is pinned; of a commit that the file does not name any will do."""
    if pin.url is None:
        return pin.specifier.contains(one.version, prereleases=True)
    commit = pin.url.rpartition("@")[2]
    return commit == "HEAD" or commit == _commit_of(one)


def _commit_of(one: metadata.Distribution) -> str:
    """Read of which commit something is installed; empty where it says nothing."""
    try:
        origin: Any = load_json((one.read_text("direct_url.json") or "").encode())
        return str(origin["vcs_info"]["commit_id"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return ""
