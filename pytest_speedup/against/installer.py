"""The installers that there are, uv and pip, and what they say when they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.against.log_end import quote
from pytest_speedup.against.side import SideError
from pytest_speedup.platforms.process_tree import apart, end_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LAST_LINES = 5
"""How much of what an installer said is shown when it fails."""

BUILDING, INSTALLING = "it cannot be built:", "what was built cannot be installed:"

FETCHING = "the installer said:"

QUIET = ("--quiet", "--disable-pip-version-check")


def build_wheel(source: Path, target: Path, python: str, *, isolated: bool) -> None:
    """Build a wheel of a tree, without its dependencies.

    Args:
        source: the folder of the project.
        target: the folder for the wheel.
        python: the interpreter to build for, and with whose packages where nothing is isolated.
        isolated: whether what it takes to build is fetched, or is there in the environment.

    Raises:
        SideError: it failed, or there is neither uv nor pip.
    """
    alone = [] if isolated else ["--no-build-isolation"]
    if shutil.which("uv"):
        words = ["uv", "build", "--quiet", "--wheel", "--no-config", "--python", python, *alone]
        run_installer(BUILDING, *words, "--out-dir", target, source)
        return
    words = [*_pip(), "wheel", *QUIET, "--no-deps", *alone, "--wheel-dir", str(target)]
    run_installer(BUILDING, *words, source)


def fetch(requirements: Sequence[str], target: Path, python: str) -> None:
    """Install what it takes to build into a folder, to see whether that can be had.

    Args:
        requirements: what is asked for.
        target: the folder.
        python: the interpreter to build for.

    Raises:
        SideError: it cannot be had, or there is neither uv nor pip.
    """
    if shutil.which("uv"):
        words = ["uv", "pip", "install", "--quiet", "--no-config", "--python", python]
    else:
        words = [*_pip("--python", python), "install", *QUIET, "--no-compile"]
    run_installer(FETCHING, *words, "--target", target, *requirements)


def install_wheels(python: Path, wheels: Sequence[Path]) -> None:
    """Install wheels into an environment of our own that has nothing yet.

    Raises:
        SideError: it failed, or there is neither uv nor pip.
    """
    if shutil.which("uv"):
        words = ["uv", "pip", "install", "--quiet", "--offline", "--python", str(python)]
    else:
        words = [*_pip("--python", str(python)), "install", *QUIET, "--no-index", "--no-compile"]
    run_installer(INSTALLING, *words, "--no-deps", *wheels)


def install_into(target: Path, requirements: Sequence[str], constraints: Path, root: Path) -> None:
    """Install requirements, and what they require, into a folder for this interpreter.

    Args:
        target: the folder.
        requirements: what is installed.
        constraints: a file that restricts the versions of these and of what they require.
        root: the folder of the project whose settings for uv hold.

    Raises:
        SideError: it failed, or there is neither uv nor pip.
    """
    if shutil.which("uv"):
        words = ["uv", "pip", "install", "--quiet", "--python", sys.executable]
        words += ["--project", str(root)]
    else:
        words = [*_pip(), "install", *QUIET, "--no-compile"]
    places = ("--target", target, "--constraint", constraints)
    run_installer(FETCHING, *words, *places, *requirements)


@dataclass(slots=True)
class Installers:
    """Installers that run, so that whoever is interrupted need not wait for them.

    Attributes:
        running: those that do.
        ended: whether no other one is to start.
        lock: for both.
    """

    running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    ended: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start one, in a group of its own.

        Raises:
            SideError: all were ended.
        """
        with self.lock:
            if self.ended:
                message = "it was not begun, as all was to end"
                raise SideError(message)
            process = subprocess.Popen(  # noqa: S603 - a list of words, no shell
                command,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                **apart(),
            )
            self.running.add(process)
            return process

    def end(self) -> None:
        """End all, with what they started, and let no other one start."""
        with self.lock:
            self.ended = True
            running = [*self.running]
        for process in running:
            end_tree(process)


_INSTALLERS = Installers()


@contextmanager
def ending_installers() -> Iterator[None]:
    """End what other threads install and build when this one is interrupted, or fails."""
    _INSTALLERS.ended = False
    try:
        yield
    except BaseException:
        _INSTALLERS.end()
        raise


def run_installer(what: str, *command: str | Path) -> None:
    """Run an installer.

    Args:
        what: what is said first if it fails.
        command: its words.

    Raises:
        SideError: it failed; with the last lines of what it said.
        KeyboardInterrupt: this process is to end; it has ended before.
    """
    with _INSTALLERS.start([str(word) for word in command]) as process:
        try:
            told, complained = process.communicate()
        except BaseException:
            end_tree(process)
            raise
        finally:
            _INSTALLERS.running.discard(process)
    if process.returncode:
        said = _reason((complained.strip() or told.strip()).decode(errors="replace"))
        raise SideError("\n".join([what, *quote(said)]))


def _pip(*options: str) -> list[str]:
    if find_spec("pip") is None:
        message = "neither uv nor pip is there to build with: install one where pytest runs"
        raise SideError(message)
    return [sys.executable, "-m", "pip", *options]


def _environment() -> dict[str, str]:
    """Let builds find the commands of this environment, such as ninja, and none of its code."""
    rest = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    commands = [str(Path(sys.executable).parent), *filter(None, [os.environ.get("PATH")])]
    # For pip: it would take the console's on Windows.
    return {**rest, "PATH": os.pathsep.join(commands), "PYTHONIOENCODING": "utf-8"}


def _reason(said: str) -> list[str]:
    """Find what went wrong: pip adds general advice to what a build said."""
    built = said.partition("[end of output]")[0]
    return [line.strip() for line in built.splitlines() if line.strip()][-LAST_LINES:]
