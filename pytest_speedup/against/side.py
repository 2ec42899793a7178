"""One side of a comparison: a process that runs one commit's code, one turn at a time."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import pytest_speedup
from pytest_speedup.against.channel import Channel, Mailbox, last_lines, quote
from pytest_speedup.against.protocol import Failed, Run, Took, Unsuited, decode_answer, encode
from pytest_speedup.against.watch import FOLDER
from pytest_speedup.errors import SpeedupError, UnsuitableError
from pytest_speedup.model import shown
from pytest_speedup.model.text import word_cause
from pytest_speedup.platforms import apart, end_tree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from pytest_speedup.against.protocol import Request

T = TypeVar("T")

LAUNCHER = """\
if __name__ == "__main__":
    from {main} import main

    main()
"""

LAST_LINES = 15
"""How much of what a process said is shown when it ends before its time."""

PARENTS_OWN = ("PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST", "PYTEST_VERSION")
"""Variables of this process's pytest: what a side needs of them, its arguments say."""

CLOSING_SECONDS = 10.0
"""How long a process may take to end when it is told to."""


class SideError(SpeedupError):
    """A side could not do what it was asked."""


class SideFailedError(SideError):
    """The test of a workload did not do what it was asked; its side lives on.

    Attributes:
        side: its name.
        failure: what kind of failure it is.
    """

    def __init__(self, side: str, failed: Failed) -> None:
        """Word what the side answered."""
        super().__init__(f"{side}: {shown(failed.reason)}")
        self.side = side
        self.failure = failed.failure


class SideGoneError(SideError):
    """A side ended, answered what makes no sense, or did not answer in time.

    Attributes:
        side: its name.
    """

    def __init__(self, side: str, message: str) -> None:
        """Take the message as it is."""
        super().__init__(message)
        self.side = side


@dataclass(frozen=True, slots=True)
class Code:
    """What a side runs.

    Attributes:
        root: the root directory of its tree.
        sources: folders with its code, which go before whatever else is installed.
        python: the interpreter.
        arguments: pytest's options.
        paths: files and folders that it collects tests from.
        folder: the working directory; None for the root.
        anchors: files and folders whose conftest.py it reads at its start, whatever it collects:
            they may register options that are among the arguments.
        variables: of the environment, beside those of this process.
    """

    root: Path
    sources: Sequence[Path] = ()
    python: str = sys.executable
    arguments: Sequence[str] = ()
    paths: Sequence[str] = ()
    folder: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    anchors: Sequence[str] = ()

    @property
    def words(self) -> list[str]:
        """What the process is called with, but for what it collects."""
        return [*self.anchors, "--", *self.arguments, "--"]

    def collecting(self, files: Iterable[str]) -> Code:
        """Choose files to collect from, relative to the root: those that its tree has."""
        there = (self.root / file for file in sorted(files))
        return replace(self, paths=[str(path) for path in there if path.exists()])

    def collecting_too(self, files: Iterable[str]) -> Code:
        """Add such files to what it collects from."""
        return replace(self, paths=[*self.paths, *self.collecting(files).paths])


