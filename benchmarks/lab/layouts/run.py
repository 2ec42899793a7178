"""Makes a project of a layout, installs it, and compares its head with its base."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.lab.layouts.layout import EDITABLE, TAUGHT, Layout
from benchmarks.lab.layouts.taught import compare_as_taught

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]
GIT = ("git", "-c", "user.name=lab", "-c", "user.email=lab@localhost", "-c", "commit.gpgsign=false")
IGNORED = "__pycache__/\n.pytest_cache/\n.benchmarks/\nbuild/\n*.egg-info/\n*.so\n"
USUAL = (
    "--benchmark-only",
    "--speedup-against=base",
    "--speedup-fail=25%",
    "--speedup-workers=2",
)
"""The loss is 50 % and the margin half of it: no noise comes near either."""

HEADS = ("same", "loss")
"""What head changes: nothing but a note, or the code."""

TIMEOUT = 900
"""Seconds for one pytest."""


@dataclass(frozen=True)
class Result:
    """What came out of one comparison.

    Attributes:
        layout: the name of the layout.
        way: how it was installed: editable, plain or taught.
        head: what head changed: same or loss.
        code: the exit code.
        seconds: how long the comparison took.
        said: what pytest printed.
    """

    layout: str
    way: str
    head: str
    code: int
    seconds: float
    said: str

    @property
    def is_right(self) -> bool:
        """Whether the same code came to 0, and the loss to 1."""
        return self.code == (1 if self.head == "loss" else 0)

    @property
    def proof(self) -> str:
        """The line of the proof; what pytest said last where there is none."""
        lines = [line for line in self.said.splitlines() if line.strip()]
        proofs = [line for line in lines if line.startswith(("proof:", "! "))]
        return (proofs or lines[-1:] or [""])[0]


class LayoutSource(Protocol):
    """What comes to a layout once there is an environment that can build it.

    Attributes:
        name: its name.
        requires: what builds it, and what it needs when it runs.
        ways: how it is installed.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - above

    @property
    def requires(self) -> tuple[str, ...]: ...  # noqa: D102 - above

    @property
    def ways(self) -> tuple[str, ...]: ...  # noqa: D102 - above

    def fetched(self, python: Path, folder: Path) -> Layout:
        """Return the layout, downloaded where it is not made here.

        Raises:
            SkippedError: it cannot be had here.
        """
        ...


def run(source: LayoutSource, way: str, folder: Path) -> list[Result]:
    """Compare both heads of a layout, installed in one way.

    Args:
        source: the layout.
        way: editable, plain or taught.
        folder: an empty folder.

    Raises:
        SkippedError: it cannot be had here.
        subprocess.CalledProcessError: it cannot be installed.
    """
    python = _environment(source, folder / "venv")
    layout = source.fetched(python, folder)
    if way == TAUGHT:
        return [_taught(layout, head, folder) for head in HEADS]
    results = []
    for head in HEADS:
        top = folder / head
        write(layout, top, head)
        for project in layout.installed:
            mark = ["-e"] if way == EDITABLE else []
            _uv("pip", "install", "--no-build-isolation", "--no-deps", "--python", str(python),
                "--reinstall", *mark, str(top / project))  # fmt: skip
        results.append(_compare(layout, way, head, python, top))
    return results


def _taught(layout: Layout, head: str, folder: Path) -> Result:
    top = folder / head / "origin"
    write(layout, top, head)
    begun = time.monotonic()
    code, said = compare_as_taught(top, folder / head, _arguments(layout)[2:])
    return Result(layout.name, TAUGHT, head, code, time.monotonic() - begun, said)


def _environment(layout: LayoutSource, folder: Path) -> Path:
    _uv("venv", "--python", sys.executable, str(folder))
    python = folder / "bin" / "python"
    wanted = ["pytest", "pytest-benchmark", "setuptools", "editables", "ninja", "pip"]
    wanted += layout.requires
    _uv("pip", "install", "--python", str(python), "-e", str(ROOT), *dict.fromkeys(wanted))
    return python


def write(layout: Layout, top: Path, head: str) -> None:
    """Write a repository with a base and a head.

    Args:
        layout: what is in it.
        top: its folder.
        head: what head changed: same or loss.
    """
    ignored = layout.files.get(".gitignore", b"")
    ignored = ignored if isinstance(ignored, bytes) else ignored.encode()
    files: dict[str, str | bytes] = {**layout.files, "benchmarks/test_work.py": layout.test}
    files[".gitignore"] = ignored + f"\n{IGNORED}".encode()
    _put(top, {**files, layout.code: layout.lossless})
    _git(top, "init", "--quiet", "--initial-branch=main")
    _git(top, "add", "--all")
    _git(top, "commit", "--quiet", "--message=base")
    _git(top, "branch", "base")
    if layout.tag:
        _git(top, "tag", f"v{layout.tag}")
    _put(top, {"notes.txt": "what head is about\n"})
    if head == "loss":
        _put(top, {layout.code: layout.lossy})
    _git(top, "add", "--all")
    _git(top, "commit", "--quiet", "--message=head")


def _compare(layout: Layout, way: str, head: str, python: Path, top: Path) -> Result:
    environment = {key: one for key, one in os.environ.items() if not key.startswith("PYTEST")}
    own = Path(sys.executable).parent  # where uv is
    path = os.pathsep.join([str(python.parent), str(own), os.environ["PATH"]])
    environment |= {"COLUMNS": "250", "PATH": path}
    begun = time.monotonic()
    done = subprocess.run(  # noqa: S603 - pytest itself
        [str(python), "-m", "pytest", *_arguments(layout)],
        cwd=top,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    seconds = time.monotonic() - begun
    return Result(layout.name, way, head, done.returncode, seconds, done.stdout + done.stderr)


def _arguments(layout: Layout) -> list[str]:
    return [*USUAL, f"--speedup-executors=serial,{layout.executor}", *layout.arguments]


def _put(top: Path, files: Mapping[str, str | bytes]) -> None:
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def _git(top: Path, *arguments: str) -> None:
    subprocess.run([*GIT, *arguments], cwd=top, check=True)  # noqa: S603


def _uv(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "uv", "--quiet", *arguments], check=True)  # noqa: S603
