"""The base commit: which one it is, and a working tree of it for as long as it is needed."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_speedup.against.git import GitError, Repository, run_git
from pytest_speedup.against.side import SideError
from pytest_speedup.errors import SpeedupError
from pytest_speedup.platforms.removal import remove_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

MERGE_BASE = "merge-base:"
"""Prefix of a ref: the commit at which HEAD left that ref is the base, not the ref itself."""

NAME = re.compile(r"\w[\w./-]*")
"""A branch, a tag or a commit; neither a place in history, such as HEAD~3, nor an option."""

COMMIT = re.compile(r"[0-9a-f]{40}")
"""The full name of a commit."""


@dataclass(frozen=True, slots=True)
class Base:
    """The base commit, checked out.

    Attributes:
        ref: how the user named it.
        commit: its full name.
        root: the folder in its working tree that corresponds to the user's root directory.
    """

    ref: str
    commit: str
    root: Path


@contextmanager
def checked_out(root: Path, ref: str) -> Iterator[Base]:
    """Check a commit out into a temporary working tree, and remove that whatever happens.

    The user's own working tree and index stay as they are.

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
    # A folder of its own for each checkout; git takes the last part as the tree's name.
    folder = Path(tempfile.mkdtemp(prefix="speedup-base-"))
    tree = folder / f"base-{commit[:12]}"
    try:
        _check_out(repository, commit, tree)
        if not (tree / inside).is_dir():
            message = f"{ref} ({commit[:12]}) has no folder {inside.as_posix()}: choose a later one"
            raise SpeedupError(message)
        yield Base(ref, commit, tree / inside)
    finally:
        with suppress(GitError):
            repository.run("worktree", "remove", "--force", "--force", str(tree))
        remove_tree(folder)
        with suppress(GitError):
            repository.run("worktree", "prune")


def find_base(root: Path, ref: str) -> str:
    """Find the full name of the base commit of the project in a folder.

    Raises:
        SpeedupError: there is no git, no repository or no such commit.
    """
    return find_commit(_repository_of(root), ref)


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
        message = f"--speedup-against compares commits, and {root} is in none: {error}"
        raise SpeedupError(message) from error


def _check_out(repository: Repository, commit: str, tree: Path) -> None:
    try:
        repository.run("worktree", "add", "--quiet", "--force", "--detach", str(tree), commit)
        if (tree / ".gitmodules").exists():
            run_git(tree, "submodule", "--quiet", "update", "--init", "--recursive")
    except GitError as error:
        message = f"base {commit[:12]} cannot be checked out into {tree.parent}: {error}"
        raise SideError(message) from error


def _unknown(repository: Repository, name: str) -> str:
    where = "this shallow clone" if _is_shallow(repository) else "this repository"
    return f"--speedup-against: {where} has no commit {name!r}; {_how_to_get(repository, name)}"


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