@dataclass(frozen=True, slots=True)
class Side:
    """A process that runs, see :func:`running`.

    Attributes:
        name: base, head or base again.
        process: the process.
        channel: the way to it.
        mailbox: where its answers arrive.
        log: the file with what it says.
    """

    name: str
    process: subprocess.Popen[bytes]
    channel: Channel
    mailbox: Mailbox
    log: Path

    def ask(self, request: Request, kind: type[T], seconds: float | None = None) -> T:
        """Send a request and wait for the answer.

        Args:
            request: the request.
            kind: of the answer.
            seconds: how long it may take; None for as long as it takes.

        Raises:
            SideFailedError, SideGoneError, UnsuitableError: as :meth:`hear` does.
        """
        self.tell(request)
        return self.hear(kind, seconds)

    def tell(self, request: Request) -> None:
        """Send a request; who is gone says so when the answer is asked for."""
        with contextlib.suppress(OSError, ValueError):
            self.channel.send(encode(request))

    def hear(self, kind: type[T], seconds: float | None = None) -> T:
        """Wait for the answer.

        Raises:
            SideFailedError: the test of the workload did not do what it was asked.
            SideGoneError: the process ended, answered something else, or not in time. After that
                nothing it says can be told from an answer, and it is ended.
            UnsuitableError: the workload does not run on the executor of the turn.
        """
        try:
            arrived = self.mailbox.take(seconds)
            answer = None if arrived is None else decode_answer(arrived)
        except TimeoutError as error:
            self._end()
            message = f"{self.name} gave {error}: is it a deadlock?"
            raise SideGoneError(self.name, message) from error
        except OSError:
            answer = None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._makes_no_sense(error) from error
        if answer is None:
            raise SideGoneError(self.name, self._obituary())
        if isinstance(answer, Failed):
            raise SideFailedError(self.name, answer)
        if isinstance(answer, Unsuited):
            raise UnsuitableError(shown(answer.reason))
        if not isinstance(answer, kind):
            other = TypeError(f"{type(answer).__name__} instead of {kind.__name__}")
            raise self._makes_no_sense(other)
        return answer

    def hang_up(self) -> None:
        """Have the process end, without waiting for it."""
        with contextlib.suppress(OSError):
            self.channel.outgoing.close()

    def turn(self, turn: str, seconds: float | None = None) -> float:
        """Run a turn of the open workload once, and return its seconds."""
        return self.ask(Run(turn), Took, seconds).seconds

    def _makes_no_sense(self, error: Exception) -> SideGoneError:
        self._end()
        why = shown(f"{type(error).__name__}: {error}")
        message = f"the process of {self.name} gave an answer that makes no sense: {why}"
        return SideGoneError(self.name, message)

    def _end(self) -> None:
        self.process.kill()
        self.process.wait()

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
        name: base, head or base again.
        code: what it runs.
        plugin: a folder with the plugin, from :func:`copy_plugin`: both sides run head's.
        logs: the folder for what it says.
        seed: its hash seed.
    """
    log, loaded = logs / f"{name}.log", logs / f"{name}-loaded"
    loaded.mkdir()
    paths = code.paths or [str(logs)]  # without any, pytest would collect whatever there is
    with log.open("wb") as sink:
        process = subprocess.Popen(  # noqa: S603 - our own launcher
            [code.python, str(plugin / "speedup_side.py"), *code.words, *paths],
            cwd=code.folder or code.root,
            env={**_environment(code, seed), FOLDER: str(loaded)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=sink,
            # Ctrl-C is for the parent, which ends both sides; and they can be ended as a group.
            **apart(),
        )
    outgoing, incoming = cast("BinaryIO", process.stdin), cast("BinaryIO", process.stdout)
    channel = Channel(incoming, outgoing)
    side = Side(name, process, channel, Mailbox(channel), log)
    try:
        yield side
        side.hang_up()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(CLOSING_SECONDS)
    finally:
        end_tree(process)
        process.wait()
        side.hang_up()
        side.mailbox.close(CLOSING_SECONDS)


def copy_plugin(folder: Path, main: str) -> Path:
    """Copy the plugin that runs now to where neither tree's own can come first.

    Args:
        folder: where it is put.
        main: the module of it whose ``main()`` serves a side.

    Raises:
        SideError: it cannot be copied.
    """
    package = Path(pytest_speedup.__file__).parent
    try:
        shutil.copytree(package, folder / package.name)
        (folder / "speedup_side.py").write_text(LAUNCHER.format(main=main), encoding="utf-8")
    except OSError as error:
        message = f"the plugin cannot be copied into {folder}: {word_cause(error)}"
        raise SideError(message) from error
    return folder


def share_bytecode(loaded: Iterable[tuple[str, str]], folder: Path, trees: Sequence[Path]) -> None:
    """Have sides find compiled what this process has loaded, and not of any tree.

    Python holds bytecode against no more of its source than the time and size, which is enough for
    packages, and not for code that is to be proven. It replaces a link with a file, so that
    nobody's bytecode is written to. Where links may not be made, sides compile.

    Args:
        loaded: the source of each module, and where its bytecode lies.
        folder: what is to be :data:`sys.pycache_prefix` of sides.
        trees: whose code is compiled anew.
    """
    names: dict[tuple[Path, Path], set[str]] = {}
    for source, cached in loaded:
        places = Path(source).parent, Path(cached).parent
        names.setdefault(places, set()).add(Path(source).stem)
    own = [one.resolve() for one in trees]
    for (held, kept), stems in names.items():
        if not _is_of(held.resolve(), own):
            with contextlib.suppress(OSError):
                _link(kept, folder / held.relative_to(held.anchor), stems)


def _is_of(held: Path, trees: Sequence[Path]) -> bool:
    """Whether a folder is a tree's; an environment inside of it is not."""
    apart = [Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()]
    return 0 < _depth_within(held, trees) >= _depth_within(held, apart)


def _depth_within(held: Path, folders: Sequence[Path]) -> int:
    return max((len(one.parts) for one in folders if held.is_relative_to(one)), default=0)


def _link(kept: Path, place: Path, stems: Collection[str]) -> None:
    """Link the bytecode of modules; pytest has one of its own of those that it rewrites."""
    place.mkdir(parents=True, exist_ok=True)
    for compiled in kept.glob("*.pyc"):
        if compiled.name.partition(".")[0] in stems:
            (place / compiled.name).symlink_to(compiled)


def sources_in(root: Path) -> list[Path]:
    """Find the code in a tree, with a plain layout and with ``src`` alike."""
    return [folder for folder in (root / "src", root) if folder.is_dir()]


def _environment(code: Code, seed: int) -> dict[str, str]:
    inherited = os.environ.get("PYTHONPATH")
    sources = map(str, code.sources)
    path = os.pathsep.join([*sources, *([inherited] if inherited else [])])
    ours = {"PYTHONPATH": path, "PYTHONHASHSEED": str(seed)}
    kept = {name: value for name, value in os.environ.items() if name not in PARENTS_OWN}
    return {**kept, **ours, **code.variables}
