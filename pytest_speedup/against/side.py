"""One side of a comparison: a process that runs one commit's code, one turn at a time."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import pytest_speedup
from pytest_speedup.against.answers import read_seconds
from pytest_speedup.against.cause import word_cause
from pytest_speedup.against.channel import Channel
from pytest_speedup.against.log_end import last_lines, quote
from pytest_speedup.documents.fields import text
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import shown
from pytest_speedup.platforms.process_tree import apart, end_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from pytest_speedup.against.channel import Message

T = TypeVar("T")

LAUNCHER = """\
if __name__ == "__main__":
    from pytest_speedup.plugin.side import main

    main()
"""

LAST_LINES = 15
"""How much of what a process said is shown when it ends before its time."""

CLOSING_SECONDS = 10.0
"""How long a process may take to end when it is told to."""


class SideError(SpeedupError):
    """A side could not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a side runs.

    Attributes:
        root: the root directory of its tree.
        sources: folders with its code, which go before whatever else is installed.
        python: the interpreter.
        arguments: pytest's.
        variables: of the environment, beside those of this process.
    """

    root: Path
    sources: Sequence[Path] = ()
    python: str = sys.executable
    arguments: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Side:
    """A process that runs, see :func:`running`.

    Attributes:
        name: base, head or twin.
        process: the process.
        channel: the way to it.
        log: the file with what it says.
    """

    name: str
    process: subprocess.Popen[bytes]
    channel: Channel
    log: Path

    def ask(self, request: Mapping[str, object], read: Callable[[Message], T]) -> T:
        """Send a request and wait for the answer.

        Args:
            request: the request.
            read: takes what is wanted from the answer.

        Raises:
            SideError: the process ended, its test failed, or it answered something else.
        """
        self.tell(request)
        return self.hear(read)

    def tell(self, request: Mapping[str, object]) -> None:
        """Send a request; who is gone says so when the answer is asked for."""
        with contextlib.suppress(OSError, ValueError):
            self.channel.send(request)

    def hear(self, read: Callable[[Message], T]) -> T:
        """Wait for the answer.

        Raises:
            SideError: the process ended, its test failed, or it answered something else. After
                that nothing it says can be told from an answer, and it is ended.
        """
        try:
            answer = self.channel.receive()
            if answer is not None and "failed" not in answer:
                return read(answer)
            failure = None if answer is None else text(answer["failed"])
        except OSError:
            failure = None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            self.process.kill()
            self.process.wait()
            reason = shown(f"{type(error).__name__}: {error}")
            message = f"the process of {self.name} gave an answer that makes no sense: {reason}"
            raise SideError(message) from error
        if failure is None:
            raise SideError(self._obituary())
        message = f"{self.name}: {failure}"
        raise SideError(message)

    def hang_up(self) -> None:
        """Have the process end, without waiting for it."""
        with contextlib.suppress(OSError):
            self.channel.outgoing.close()

    def turn(self, arm: str) -> float:
        """Run an arm of the open workload once, and return its seconds."""
        return self.ask({"turn": arm}, read_seconds)

    def _obituary(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(CLOSING_SECONDS)
        end = quote(last_lines(self.log, LAST_LINES))
        what = f"the process of {self.name} ended with exit code {self.process.poll()}"
        return "\n".join([f"{what}:", *end]) if end else f"{what}, and said nothing"


@contextlib.contextmanager
def running(name: str, code: Code, plugin: Path, logs: Path, seed: int) -> Iterator[Side]:
    """Start one side, and end it and all that it started whatever happens.

    Args:
        name: base, head or twin.
        code: what it runs.
        plugin: a folder with the plugin, from :func:`copy_plugin`: both sides run head's.
        logs: the folder for what it says.
        seed: its hash seed.
    """
    log = logs / f"{name}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(  # noqa: S603 - our own launcher
            [code.python, str(plugin / "speedup_side.py"), *code.arguments],
            cwd=code.root,
            env=_environment(code, seed),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sink,
            # Ctrl-C is for the parent, which ends both sides; and they can be ended as a group.
            **apart(),
        )
    outgoing, incoming = cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)
    side = Side(name, process, Channel(incoming, outgoing), log)
    try:
        yield side
        side.hang_up()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(CLOSING_SECONDS)
    finally:
        end_tree(process)
        process.wait()
        side.hang_up()
        incoming.close()


def copy_plugin(folder: Path) -> Path:
    """Copy the plugin that runs now to where neither tree's own can come first.

    Raises:
        SideError: it cannot be copied.
    """
    package = Path(pytest_speedup.__file__).parent
    try:
        shutil.copytree(package, folder / package.name)
        (folder / "speedup_side.py").write_text(LAUNCHER, encoding="utf-8")
    except OSError as error:
        message = f"the plugin cannot be copied into {folder}: {word_cause(error)}"
        raise SideError(message) from error
    return folder


def sources_in(root: Path) -> list[Path]:
    """Find the code in a tree, with a plain layout and with ``src`` alike."""
    return [folder for folder in (root / "src", root) if folder.is_dir()]


def _environment(code: Code, seed: int) -> dict[str, str]:
    inherited = os.environ.get("PYTHONPATH")
    sources = map(str, code.sources)
    path = os.pathsep.join([*sources, *([inherited] if inherited else [])])
    ours = {"PYTHONPATH": path, "PYTHONHASHSEED": str(seed)}
    return {**os.environ, **ours, **code.variables}
