"""A repository of our own that borrows the objects of the user's.

A commit checked out there has the history, the tags and the settings that it would have in the
user's own, which is only read. Objects are neither copied nor fetched: git looks for them where
``objects/info/alternates`` says
(https://git-scm.com/docs/gitrepository-layout#Documentation/gitrepository-layout.txt-objectsinfoalternates).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.against.git import GitError, change_with_git, run_git
from pytest_speedup.against.git_config import (
    Setting,
    as_file,
    as_variables,
    promisor_of,
    read_settings,
    settings_of_checkout,
    settings_of_fetching,
    value_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COPIED = ("shallow", "info/attributes", "info/exclude", "info/grafts")
"""Files of a repository that decide what its history is, and how files are checked out."""

OUR_OWN = (Setting("gc.auto", "0"), Setting("maintenance.auto", "false"))
"""Nothing tidies up what is there for minutes."""

SUBMODULE = "160000"
"""The mode of a submodule in git's index."""


@dataclass(frozen=True, slots=True)
class Lender:
    """A repository of the user's.

    Attributes:
        folder: where git keeps it, ``.git`` in most cases.
    """

    folder: Path

    def ask(self, *arguments: str) -> str:
        """Run git there, and return what it printed.

        Raises:
            GitError: it failed.
        """
        return run_git(self.folder, "--git-dir=.", *arguments)

    def path(self, name: str) -> Path:
        """Find a file or a folder of the repository, which may be shared among its worktrees."""
        return self.folder / self.ask("rev-parse", "--git-path", name)

    def module(self, name: str) -> Lender | None:
        """Find the repository of a submodule; None where the user has not got it."""
        if not name or not {"", ".", ".."}.isdisjoint(name.replace("\\", "/").split("/")):
            return None
        shared = self.folder / self.ask("rev-parse", "--git-common-dir")
        for folder in (self.folder / "modules" / name, shared / "modules" / name):
            if (folder / "HEAD").is_file():
                return Lender(folder)
        return None

    def has(self, commit: str) -> bool:
        """Whether it has a commit."""
        try:
            return self.ask("cat-file", "-t", commit) == "commit"
        except GitError:
            return False


def check_out(lender: Lender, commit: str, top: Path) -> None:
    """Make a repository in a folder, and check a commit out there, with its submodules.

    Args:
        lender: who has the objects.
        commit: the full name of the commit.
        top: the folder, which is made, or empty.

    Raises:
        GitError: git refused.
        OSError: a file cannot be made.
    """
    settings = read_settings(lender.ask("config", "--list", "--includes", "--show-scope", "-z"))
    _initialise(lender, settings, top)
    options = ("--quiet", "--force", "--detach", "--no-recurse-submodules")
    fetching = as_variables(settings_of_fetching(settings))
    try:
        change_with_git(top, "checkout", *options, commit, variables=fetching)
    except GitError as error:
        remote = promisor_of(settings)
        if remote is None:
            raise
        message = (
            f"{error}; this partial clone may lack its files, "
            f"fetch them with: git fetch --refetch --no-filter {remote}"
        )
        raise GitError(message) from error
    _check_out_submodules(lender, top)


def _initialise(lender: Lender, settings: list[Setting], top: Path) -> None:
    """Make a repository that has the objects, the refs and the settings of another."""
    words = ["init", "--quiet", "--template="]
    form = value_of(settings, "extensions.objectformat")
    words += [] if form is None else [f"--object-format={form}"]
    top.mkdir(exist_ok=True)
    change_with_git(top, *words, variables={"GIT_DEFAULT_REF_FORMAT": "files"})
    own = top / ".git"
    (own / "info").mkdir(exist_ok=True)
    (own / "objects" / "info").mkdir(exist_ok=True)
    alternate = _quoted(os.fsencode(lender.path("objects").resolve()))
    (own / "objects" / "info" / "alternates").write_bytes(alternate + b"\n")
    for name in COPIED:
        file = lender.path(name)
        if file.is_file():
            (own / name).write_bytes(file.read_bytes())
    refs = lender.ask("for-each-ref", "--format=%(objectname) %(refname)")
    (own / "packed-refs").write_bytes(os.fsencode(refs) + b"\n")
    copied = settings_of_checkout(settings, lender.folder)
    with (own / "config").open("ab") as config:
        config.write(os.fsencode(as_file([*copied, *OUR_OWN])))


def _quoted(path: bytes) -> bytes:
    """Write a path so that git reads it as one, whatever letters are in it."""
    for letter, written in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        path = path.replace(letter, written)
    return b'"' + path + b'"'


def _check_out_submodules(lender: Lender, top: Path) -> None:
    """Borrow what the user has of them, and have git fetch the others."""
    if not (top / ".gitmodules").exists():
        return
    names = _names_of_submodules(top)
    missing = []
    for path, commit in _submodules(top):
        module = lender.module(names.get(path, ""))
        folder = top / path
        if module is None or not module.has(commit) or not _is_in_place(folder, top):
            missing.append(path)
        else:
            check_out(module, commit, folder)
    if missing:
        words = ("submodule", "--quiet", "update", "--init", "--recursive", "--", *missing)
        change_with_git(top, *words, variables={})


def _is_in_place(folder: Path, top: Path) -> bool:
    """Whether a folder is where its name says, and no link leads it elsewhere."""
    return folder.is_dir() and folder.resolve() == top.resolve() / folder.relative_to(top)


def _names_of_submodules(top: Path) -> dict[str, str]:
    """Read which name belongs to which path; from the commit, since a file can be a link."""
    blob = ("config", "--blob", "HEAD:.gitmodules", "-z")
    try:
        listed = run_git(top, *blob, "--get-regexp", r"^submodule\..*\.path$")
    except GitError:  # none has a path
        return {}
    pairs = [entry.split("\n", 1) for entry in listed.split("\0") if "\n" in entry]
    return {path: key[len("submodule.") : -len(".path")] for key, path in pairs}


def _submodules(top: Path) -> Iterator[tuple[str, str]]:
    """Find the path and the commit of each."""
    for entry in run_git(top, "ls-files", "--stage", "-z").split("\0"):
        described, _, path = entry.partition("\t")
        if described.startswith(SUBMODULE):
            yield path, described.split()[1]
