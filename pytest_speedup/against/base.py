"""The base commit: which one it is, and a working tree of it for as long as it is needed.

A commit checked out there has the history, the tags and the settings that it would have in the
user's own, which is only read. Objects are neither copied nor fetched: git looks for them where
``objects/info/alternates`` says
(https://git-scm.com/docs/gitrepository-layout#Documentation/gitrepository-layout.txt-objectsinfoalternates).
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.against.git import (
    GitError,
    Repository,
    Setting,
    as_file,
    as_variables,
    change_with_git,
    promisor_of,
    read_settings,
    run_git,
    settings_of_checkout,
    settings_of_fetching,
    value_of,
)
from pytest_speedup.against.scratch import made
from pytest_speedup.against.side import SideError
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model.text import word_cause

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup.against.worktree import WorkTree

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


MERGE_BASE = "merge-base:"
"""Prefix of a ref: the commit at which HEAD left that ref is the base, not the ref itself."""

NAME = re.compile(r"\w[\w./-]*")
"""A branch, a tag or a commit; neither a place in history, such as HEAD~3, nor an option."""

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
"""The full name of a commit."""


@dataclass(frozen=True, slots=True)
class Base:
    """The base commit, checked out.

    Attributes:
        ref: how the user named it.
        commit: its full name.
        root: the folder in its working tree that corresponds to the user's root directory.
        tree: the name of the commit's tree, by which git knows all files in it.
        top: the folder that its working tree begins at.
    """

    ref: str
    commit: str
    root: Path
    tree: str
    top: Path


def head_commit(root: Path) -> str:
    """Name the commit that the user's working tree is of, in full.

    Raises:
        GitError: there is none.
    """
    return run_git(root, "rev-parse", "HEAD").strip()


def tree_of(root: Path, commit: str) -> str:
    """Name what a commit's files are, which other commits may have, too.

    Raises:
        GitError: there is no such commit.
    """
    return run_git(root, "rev-parse", f"{commit}^{{tree}}").strip()


@contextmanager
def checked_out(root: Path, ref: str) -> Iterator[Base]:
    """Check a commit out into a temporary repository, and remove that whatever happens.

    The user's own repository and working tree are read, and never written to.

    Args:
        root: the user's root directory, anywhere in the repository.
        ref: any name of a commit; with the prefix ``merge-base:`` where HEAD left it.

    Raises:
        SpeedupError: there is no git, no repository or no such commit.
        SideError: it cannot be checked out.
    """
    repository = _repository_of(root)
    commit = find_commit(repository, ref)
    # As git has it: paths that name one folder differ by case, by links and by short names.
    inside = Path(run_git(root, "rev-parse", "--show-prefix"))
    with made("base") as folder:
        top = folder / f"base-{commit[:12]}"
        tree = _check_out(repository, commit, top)
        if not (top / inside).is_dir():
            message = f"{ref} ({commit[:12]}) has no folder {inside.as_posix()}: choose a later one"
            raise SpeedupError(message)
        yield Base(ref, commit, top / inside, tree, top)


def find_base(root: Path, ref: str) -> str:
    """Find the full name of the base commit of the project in a folder.

    Raises:
        SpeedupError: there is no git, no repository or no such commit.
    """
    return find_commit(_repository_of(root), ref)


def names_tip(root: Path, base: Base) -> bool:
    """Whether the base was named as a branch whose tip is HEAD, as after a merge into it.

    Args:
        root: the user's root directory.
        base: the base.
    """
    name = base.ref.removeprefix(MERGE_BASE)
    try:
        full = run_git(root, "rev-parse", "--symbolic-full-name", name)
        tips = [run_git(root, "rev-parse", "--verify", one) for one in ("HEAD", full)]
    except GitError:
        return False
    is_branch = full.startswith(("refs/heads/", "refs/remotes/")) and name not in {"HEAD", "@"}
    return is_branch and tips == [base.commit, base.commit]


def find_commit(repository: Repository, ref: str) -> str:
    """Find the full name of the commit.

    Raises:
        SpeedupError: there is none of that name, or it has no common history with HEAD.
    """
    name = ref.removeprefix(MERGE_BASE)
    try:
        commit = repository.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
    except GitError as error:
        raise SpeedupError(_unknown(repository, name)) from error
    if not ref.startswith(MERGE_BASE):
        return commit
    try:
        return repository.run("merge-base", "HEAD", commit)
    except GitError as error:
        message = f"HEAD and {name} have no common commit here; {_fetch_all(repository)}"
        raise SpeedupError(message) from error


def _repository_of(root: Path) -> Repository:
    try:
        return Repository(Path(run_git(root, "rev-parse", "--show-toplevel")))
    except GitError as error:
        message = f"code is compared by its commits, and {root} is in none: {error}"
        raise SpeedupError(message) from error


def _check_out(repository: Repository, commit: str, top: Path) -> str:
    """Check the commit out, and return the name of its tree."""
    try:
        lender = Lender(Path(repository.run("rev-parse", "--absolute-git-dir")))
        check_out(lender, commit, top)
        return run_git(top, "rev-parse", "--verify", "HEAD^{tree}")
    except (GitError, OSError) as error:
        why = word_cause(error) if isinstance(error, OSError) else str(error)
        message = f"base {commit[:12]} cannot be checked out into {top.parent}: {why}"
        raise SideError(message) from error


def _unknown(repository: Repository, name: str) -> str:
    where = "this shallow clone" if _is_shallow(repository) else "this repository"
    return f"{where} has no commit {name!r}; {_how_to_get(repository, name)}"


def _how_to_get(repository: Repository, name: str) -> str:
    if not NAME.fullmatch(name):
        return f"{_fetch_all(repository)}: a branch, a tag or a commit"
    remote, _, branch = name.partition("/")
    if branch and remote in repository.run("remote").splitlines():
        # Written out, since a shallow clone maps only the branch that it was made of.
        return f"fetch it with: git fetch {remote} {branch}:refs/remotes/{name}"
    target = "" if COMMIT.fullmatch(name) else f":{name}"
    return f"fetch it with: git fetch origin {name}{target}"


def _fetch_all(repository: Repository) -> str:
    if _is_shallow(repository):
        return "fetch the whole history with: git fetch --unshallow; or name another base"
    return "name another base"


def _is_shallow(repository: Repository) -> bool:
    return repository.run("rev-parse", "--is-shallow-repository") == "true"


def copy_worktree(tree: WorkTree, target: Path) -> None:
    """Copy what git would commit of a working tree, as a repository with its history and tags.

    Builds may ask git for the version, and write beside the source: the tree itself is only read.

    Args:
        tree: the working tree.
        target: the folder, which is made.

    Raises:
        SideError: it cannot be copied.
    """
    try:
        commit = run_git(tree.top, "rev-parse", "HEAD")
        lender = Lender(Path(run_git(tree.top, "rev-parse", "--absolute-git-dir")))
        check_out(lender, commit, target)
        if run_git(target, "rev-parse", "HEAD^{tree}") != tree.name:
            _make_alike(tree, target)
    except (GitError, OSError) as error:
        why = word_cause(error) if isinstance(error, OSError) else str(error)
        message = f"the working tree {tree.top} cannot be copied to be built: {why}"
        raise SideError(message) from error


def _make_alike(tree: WorkTree, target: Path) -> None:
    """Have a checkout hold what is not committed, too."""
    for path in run_git(target, "ls-files", "-z").split("\0"):
        if path and path not in tree.blobs and not (tree.top / path).is_dir():
            (target / path).unlink(missing_ok=True)
    for path in tree.blobs:
        source, copy = tree.top / path, target / path
        if not os.path.lexists(source):
            continue
        if not source.is_symlink() and copy.is_file() and cmp(source, copy, shallow=False):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.unlink(missing_ok=True)
        shutil.copy2(source, copy, follow_symlinks=False)
