"""The distributions of an environment whose source is the repository's, and what is on its path."""

from __future__ import annotations

import ast
import configparser
import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pytest_speedup.against.side import SideError
from pytest_speedup.documents import load_json, load_toml, read_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

NAMES = {"site-packages", "dist-packages"}
"""Names of folders with what was installed."""

ASKING = """\
import json, os, site, sys
print(json.dumps([sys.path, sys.prefix, sys.base_prefix]))
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a ``.pth`` file.

    Attributes:
        file: the file.
        text: the line: a folder, or an import.
    """

    file: Path
    text: str

    @property
    def is_import(self) -> bool:
        """Whether it is run, and names no folder."""
        return self.text.startswith(("import ", "import\t"))

    @property
    def folder(self) -> Path:
        """The folder that it names."""
        return Path(os.path.normpath(self.file.parent / self.text))

    def leads_into(self, top: Path) -> bool:
        """Whether it brings code below a folder onto the path, or a finder that does."""
        if self.is_import:
            tops = {str(top), str(top.resolve()), top.resolve().as_uri()}
            said = self.text + "".join(_source(self.file.parent / name) for name in self._modules())
            return any(one in said or one.replace("\\", "\\\\") in said for one in tops)
        return self.folder.resolve().is_relative_to(top.resolve())

    def _modules(self) -> Iterator[str]:
        words = self.text.replace(";", " ").replace(",", " ").replace(".", " ").split()
        return (f"{word}.py" for word in words if word.isidentifier())


@dataclass(frozen=True, slots=True)
class Sites:
    """Where an interpreter finds what is installed.

    Attributes:
        python: the interpreter.
        folders: its folders of installed packages, in the order of its path.
        prefixes: the folders that it and its environment begin at.
    """

    python: str
    folders: Sequence[Path]
    prefixes: Sequence[Path]

    def after(self, folders: Sequence[Path]) -> Sites:
        """Put folders of packages before those that it has."""
        return replace(self, folders=(*folders, *self.folders))

    def lines(self) -> list[Line]:
        """Read what the ``.pth`` files of the folders say, in the order in which they are run."""
        return [line for folder in self.folders for line in _lines_of(folder)]


def sites_of(python: str) -> Sites:
    """Find what an interpreter has on its path; of this one, what it has now.

    Raises:
        SideError: it does not run.
    """
    if python == sys.executable:
        return _sites(python, sys.path, (sys.prefix, sys.base_prefix))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        told = subprocess.run(  # noqa: S603 - an interpreter, no shell
            [python, "-c", ASKING], env=environment, capture_output=True, check=True
        ).stdout
        path, *prefixes = load_json(told)
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        message = f"the interpreter {python} does not say what is on its path: {error}"
        raise SideError(message) from error
    return _sites(python, path, prefixes)


def _sites(python: str, path: Sequence[str], prefixes: Collection[str]) -> Sites:
    folders = [Path(one) for one in dict.fromkeys(path) if Path(one).name in NAMES]
    return Sites(
        python,
        tuple(folder for folder in folders if folder.is_dir()),
        tuple(map(Path, dict.fromkeys(prefixes))),
    )


def _lines_of(folder: Path) -> Iterator[Line]:
    for file in sorted(folder.glob("*.pth")):
        for text in _source(file).splitlines():
            if text.strip() and not text.startswith("#"):
                yield Line(file, text.rstrip())


def _source(file: Path) -> str:
    with suppress(OSError):
        return file.read_text(encoding="utf-8", errors="surrogateescape").removeprefix("\ufeff")
    return ""


OURS = "pytest-speedup"
"""The plugin's own distribution: both sides run the copy of it that runs now."""

OLD_BASE = "speedup-base-"
"""Beginning of the folders that bases are checked out into; an environment may be kept longer."""

PACKAGING = ("pyproject.toml", "setup.cfg", "setup.py")
"""Files that make a folder one to install from."""

