"""What an interpreter's environment has on its path, and which part of it is the repository's."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.against.side import SideError
from pytest_speedup.documents import load_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

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
