"""Writes the repository of a way: its base commit, and one of three heads."""

from __future__ import annotations

import os
import subprocess
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.sweep.expectation import Head
from benchmarks.lab.sweep.settings import file_name, written

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.lab.sweep.draw import Way

CODE = """\
{top}
import contextlib
import os
import threading
import time

ENGINE = "real"
LOCK = threading.Lock()


def pause(number):
    {task_first}
    with {guard}:
        time.sleep(0.01)
    return number


def run(executor, tasks):
    {run_first}
    return list(executor.map(pause, range(tasks)))
"""
FREE = "contextlib.nullcontext()"
LOCKED = f'LOCK if ENGINE == "real" else {FREE}'

IGNORED = """\
__pycache__/
.pytest_cache/
.coverage*
coverage.xml
run.log
junit.xml
speedup.*
scratch/
below/
"""
OTHER = "def test_plain():\n    assert True\n"

GIT = (
    "git",
    "-c",
    "user.name=sweep",
    "-c",
    "user.email=sweep@localhost",
    "-c",
    "commit.gpgsign=false",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where things of a way are.

    Attributes:
        way: the way.
    """

    way: Way

    @property
    def tests(self) -> str:
        """The folder of the tests, with a slash, from the root of the project."""
        folder = _last(self.way, "tests")
        return f"{folder}/" if folder else ""

    @property
    def file(self) -> str:
        """The file of the test."""
        return f"{self.tests}test_work.py"

    @property
    def node(self) -> str:
        """The id of the test."""
        holder = _last(self.way, "class_name")
        return "::".join(part for part in (self.file, holder, "test_work") if part)

    @property
    def cell(self) -> str:
        """The id of its parallel cell."""
        return f"{self.node}[thread-2{_last(self.way, 'case')}]"

    def filled(self, text: str) -> str:
        """Name places in a text."""
        names = {"FILE": self.file, "NODE": self.node, "CELL": self.cell, "TESTS": self.tests}
        for name, value in names.items():
            text = text.replace(f"@{name}@", value)
        return text


def write(way: Way, head: Head, top: Path) -> Path:
    """Make the repository, with the branch ``base``.

    Args:
        way: the way.
        head: what head changes.
        top: an empty folder.

    Returns:
        the root of the project.
    """
    root = top / _last(way, "service")
    root.mkdir(parents=True, exist_ok=True)
    _git(top, "init", "--quiet", "--initial-branch=main")
    (root / "below").mkdir()
    _put(root, files_of(way, Head.UNCHANGED))
    _git(top, "add", "--all")
    _git(top, "commit", "--quiet", "--message=base")
    _git(top, "branch", "base")
    _put(root, files_of(way, head) | {"notes.txt": "what head is about\n"})
    if not any(value.uncommitted for value in way.values):
        _git(top, "add", "--all")
        _git(top, "commit", "--quiet", "--message=head")
    _put(root, left_of(way))
    return root


def files_of(way: Way, head: Head) -> dict[str, str]:
    """Say what is committed, paths from the root of the project."""
    place = Place(way)
    files = {".gitignore": IGNORED, f"{place.tests}test_other.py": OTHER}
    files[_last(way, "code")] = code_text(way, head)
    files[place.file] = test_text(way, head)
    conftest = "\n".join(value.conftest for value in way.values if value.conftest)
    if conftest:
        files["conftest.py"] = conftest
    files |= {place.filled(path): text for value in way.values for path, text in value.files}
    return files | _settings_of(way)


def left_of(way: Way) -> dict[str, str]:
    """Say what lies there and is committed nowhere."""
    filled = Place(way).filled
    return {path: filled(text) for value in way.values for path, text in value.left}


def code_text(way: Way, head: Head) -> str:
    """Write the code of a head."""
    broken = head is Head.BROKEN
    return CODE.format(
        top=_last(way, "code_top") if broken else "",
        guard=LOCKED if head is Head.LOSSY else FREE,
        task_first=(broken and _last(way, "task_first")) or "pass",
        run_first=(broken and _last(way, "run_first")) or "pass",
    )


def test_text(way: Way, head: Head) -> str:
    """Write the test of a head."""
    broken = head is Head.BROKEN
    holder = _last(way, "class_name")
    decorators = [line for value in way.values for line in value.decorators]
    asked = "".join(value.asks for value in way.values)
    name = (broken and _last(way, "test_name")) or "test_work"
    first = (broken and _last(way, "test_first")) or "pass"
    body = _last(way, "body") or "speedup(run, 4)"
    test = "\n".join(
        [
            *decorators,
            f"def {name}({'self, ' if holder else ''}speedup{asked}):",
            textwrap.indent(f"{first}\n{body.strip()}\n", "    "),
        ]
    )
    if holder:
        test = f"class {holder}:\n" + textwrap.indent(test, "    ")
    top = _last(way, "test_top") if broken else ""
    prelude = "\n".join(value.prelude for value in way.values)
    return f"{top}\nimport pytest\n\nfrom acme import run\n\n{prelude}\n\n{test}"


def _settings_of(way: Way) -> dict[str, str]:
    joined: dict[str, str] = {}
    for value in way.values:
        for name, text in value.settings:
            separator = " " if name == "addopts" else "\n"
            joined[name] = separator.join(filter(None, (joined.get(name), Place(way).filled(text))))
    if not joined:
        return {}
    kind = _last(way, "ini") or "pytest.ini"
    return {file_name(kind): written(kind, joined)}


def _last(way: Way, field: str) -> str:
    """The text of the last value that says something; empty if none does."""
    return next((text for one in reversed(way.values) if (text := getattr(one, field))), "")


def _put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _git(top: Path, *arguments: str) -> None:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run([*GIT, *arguments], cwd=top, env=environment, check=True)  # noqa: S603