ASIDE = {
    *("test", "tests", "testing", "fixtures", "testdata", "data", "examples", "example", "docs"),
    *("vendor", "vendored", "_vendor", "third_party", "node_modules", "build", "dist"),
}
"""Folders whose projects are samples, or other people's."""

CODE = (".py", ".so", ".pyd")


@dataclass(frozen=True, slots=True)
class Installed:
    """A distribution of the repository, as it is installed where the user runs pytest.

    Attributes:
        name: its name, as it is compared.
        folder: the folder of its source, relative to the top of the repository.
        lines: lines of ``.pth`` files that bring its code from the repository onto the path.
        copies: what of it is installed elsewhere: outermost folders and files of its code, and its
            commands and data.
        modules: names of the modules that these are, of the outermost packages that are no
            namespaces.
        is_pure: whether it says that it has nothing but Python.
    """

    name: str
    folder: PurePosixPath
    lines: tuple[Line, ...]
    copies: tuple[Path, ...]
    modules: tuple[str, ...]
    is_pure: bool

    @property
    def folders(self) -> list[Path] | None:
        """The folders on the path that its code lies in; None where that takes more than a path."""
        if self.modules or not self.lines or any(line.is_import for line in self.lines):
            return None
        return [line.folder for line in self.lines]


def installed_projects(sites: Sites, top: Path, tracked: Iterable[str]) -> list[Installed]:
    """Find the distributions of an environment that are the repository's.

    These are all that were installed from a folder or a file in it, and those that are called as a
    project in it is.

    Args:
        sites: of the environment.
        top: the top of the repository's working tree.
        tracked: the files in it, relative to that.
    """
    named = projects_in(top, tracked)
    lines = sites.lines()
    found: dict[str, Installed] = {}
    path = [*map(str, sites.folders), *(str(one.folder) for one in lines if not one.is_import)]
    for one in metadata.distributions(path=list(dict.fromkeys(path))):
        name = normal(one.metadata["Name"] or "")
        if not name or name == OURS or name in found:
            continue
        folder = source_of(one, top)
        if folder is None:
            folder = named.get(name)
        if folder is not None:
            found[name] = _read(one, name, named.get(name, folder), lines, sites)
    return list(found.values())


def projects_in(top: Path, tracked: Iterable[str]) -> dict[str, PurePosixPath]:
    """Name the projects of a tree, and where each lies; samples in its tests are none."""
    files = sorted(map(PurePosixPath, tracked), key=lambda file: len(file.parts))
    folders = dict.fromkeys(
        file.parent
        for file in files
        if file.name in PACKAGING and ASIDE.isdisjoint(file.parent.parts)
    )
    named: dict[str, PurePosixPath] = {}
    for folder in folders:
        name = project_name(top / folder)
        if name:
            named.setdefault(name, folder)
    return named


def project_name(folder: Path) -> str:
    """Read the name of the project in a folder; empty where it is computed, or nowhere."""
    document = read_toml(folder / "pyproject.toml")
    tool = _table(document, "tool")
    tables = [_table(document, "project"), _table(tool, "poetry")]
    tables.append(_table(_table(tool, "flit"), "metadata"))
    named = [table.get(key) for table in tables for key in ("name", "dist-name", "module")]
    named += [_of_setup_cfg(folder / "setup.cfg"), _of_setup_py(folder / "setup.py")]
    return next((normal(name) for name in named if isinstance(name, str) and name), "")


def read_toml(file: Path) -> Mapping[str, object]:
    """Read a file that need not be there, and need not be right."""
    with suppress(OSError, ValueError, RecursionError):
        return load_toml(read_file(file))
    return {}


