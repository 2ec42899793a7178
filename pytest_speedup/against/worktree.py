"""What a working tree holds: files as git would commit them, code, and data that it ignores."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pytest_speedup.against.git import READING, GitError, change_with_git, run_git
from pytest_speedup.against.projects import modules_of, read_toml
from pytest_speedup.against.side import SideError
from pytest_speedup.against.watch import BUILT, FOREIGN, INSTALLED, SPARED, TREE
from pytest_speedup.model import shown
from pytest_speedup.model.text import word_cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_speedup.against.projects import Installed

MAX_UNTRACKED_BYTES = 4 * 1024 * 1024
"""Of a file that git does not know yet: larger ones are data, named and not read."""

SUBMODULE = "160000"
"""The mode of a submodule in a tree."""

AT_ONCE = 200
"""Names of files that git is given in one call."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The files of a working tree.

    Attributes:
        top: its folder.
        name: of the tree that git would make of it; that of a commit's tree where nothing differs.
        blobs: the name of each file's content, by path below the top.
        left_out: untracked files that are too large to be read.
        by_file_name: the paths of all files, by the last part of each.
    """

    top: Path
    name: str
    blobs: Mapping[str, str]
    left_out: tuple[str, ...] = ()
    by_file_name: Mapping[str, Sequence[str]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the paths once: each installed file is looked for among them."""
        found: dict[str, list[str]] = {}
        for path in self.blobs:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        object.__setattr__(self, "by_file_name", found)

    def ending_in(self, name: str) -> Iterator[str]:
        """Name the files whose path is this one, or ends with it below some folder."""
        for path in self.by_file_name.get(name.rpartition("/")[2], ()):
            if path == name or path.endswith(f"/{name}"):
                yield path

    def path_of(self, file: str) -> str | None:
        """Return the path below the top of a file, by its full name; None where it is outside."""
        for top in (self.top, self.top.resolve()):
            if Path(file).is_relative_to(top):
                return Path(file).relative_to(top).as_posix()
        return None

    def changed(self, paths: Iterable[str]) -> list[str]:
        """Name the files whose content is no longer what the tree says."""
        different = [path for path in paths if not self._is_blob(path)]
        return [path for path in different if self._filtered(path) != self.blobs[path]]

    def _is_blob(self, path: str) -> bool:
        content = self._content(path)
        if content is None:
            return False
        blob = self.blobs[path]
        kind = hashlib.sha1 if len(blob) == SHA1_LETTERS else hashlib.sha256
        return kind(b"blob %d\0" % len(content) + content).hexdigest() == blob

    def _content(self, path: str) -> bytes | None:
        file = self.top / path
        with suppress(OSError):
            return os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()
        return None

    def _filtered(self, path: str) -> str:
        """Have git name the content, which knows of line endings and other filters."""
        with suppress(GitError):
            return run_git(self.top, "hash-object", f"--path={path}", "--", path)
        return ""


SHA1_LETTERS = 40


def read_worktree(top: Path) -> WorkTree:
    """Read what git would commit if all were committed that it does not ignore.

    Args:
        top: the folder that the working tree begins at.

    Raises:
        SideError: it cannot be read.
    """
    try:
        with TemporaryDirectory(prefix="speedup-index-") as folder:
            return _read(top, Path(folder))
    except (GitError, OSError) as error:
        why = word_cause(error) if isinstance(error, OSError) else str(error)
        message = f"the working tree {top} cannot be read: {why}"
        raise SideError(message) from error


