"""What each process of a side loads of the project, and from where it may.

A copy of this file lies in the environment of a side, where a ``.pth`` file starts it in every
Python: in the side's process, in its workers, however they start, and in subinterpreters. It
imports nothing but what Python has loaded by then, neither dataclasses nor pathlib: all workers
pay for it.
"""

from __future__ import annotations

import os
import sys
from _frozen_importlib_external import PathFinder

TYPE_CHECKING = False  # typing's own takes longer to import than all the rest
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

FOLDER = "PYTEST_SPEEDUP_LOADED"
"""The variable that names the folder in which a process notes what it loads."""

STARTED = "_speedup_started"
"""The module by which an environment of a side starts to watch a process."""

MAX_SEEN_FILES = 100_000
"""Names of files that a process remembers; one that opens more is only slower."""

LOADED = ("open", "import", "ctypes.dlopen", "sqlite3.connect")
"""Events with a file: https://docs.python.org/3/library/audit_events.html."""

STARTS = {"subprocess.Popen": 0, "os.exec": 0, "os.posix_spawn": 0, "os.spawn": 1}
"""Events with a program that is started, and which of their arguments names it."""

SHELL = "os.system"
"""The event of a command that a shell runs."""

TREE, BUILT = "tree", "built"
"""Kinds of places whose files are the side's own: its tree, and what was built from that."""

INSTALLED = "installed"
"""The kind of places whose files are the side's own as the user installed them."""

OWN = {TREE, BUILT, INSTALLED}
"""Kinds of places that a side's modules come from."""

FOREIGN = "foreign"
"""The kind of places whose files no process of the side may have."""

UNASKED = "unasked"
"""The kind of an interpreter that is started and does not tell what it loads."""

PROGRAM = "program"
"""The kind of any other program that is started: what it reads, nobody can tell."""

SPARED = ""
"""The kind of places within others that hold nobody's code, as site-packages in a tree."""

CODE = (".py", ".pyc", ".so", ".pyd", ".dll", ".dylib", ".zip", ".egg")
"""Endings of files that are code."""


class Places:
    """Which folder is whose.

    Attributes:
        kinds: the kind of each folder or file, by its full name; of folders with a separator last.
    """

    __slots__ = ("_names", "kinds")

    def __init__(self, kinds: Mapping[str, str]) -> None:
        """Take the kinds as they are; a longer name holds before a shorter one."""
        self.kinds = kinds
        self._names = tuple(kinds)

    def kind_of(self, path: str) -> str:
        """Return the kind of the place that a full path lies in; empty where it is nobody's."""
        if not path.startswith(self._names):
            return SPARED
        within = [name for name in self._names if path.startswith(name)]
        return self.kinds[max(within, key=len)]


class Watch:
    """Notes each file of a known place once, as a process first has it."""

    def __init__(self, places: Places, fallback: str) -> None:
        """Note in the folder that the environment names, else in another one."""
        self.places = places
        self.fallback = fallback
        self.folder = os.environ.get(FOLDER) or fallback
        self.importing = ""
        self._seen: set[object] = set()

    def start(self) -> None:
        """Say that this process is watched, and watch it; nothing ends that but its own end."""
        self._write("begin", " ".join(getattr(sys, "orig_argv", ()))[:300])
        sys.addaudithook(self.hear)

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        """Take an event of Python's."""
        if event not in LOADED:
            if event in STARTS:
                self.started(arguments[STARTS[event]], arguments[STARTS[event] + 1])
            elif event == SHELL:
                self.started("sh", None)
            return
        file = arguments[0]
        if event == "import":
            self.importing = str(file)
            file = arguments[1]
        if isinstance(file, os.PathLike):
            file = os.fspath(file)
        if isinstance(file, str | bytes) and file not in self._seen:
            self.note(os.fsdecode(file), file)

    def started(self, program: object, arguments: object) -> None:
        """Note a program that is the project's, or a Python that is not watched."""
        if not isinstance(program, str | bytes | os.PathLike):
            return
        path = _found(os.fsdecode(program))
        if self.places.kind_of(path) == FOREIGN:
            self._write(FOREIGN, path)
        elif _is_python(path):
            if not _is_beside(path) or _without_site(arguments):
                self._write(UNASKED, path)
        else:
            python = _python_of(path)
            if not python:  # one without a folder is where the started process looks for it
                self._write(PROGRAM, os.path.join(os.sep, path))
            elif not _is_beside(python):
                self._write(UNASKED, path)

    def note(self, file: str, key: object) -> None:
        """Note a file that is opened, imported or mapped, if it lies in a known place."""
        named = source_of(os.path.abspath(file))
        real = os.path.realpath(named)
        if not os.path.isfile(real):  # what is not there yet may be there the next time
            return
        if len(self._seen) >= MAX_SEEN_FILES:
            self._seen.clear()
        if not os.path.isabs(file):  # it may be another one in another folder
            key = named
        if key in self._seen:
            return
        for path in dict.fromkeys((named, real)):
            kind = self.places.kind_of(path)
            if kind:
                self._write(kind, path)
        self._seen.add(key)  # not before: what cannot be noted is not opened, the next time neither

    def _write(self, kind: str, path: str) -> None:
        """Append a line; a file of its own for each process, also of those that were forked.

        It is opened anew each time: a program may close all files, and one that is kept open may
        then be another's.
        """
        module = self.importing if path.endswith(CODE) else ""
        line = f"{kind}\t{module!a}\t{path!a}\n".encode()
        name = f"{self.folder}/{os.getpid()}"
        self._seen.add(name)
        descriptor = os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


