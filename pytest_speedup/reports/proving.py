"""The proof in words: what each side of a comparison ran."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_speedup.model import ProvedRun, ProvedSide

SHORT = 12
"""Letters of the name of a commit or a tree."""


def word_proof(proof: ProvedRun) -> list[str]:
    """Say in a line what each side loaded, and how much of that differs; then what is not known."""
    sides = "; ".join(map(_word_side, proof.sides))
    differ = (
        "1 of its files differs"
        if proof.differing == 1
        else f"{proof.differing} of its files differ"
    )
    return [f"proof: {sides}; {differ}", *proof.remarks]


def _word_side(side: ProvedSide) -> str:
    parts = [f"{side.name} loaded {side.files} files of its tree {side.tree[:SHORT]}"]
    changed = side.files - side.committed
    if changed:
        parts.append(f"{changed} of them not as in commit {side.commit[:SHORT]}")
    elif not side.modified:
        parts.append(f"all as in commit {side.commit[:SHORT]}")
    else:
        parts.append(f"all as in commit {side.commit[:SHORT]}, which other files are not")
    if side.installed:
        parts.append(f"{side.installed} as they were installed")
    if side.built:
        parts.append(f"{side.built} built from that")
    return f"{', '.join(parts)}, {side.how}"
