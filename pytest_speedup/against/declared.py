"""What the trees of a comparison declare to depend on: metadata, lock files, requirements files."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from email.parser import Parser
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement

from pytest_speedup.against.projects import normal, projects_in, read_toml
from pytest_speedup.against.worktree import OF_OTHERS
from pytest_speedup.documents import MAX_DOCUMENT_BYTES, load_json, read_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.against.worktree import WorkTree

LOCKS = {
    "uv.lock": "package",
    "poetry.lock": "package",
    "pdm.lock": "package",
    "pylock.toml": "packages",
}
"""Lock files, and the table in each that names the packages."""

REQUIREMENTS = re.compile(r"requirements[^/]*\.txt|[^/]*[-_]requirements\.txt")
"""Files at the root of a tree with what pip installs."""

INCLUDES = re.compile(r"(?:-r|--requirement|-c|--constraint)[ =]?\s*(\S+)")

MAX_INCLUDE_DEPTH = 10
"""How many files of requirements may include one another."""

DECIDING = ("pyproject.toml", "setup.py", "setup.cfg", "hatch_build.py", "build.py")
"""Files of a project that say what it depends on, or which others do."""

UNRELATED = ("version", "description", "readme", "authors", "license", "urls", "classifiers")
"""What a project says of itself, and not of others."""

NAMED_SO = re.compile(r"require|depend|constraint", re.IGNORECASE)
"""Names of files that most likely do."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Requirements that one source of a tree names.

    Attributes:
        source: the file, or the project whose metadata it is.
        requirements: what it names, all extras too.
        is_lock: whether it names versions of everything, needed or not.
    """

    source: str
    requirements: tuple[Requirement, ...]
    is_lock: bool = False


def declared_in_files(tree: WorkTree, folder: PurePosixPath) -> dict[str, Declared]:
    """Read the lock files and requirements files in a folder of a tree.

    Args:
        tree: the tree.
        folder: below its top.

    Returns:
        by the names of these files.
    """
    found: dict[str, Declared] = {}
    for path in tree.blobs:
        file = PurePosixPath(path)
        if file.parent != folder:
            continue
        if file.name in LOCKS or re.fullmatch(r"pylock\.[^.]+\.toml", file.name):
            found[path] = Declared(path, tuple(_locked(tree.top / path)), is_lock=True)
        elif REQUIREMENTS.fullmatch(file.name):
            found[path] = Declared(path, tuple(_lines(tree.top, file)))
    return found


def is_decided_alike(folder: PurePosixPath, base: WorkTree, head: WorkTree) -> bool:
    """Whether no file differs that says what a project depends on, as far as names can tell.

    These are the files that each way to build reads, those that such a file names, and those that
    are called as if they listed requirements.
    """
    inside = [path for path in {*base.blobs, *head.blobs} if _is_below(path, folder)]
    changed = [path for path in inside if base.blobs.get(path) != head.blobs.get(path)]
    said = [_text(tree.top / folder / name) for tree in (base, head) for name in DECIDING]
    for path in changed:
        name = PurePosixPath(path).name
        if name == "pyproject.toml" and PurePosixPath(path).parent == folder:
            if _deciding_part(base.top / path) != _deciding_part(head.top / path):
                return False
        elif (
            (name in DECIDING and PurePosixPath(path).parent == folder)
            or NAMED_SO.search(path)
            or any(name in text for text in said)
        ):
            return False
    return True


def _deciding_part(file: Path) -> list[object]:
    """Leave out of a ``pyproject.toml`` what decides nothing of what a project depends on."""
    document = read_toml(file)
    parts: list[object] = []
    for name, irrelevant in (("project", UNRELATED), ("tool", (*OF_OTHERS, "poetry"))):
        table = document.get(name)
        given = table if isinstance(table, dict) else {}
        parts.append({key: value for key, value in given.items() if key not in irrelevant})
    tool = document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    rest = poetry.items() if isinstance(poetry, dict) else ()
    parts.append({key: value for key, value in rest if key not in UNRELATED})
    return [*parts, document.get("build-system"), document.get("dependency-groups")]


def static_requirements(folder: Path) -> tuple[Requirement, ...] | None:
    """Read what a project says it depends on; None where only its built metadata can tell."""
    project = read_toml(folder / "pyproject.toml").get("project")
    if not isinstance(project, dict):
        return None
    dynamic = project.get("dynamic")
    computed = dynamic if isinstance(dynamic, list) else []
    if "dependencies" in computed or "optional-dependencies" in computed:
        return None
    found = [*_parsed(project.get("dependencies"))]
    extras = project.get("optional-dependencies")
    for name, listed in extras.items() if isinstance(extras, dict) else ():
        found += [_of_extra(one, name) for one in _parsed(listed)]
    return tuple(found)


def grouped_requirements(folder: Path) -> tuple[Requirement, ...]:
    """Read the groups of dependencies of a project, each as if it were an extra of its own."""
    groups = read_toml(folder / "pyproject.toml").get("dependency-groups")
    listed = groups.items() if isinstance(groups, dict) else ()
    return tuple(_of_extra(one, f"group-{name}") for name, each in listed for one in _parsed(each))


def built_requirements(wheel: Path) -> tuple[Requirement, ...]:
    """Read what a wheel says that it depends on.

    Raises:
        ValueError: it says nothing that can be read.
    """
    try:
        with ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
            with archive.open(names[0]) as file:
                text = file.read(MAX_DOCUMENT_BYTES).decode()
    except (BadZipFile, OSError, IndexError, UnicodeDecodeError) as error:
        message = f"{wheel.name} has no metadata that can be read"
        raise ValueError(message) from error
    return tuple(_parsed(Parser().parsestr(text, headersonly=True).get_all("Requires-Dist")))


def applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    """Whether a requirement holds on this machine, with some extras of its project."""
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras))


def extras_of(requirements: Iterable[Requirement]) -> dict[str, list[Requirement]]:
    """Sort what only extras of a project require by the name of the extra."""
    found: dict[str, list[Requirement]] = {}
    for one in requirements:
        if one.marker is not None and not applies(one, ()):
            for extra in re.findall(r"extra == ['\"]([^'\"]+)['\"]", str(one.marker)):
                if applies(one, (extra,)):
                    found.setdefault(extra, []).append(one)
    return found


def _locked(file: Path) -> Iterator[Requirement]:
    """Read the versions of a lock file; what has none, such as the project itself, is left out."""
    document = read_toml(file)
    listed = document.get(LOCKS.get(file.name, "packages"))
    entries = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    for entry in entries:
        name, version = entry.get("name"), entry.get("version")
        if isinstance(name, str) and isinstance(version, str):
            marker, source = _marker_of(entry), _repository_of(entry)
            what = f"{name} @ {source}" if source else f"{name}=={version}"
            yield from _parsed([what + (f" ; {marker}" if marker else "")])


def _repository_of(entry: Mapping[str, Any]) -> str:
    """Find the commit that was locked of what comes from no index; empty for what does."""
    source = entry.get("source") or entry.get("vcs") or entry
    if not isinstance(source, dict):
        return ""
    address = source.get("git") or (source.get("type") == "git" and source.get("url"))
    if not isinstance(address, str):
        return ""
    address, _, fragment = address.partition("#")
    commits = [source.get(key) for key in ("resolved_reference", "commit-id", "revision")]
    commit = next((one for one in [*commits, fragment] if isinstance(one, str) and one), "HEAD")
    return f"git+{address.partition('?')[0]}@{commit}"


def _marker_of(entry: Mapping[str, Any]) -> str:
    """Find for which machines a version was locked; each kind of lock says it in its own way."""
    said = [entry.get(key) for key in ("marker", "markers")]
    forks = entry.get("resolution-markers")
    said += [" or ".join(f"({one})" for one in forks)] if isinstance(forks, list) else []
    for one in said:
        with suppress(InvalidMarker):
            if isinstance(one, str) and one:
                return str(Marker(one))
    return ""


def _lines(top: Path, file: PurePosixPath, depth: int = 0) -> Iterator[Requirement]:
    """Read what a file of requirements names, and the files that it includes."""
    joined = re.sub(r"\\\r?\n", " ", _text(top / file))
    for line in joined.splitlines():
        text = re.sub(r"(^|\s)#.*$", "", line).strip()
        included = INCLUDES.fullmatch(text)
        if included and depth < MAX_INCLUDE_DEPTH:
            yield from _lines(top, file.parent / included[1], depth + 1)
        elif text and not text.startswith("-"):
            yield from _parsed([re.split(r"\s--\w", text)[0]])


def _parsed(listed: object) -> Iterator[Requirement]:
    for text in listed if isinstance(listed, list) else ():
        with suppress(InvalidRequirement, TypeError):
            one = Requirement(text)
            one.name = normal(one.name)
            yield one


def _of_extra(one: Requirement, extra: str) -> Requirement:
    condition = f'extra == "{normal(extra)}"'
    marker = f"({one.marker}) and {condition}" if one.marker else condition
    found = Requirement(str(one))
    found.marker = Marker(marker)
    return found


def _is_below(path: str, folder: PurePosixPath) -> bool:
    return folder == PurePosixPath() or path.startswith(f"{folder}/")


def _text(file: Path) -> str:
    with suppress(OSError, ValueError):
        return read_file(file).decode(errors="replace")
    return ""


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