def is_below(name: str, modules: Collection[str]) -> bool:
    """Whether a module is one of these, or is inside of one."""
    parts = name.split(".")
    return any(".".join(parts[:end]) in modules for end in range(1, len(parts) + 1))


class Owner:
    """A finder of the project's modules: each comes from the side's own code, or not at all.

    Where no file of them is found anywhere, as of modules that are made in memory, other finders
    have their turn.
    """

    def __init__(
        self, side: str, places: Places, owned: Sequence[str], first: Sequence[str]
    ) -> None:
        """Own modules by their full names, with all that is below them.

        Args:
            side: how the side is called.
            places: which folder is whose.
            owned: the names.
            first: folders that are searched before those of the path.
        """
        self.side = side
        self.places = places
        self.owned = frozenset(owned)
        self.first = [*first]

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Find a module of the project.

        Raises:
            ModuleNotFoundError: there is one of that name, and it is not the side's.
        """
        if not self.owns(fullname):
            return None
        places = sys.path if path is None else [*path]
        own = [one for one in places if self._is_own(one)]
        spec = PathFinder.find_spec(fullname, [*(self.first if path is None else ()), *own], target)
        if spec is not None and spec.origin and self._is_shared(spec.origin):
            own = [one for one in own if not self._is_shared(one)]
            spec = PathFinder.find_spec(fullname, own, target)
        if spec is not None and spec.origin is not None:
            return spec
        if path is not None:
            spec = self._of_tree(fullname, target)
            if spec is not None:
                return spec
        elsewhere = PathFinder.find_spec(fullname, path, target)
        if elsewhere is None or elsewhere.origin is None:
            return None
        message = (
            f"{fullname} is not in the code of {self.side}, and {elsewhere.origin} is none of it: "
            "is it new, or built by something that was not run?"
        )
        raise ModuleNotFoundError(message, name=fullname)

    def _of_tree(self, fullname: str, target: ModuleType | None) -> ModuleSpec | None:
        """Find what a build left out of a package, as it does with tests, in the side's tree."""
        inside = fullname.split(".")[:-1]
        trees = (
            os.path.join(one, *inside)
            for one in map(os.path.abspath, sys.path)
            if self.places.kind_of(os.path.join(one, "")) == TREE
        )
        spec = PathFinder.find_spec(fullname, [*trees], target)
        return spec if spec and spec.origin and spec.origin.endswith(".py") else None

    def owns(self, name: str) -> bool:
        """Whether a module is the project's."""
        return is_below(name, self.owned)

    def _is_own(self, folder: object) -> bool:
        if not isinstance(folder, str):
            return False
        full = os.path.join(os.path.abspath(folder), "")
        return self.places.kind_of(full) in OWN or self._is_shared(folder)

    def _is_shared(self, path: str) -> bool:
        """Whether a path lies below installed packages of the project's and of others."""
        full, places = os.path.abspath(path), (os.path.join(one, "") for one in self.first[1:])
        return self.places.kind_of(full) not in OWN and full.startswith(tuple(places))


def _is_python(path: str) -> bool:
    return os.path.basename(path).startswith(("python", "pypy"))


def _is_beside(path: str) -> bool:
    """Whether a Python is that of this process's environment, which watches it."""
    return os.path.dirname(path) == os.path.dirname(sys.executable)


def _python_of(path: str) -> str:
    """Name the Python that a script says it runs with; empty of other programs."""
    try:
        with open(path, "rb") as script:
            start = script.read(1000)
    except OSError:
        return ""
    if not start.startswith(b"#!"):
        return ""
    lines = os.fsdecode(start).splitlines()[:2]
    words = [word.strip("\"'") for line in lines for word in line[2:].split()]
    whole = [line[2:].strip() for line in lines[:1]]
    quoted = [part for line in lines[1:] for part in line.split("'")[3::2] + line.split('"')[1::2]]
    pythons = [_found(word) for word in (*whole, *quoted, *words) if _is_python(word)]
    return pythons[0] if pythons else ""


def _found(program: str) -> str:
    """Name a program's file; one without a folder is looked for as the system does."""
    if os.sep in program:
        return os.path.abspath(program)
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    full = (os.path.join(folder, program) for folder in folders)
    return next((one for one in full if os.access(one, os.X_OK)), program)


def _without_site(arguments: object) -> bool:
    """Whether a Python is told not to read the files by which its environment watches it."""
    words = [*arguments] if isinstance(arguments, list | tuple) else []
    for word in map(str, words[1:]):
        if not word.startswith("-") or word.startswith(("--", "-c", "-m", "-X", "-W")):
            return False
        if "S" in word:
            return True
    return False


def source_of(path: str) -> str:
    """Name the source of what was compiled into a folder for bytecode; others as they are."""
    folder, _, name = path.rpartition(os.sep)
    prefix = sys.pycache_prefix
    if prefix and path.startswith(os.path.join(prefix, "")):
        drive = os.path.splitdrive(sys.executable)[0]
        folder = drive + folder[len(prefix.rstrip(os.sep)) :]
    elif folder.endswith(f"{os.sep}__pycache__"):
        folder = os.path.dirname(folder)
    else:
        return path
    return f"{folder}{os.sep}{name.partition('.')[0]}.py"


def start(
    side: str,
    kinds: Mapping[str, str],
    owned: Sequence[str],
    first: Sequence[str],
    fallback: str,
) -> Watch:
    """Watch this process, and own the project's modules in it.

    Args:
        side: how the side is called.
        kinds: of places, as :class:`Places` has them.
        owned: names of modules.
        first: folders that are searched for these first.
        fallback: the folder for notes where the environment names none.
    """
    places = Places(kinds)
    watch = Watch(places, fallback)
    watch.start()
    sys.meta_path.insert(0, Owner(side, places, owned, first))
    return watch