def _read(top: Path, folder: Path) -> WorkTree:
    """Make a tree with an index and objects of our own."""
    index, objects = folder / "index", folder / "objects"
    objects.mkdir()
    own = Path(run_git(top, "rev-parse", "--path-format=absolute", "--git-path", "index"))
    if own.is_file():
        # So that git need not read again what it knows. With its time: git reads again what was
        # written in the second of its index, https://git-scm.com/docs/racy-git.
        shutil.copy2(own, index)
    theirs = run_git(top, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    variables = {
        **READING,
        "GIT_INDEX_FILE": str(index),
        "GIT_OBJECT_DIRECTORY": str(objects),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": theirs,
    }
    change_with_git(top, "add", "--update", "--", ".", variables=variables)
    untracked = _untracked(top)
    small = [name for name in untracked if _is_small(top / name)]
    for start in range(0, len(small), AT_ONCE):
        some = small[start : start + AT_ONCE]
        words = ("--literal-pathspecs", "add", "--ignore-errors", "--", *some)
        with suppress(GitError):  # one that may not be read is no code that ran
            change_with_git(top, *words, variables=variables)
    name = change_with_git(top, "write-tree", "--missing-ok", variables=variables)
    listed = change_with_git(top, "ls-files", "--stage", "-z", variables=variables)
    left_out = tuple(sorted({*untracked} - {*small}))
    blobs, modules = _entries(listed)
    names = [name]
    for module in modules:
        if (top / module / ".git").exists():
            within = read_worktree(top / module)
            blobs |= {f"{module}/{path}": blob for path, blob in within.blobs.items()}
            names += _moved(top / module, within)
    if left_out:
        names.append(f"{len(left_out)} large")
    return WorkTree(top, " + ".join(names), blobs, left_out)


def _entries(listed: str) -> tuple[dict[str, str], list[str]]:
    """Split a list of the index into files and submodules."""
    blobs, modules = {}, []
    for entry in listed.split("\0"):
        described, _, path = entry.partition("\t")
        if described.startswith(SUBMODULE):
            modules.append(path)
        elif path:
            blobs[path] = described.split()[1]
    return blobs, modules


def _moved(module: Path, within: WorkTree) -> list[str]:
    """Name the tree of a submodule where it is not that of its commit, which the index names."""
    return [] if run_git(module, "rev-parse", "HEAD^{tree}") == within.name else [within.name]


def _untracked(top: Path) -> list[str]:
    listed = run_git(top, "ls-files", "-z", "--others", "--exclude-standard")
    return [name for name in listed.split("\0") if name and not name.endswith("/")]


def _is_small(file: Path) -> bool:
    with suppress(OSError):
        return file.is_symlink() or (file.is_file() and file.stat().st_size <= MAX_UNTRACKED_BYTES)
    return False


def ignored_code(top: Path, folder: PurePosixPath) -> list[str]:
    """Name the files of code below a folder that git ignores: no commit has them.

    Raises:
        SideError: they cannot be listed.
    """
    words = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard")
    try:
        listed = run_git(top, "--literal-pathspecs", *words, "--", str(folder))
    except GitError as error:
        message = f"what git ignores in {folder} cannot be listed: {error}"
        raise SideError(message) from error
    names = (name for name in listed.split("\0") if name)
    return [name for name in names if name.endswith((".py", ".so", ".pyd", ".dll", ".dylib"))]


BUILDING = ("setup.py", "meson.build", "CMakeLists.txt", "Cargo.toml", "build.py", "hatch_build.py")
"""Files that say how a project is built, and nothing else."""

COMPILES = re.compile(
    r"ext[_-]modules|Extension\(|cythonize|mypycify|cffi_modules|rust[_-]extensions"
)
"""What a project says that has more than Python, whatever it was installed as."""

COMPILERS = {"mesonpy", "scikit_build_core.build", "maturin", "enscons.api", "sipbuild.api"}
"""Build backends of projects that have more than Python."""

OF_OTHERS = ("ruff", "mypy", "pytest", "coverage", "black", "isort", "tox", "pyright", "pylint")
"""Tables of ``pyproject.toml`` that decide nothing of what is built."""

ASIDE = (
    *(".git", ".pytest_cache", ".benchmarks", ".hypothesis", ".coverage*", ".tox", ".nox"),
    *(".mypy_cache", ".ruff_cache", ".ipynb_checkpoints", ".idea", ".vscode"),
)
"""Files and folders in a tree that hold nobody's code."""

ENVIRONMENT = ("pyvenv.cfg", "conda-meta")
"""What lies at the top of an environment."""

NOT_PACKAGES = {"build", "dist", "node_modules", "__pycache__", "site-packages"}


def is_path_enough(project: Installed, head: WorkTree, trees: Sequence[WorkTree]) -> bool:
    """Whether a project's code is all that is on a path in the tree, so that nothing is built.

    It is installed from the working tree by folders on the path alone, has nothing but Python, no
    file of it was generated, and both trees have these folders and are built alike.
    """
    folders = project.folders
    if folders is None or not project.is_pure:
        return False
    top = head.top.resolve()
    if not all(one.resolve().is_relative_to(top) for one in folders):
        return False
    inside = [PurePosixPath(one.resolve().relative_to(top).as_posix()) for one in folders]
    if not all(_has(tree, folder) for tree in trees for folder in inside):
        return False
    if any(_generated(head, folder) for folder in inside):
        return False
    ways = [_way_to_build(tree, project.folder) for tree in trees]
    return all(way == ways[0] for way in ways) and not _compiles(head, project.folder)


def _has(tree: WorkTree, folder: PurePosixPath) -> bool:
    start = "" if folder == PurePosixPath() else f"{folder}/"
    return any(path.startswith(start) and path.endswith(".py") for path in tree.blobs)


def _generated(tree: WorkTree, folder: PurePosixPath) -> list[str]:
    """Name the code that git ignores in the packages of a folder."""
    files = [PurePosixPath(path).relative_to(folder) for path in ignored_code(tree.top, folder)]
    packages = {module.partition(".")[0] for module in modules_below(tree, [str(folder)])}
    return [
        str(file)
        for file in files
        if NOT_PACKAGES.isdisjoint(file.parts) and file.parts[0].partition(".")[0] in packages
    ]


def _way_to_build(tree: WorkTree, folder: PurePosixPath) -> list[object]:
    """Say what decides how a project is built: other trees may be built otherwise."""
    document = dict(read_toml(tree.top / folder / "pyproject.toml"))
    tool = document.get("tool")
    tools = {key: value for key, value in tool.items() if key not in OF_OTHERS} if tool else {}  # type: ignore[attr-defined]
    files = [tree.blobs.get(str(folder / name)) for name in BUILDING]
    return [document.get("build-system"), tools, *files]


def _compiles(tree: WorkTree, folder: PurePosixPath) -> bool:
    system = read_toml(tree.top / folder / "pyproject.toml").get("build-system")
    backend = system.get("build-backend") if isinstance(system, dict) else None
    if backend in COMPILERS:
        return True
    said = [_text(tree.top / folder / name) for name in ("setup.py", "pyproject.toml")]
    return any(COMPILES.search(text) for text in said)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def modules_below(tree: WorkTree, folders: Iterable[str]) -> set[str]:
    """Name the modules that folders of a tree have, of packages the outermost."""
    named: set[str] = set()
    for folder in folders:
        start = "" if folder in {"", "."} else f"{folder}/"
        named |= modules_of(path[len(start) :] for path in tree.blobs if path.startswith(start))
    return named


def places_of(
    *,
    top: Path,
    environment: Path,
    others: Sequence[Path],
    projects: Iterable[Installed],
    sites: Iterable[Path],
    prefixes: Iterable[Path],
    taken: Iterable[Installed] = (),
) -> Mapping[str, str]:
    """Say whose each place is, for the processes of a side; a longer name holds.

    Args:
        top: of its tree.
        environment: its own.
        others: the tree and the environment of the other side.
        projects: the distributions of the repository, as they are installed.
        sites: folders of installed packages.
        prefixes: folders that interpreters and their environments begin at.
        taken: of the projects those that this side has as they are installed.
    """
    kinds: dict[str, str] = {}
    for one in (Path(tempfile.gettempdir()), *prefixes):
        _put(kinds, one, SPARED)
    for one in others:
        _put(kinds, one, FOREIGN)
    for one in (top, others[0]):
        for aside in _aside(one):
            _put(kinds, aside, SPARED)
    _put(kinds, top, TREE)
    for one in sites:
        _put(kinds, one, SPARED)
    _put(kinds, environment, BUILT)
    for project in projects:
        for copy in project.copies:
            _put(kinds, copy, FOREIGN)
    for project in taken:
        for copy in project.copies:
            _put(kinds, copy, INSTALLED)
    return kinds


def _put(kinds: dict[str, str], place: Path, kind: str) -> None:
    for name in {str(place), str(place.resolve())}:
        kinds[f"{name.rstrip(os.sep)}{os.sep}" if place.is_dir() else name] = kind


def _aside(top: Path) -> list[Path]:
    """Name what lies in a tree and is none of it: caches and environments."""
    found = [file for name in ASIDE for file in top.glob(name)]
    for pattern in ("*", "*/*"):
        marked = (file for mark in ENVIRONMENT for file in top.glob(f"{pattern}/{mark}"))
        found += [file.parent for file in marked]
    return found


MAX_NAMED_DATA = 3

FOLDERS = (("--ignored", "--directory"),)
BOTH = (("--ignored",), *FOLDERS)
"""How git lists what it ignores: with whole folders as one, and before that file by file."""

BUILT_SUFFIXES = ("*.egg-info", "*.dist-info", "*.egg", "wheels", "htmlcov", "target")
"""What tools make, besides what lies aside of anybody's code."""


def word_missing_data(reasons: Iterable[str], head: Path, base: Path) -> list[str]:
    """Say in a line which files that git ignores the base lacks, by what it said as it failed.

    Args:
        reasons: what was said.
        head: the top of head's working tree.
        base: the top of the base's.

    Returns:
        the line; nothing where no such file is named.
    """
    said = "\n".join(reasons)
    found = [path for path in _ignored(head, BOTH) if _is_named(path, said)] if said else []
    lacking = [path for path in found if not (base / path).exists()]
    if not lacking:
        return []
    line = (
        f"the base has no {_some(lacking)}: git ignores it, and only head's tree has it; "
        "commit it, have a fixture make it, or keep it outside of the repository"
    )
    return [line]


def word_data_of_head(head: Path, base: Path) -> str:
    """Name the files that git ignores and head's tree alone has; none where there are no such.

    What is built, kept or installed by tools is no data: caches, environments and packages.

    Args:
        head: the top of head's working tree.
        base: the top of the base's.
    """
    found = [path for path in _ignored(head, FOLDERS) if not _is_tools(head, PurePosixPath(path))]
    return _some([path for path in found if not (base / path).exists()]) or "none"


def _some(paths: Sequence[str]) -> str:
    named = ", ".join(map(shown, paths[:MAX_NAMED_DATA]))
    return (
        f"{named} and {len(paths) - MAX_NAMED_DATA} more" if len(paths) > MAX_NAMED_DATA else named
    )


def _is_tools(top: Path, path: PurePosixPath) -> bool:
    names = (*ASIDE, *NOT_PACKAGES, *BUILT_SUFFIXES)
    if any(fnmatch(part, name) for part in path.parts for name in names):
        return True
    return any((top / path / mark).exists() for mark in ENVIRONMENT)


def _ignored(top: Path, ways: Iterable[tuple[str, ...]]) -> list[str]:
    """List the files that git does not have; a folder of them as one, if all in it are such."""
    words = ("ls-files", "-z", "--others", "--exclude-standard")
    found: dict[str, None] = {}
    for more in ways:
        try:
            listed = run_git(top, *words, *more)
        except GitError:
            continue
        found |= dict.fromkeys(name.rstrip("/") for name in listed.split("\0") if name)
    return [name for name in found if not _is_aside(PurePosixPath(name))]


def _is_aside(path: PurePosixPath) -> bool:
    return "__pycache__" in path.parts or path.suffix in {".pyc", ".so", ".pyd"}


def _is_named(path: str, said: str) -> bool:
    """Whether a file is named by its path, or, in quotes as Python does, by its name."""
    name = PurePosixPath(path).name
    quoted = [f"{start}{end}" for end in "'\"" for start in (f"{end}{path}", f"/{name}")]
    whole = re.search(rf"/{re.escape(path)}(?![\w./-])", said)
    return whole is not None or any(one in said for one in quoted)