def normal(name: str) -> str:
    """Write a distribution's name as names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _table(document: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _of_setup_cfg(file: Path) -> str:
    parser = configparser.ConfigParser(interpolation=None)
    with suppress(OSError, ValueError, configparser.Error):
        parser.read_string(read_file(file).decode())
        return parser.get("metadata", "name", fallback="")
    return ""


def _of_setup_py(file: Path) -> str:
    with suppress(OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        for node in ast.walk(ast.parse(read_file(file))):
            if isinstance(node, ast.keyword) and node.arg == "name":
                value = node.value
                return value.value if isinstance(value, ast.Constant) else ""  # type: ignore[return-value]
    return ""


def source_of(one: metadata.Distribution, top: Path) -> PurePosixPath | None:
    """Return the folder in the repository that a distribution was installed from."""
    with suppress(ValueError, TypeError, KeyError, AttributeError):
        address = urlsplit(load_json((one.read_text("direct_url.json") or "").encode())["url"])
        if address.scheme == "file":
            from urllib.request import url2pathname  # noqa: PLC0415 - loads what opens connections

            path = Path(url2pathname(unquote(address.path))).resolve()
            if any(part.startswith(OLD_BASE) for part in path.parts):
                return PurePosixPath()
            if path.is_relative_to(top.resolve()):
                folder = path if path.is_dir() else top.resolve()
                return PurePosixPath(folder.relative_to(top.resolve()).as_posix())
    return None


def _read(
    one: metadata.Distribution,
    name: str,
    folder: PurePosixPath,
    lines: Sequence[Line],
    sites: Sites,
) -> Installed:
    files = [Path(str(one.locate_file(file))) for file in one.files or ()]
    own = {file for file in files if file.suffix == ".pth"}
    helpers = {file for line in lines if line.file in own for file in _helpers(line, files)}
    places = [folder.resolve() for folder in sites.folders]
    rest = [file for file in files if file not in own | helpers]
    code = [one for one in (_inside(file, places) for file in rest) if one and _is_code(one[1])]
    wheel = one.read_text("WHEEL") or "Root-Is-Purelib: true"
    return Installed(
        name,
        folder,
        tuple(line for line in lines if line.file in own),
        (*_copies(code), *(file for file in rest if _inside(file, places) is None)),
        tuple(sorted(modules_of(file for _, file in code))),
        "root-is-purelib: true" in wheel.lower(),
    )


def _helpers(line: Line, files: Iterable[Path]) -> Iterator[Path]:
    """Name the modules of an editable installation that find others, and are none of them."""
    if line.is_import:
        words = set(re.findall(r"\w+", line.text))
        yield from (
            file for file in files if file.stem in words and file.parent == line.file.parent
        )


def _is_code(file: PurePosixPath) -> bool:
    if "__pycache__" in file.parts:
        return False
    return not file.parts[0].endswith((".dist-info", ".egg-info", ".pth", ".egg-link"))


def _inside(file: Path, places: Sequence[Path]) -> tuple[Path, PurePosixPath] | None:
    """Split an installed file into its folder on the path and the rest; None of commands."""
    full = file.resolve()
    split = (
        (one, PurePosixPath(full.relative_to(one).as_posix()))
        for one in places
        if full.is_relative_to(one)
    )
    return next(split, None)


def _copies(code: Iterable[tuple[Path, PurePosixPath]]) -> list[Path]:
    """Name the outermost packages of files, and the files that are in none."""
    files = [*code]
    packages = {file.parent for _, file in files if file.name.startswith("__init__.")}
    packages.discard(PurePosixPath())
    outer = (
        place / next((one for one in reversed(file.parents) if one in packages), file)
        for place, file in files
    )
    return list(dict.fromkeys(outer))


def modules_of(files: Iterable[str | PurePosixPath]) -> set[str]:
    """Name the modules that files are; of packages that are no namespaces the outermost alone.

    Args:
        files: of code, relative to a folder on the path.
    """
    paths = [*map(PurePosixPath, files)]
    packages = {path.parent for path in paths if path.name.startswith("__init__.")}
    packages.discard(PurePosixPath())
    named = set()
    for path in paths:
        if path.suffix not in CODE:
            continue
        outer = next((one for one in reversed(path.parents) if one in packages), None)
        parts = path.parts[:-1] if outer is None else outer.parts
        name = [*parts, path.name.partition(".")[0]] if outer is None else [*parts]
        if all(part.isidentifier() for part in name):
            named.add(".".join(name))
    return named
