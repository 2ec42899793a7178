"""What is told of the proof: commits, trees, and how many files each side loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.against.side import SideError
from pytest_speedup.against.worktree import SUBMODULE
from pytest_speedup.model import ProvedRun, ProvedSide, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pytest_speedup.against.proof import Proof

MOST_NAMED = 3
"""Files that a remark names."""


def tell_proofs(proofs: Mapping[str, Proof], commits: Mapping[str, str]) -> ProvedRun:
    """Say what each side ran, how much of that differs, and what is not known.

    Args:
        proofs: of base and head.
        commits: what they are commits of, by the same names.

    Raises:
        SideError: a commit cannot be read.
    """
    sides = tuple(_side(name, one, commits[name]) for name, one in proofs.items())
    loaded = [{**one.sources, **one.built, **one.installed} for one in proofs.values()]
    names = {name for one in loaded for name in one}
    differing = sum(len({one.get(name) for one in loaded}) > 1 for name in names)
    return ProvedRun(sides, differing, tuple(_not_proven(proofs.values())))


def _side(name: str, proof: Proof, commit: str) -> ProvedSide:
    tree = proof.made.tree
    try:
        modified = run_git(tree.top, "rev-parse", f"{commit}^{{tree}}").strip() != tree.name
        committed = _committed(proof, commit) if modified else len(proof.sources)
    except GitError as error:
        message = f"{name}: its commit {commit[:12]} cannot be read: {error}"
        raise SideError(message) from error
    return ProvedSide(
        name=name,
        commit=commit,
        tree=tree.name,
        modified=modified,
        files=len(proof.sources),
        committed=committed,
        built=len(proof.built),
        installed=len(proof.installed),
        how=proof.made.how,
    )


def _committed(proof: Proof, commit: str) -> int:
    """Count the files that are as in the commit, where other files are not."""
    listed = run_git(proof.made.tree.top, "ls-tree", "-r", "-z", "--full-tree", commit)
    entries = [one.partition("\t") for one in listed.split("\0") if one]
    blobs = {path: described.split()[2] for described, _, path in entries}
    # A submodule that moved is told by a tree of its own: then nobody knows which files did.
    moved = " + " in proof.made.tree.name
    within = tuple(f"{path}/" for described, _, path in entries if described.startswith(SUBMODULE))
    return sum(
        blobs.get(path) == blob or (path.startswith(within) and not moved)
        for path, blob in proof.sources.items()
    )


def _not_proven(proofs: Collection[Proof]) -> Iterator[str]:
    kinds = {
        "data that git does not have": {path for one in proofs for path in one.unknown},
        "what was compiled or generated where the project was installed": {
            path for one in proofs for path in one.installed
        },
        "what a Python loaded that is not the side's own": {
            path for one in proofs for path in one.unasked
        },
    }
    for kind, found in kinds.items():
        names = sorted(found)
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        if names:
            yield f"not proven: {kind}: {', '.join(map(shown, names[:MOST_NAMED]))}{more}"
