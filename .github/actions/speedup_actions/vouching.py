"""Whether a pytest that exited with 0 judged the commit that is checked out, and found it green.

pytest exits with 0 for much else: ``--co``, ``--help``, a test that ends the process.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import load_json, read_file
from pytest_speedup.model import Kind

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

COMPARED = (Kind.GREEN, Kind.NEW)
"""Where a run stands that passes a gate."""

ONLY_MEASURED = (Kind.MEASURED,)
"""Where one stands that nothing was there to be compared with."""


def ask_git(directory: Path, *arguments: str) -> str:
    """Ask git what it knows of the commit that is checked out; empty where it cannot say."""
    try:
        done = subprocess.run(  # noqa: S603 - a list of words, no shell
            ["git", *arguments],  # noqa: S607 - the user's own git
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.strip()


def doubt(report: Path, commit: str, kinds: Collection[Kind] = COMPARED, shard: str = "") -> str:
    """Say why a pytest that exited with 0 has not passed.

    Args:
        report: what it was to write, as JSON.
        commit: full name of the commit that was checked out when it began; empty if unknown.
        kinds: where a run may stand that passes.
        shard: which part of the suite was asked for, such as ``2/8``; empty for all of it.

    Returns:
        A line; empty where it has passed.
    """
    if not commit:
        return "pytest exited with 0, and git cannot say which commit is checked out"
    if _vouches(_read(report), commit, kinds, shard):
        return ""
    return f"pytest exited with 0 and left no green report of {commit}"


def ends_otherwise(report: Path, code: int) -> bool:
    """Whether a report says another exit code than the run ended with at last."""
    document = _read(report)
    return document is None or document["gate"].get("exit_code") != code


def _read(report: Path) -> dict[str, Any] | None:
    """Read a report; None where there is none."""
    try:
        document = load_json(read_file(report))
    except (OSError, ValueError):
        return None
    is_report = isinstance(document, dict) and isinstance(document.get("gate"), dict)
    return document if is_report else None


def _vouches(
    document: dict[str, Any] | None, commit: str, kinds: Collection[Kind], shard: str
) -> bool:
    if document is None:
        return False
    gate, code = document["gate"], document["gate"].get("exit_code")
    return (
        document.get("commit") == commit
        and type(code) is int
        and code == 0
        and _word_shard(document.get("shard")) == shard.strip()
        and (
            (
                gate.get("kind") in [kind.value for kind in kinds]
                and _has_cells(document.get("cells"))
            )
            or (bool(shard) and _is_idle(document))
        )
    )


def _word_shard(shard: Any) -> str:  # noqa: ANN401 - JSON
    """Name the part of a suite that a report is of; empty for all of it."""
    if not isinstance(shard, dict):
        return "" if shard is None else "unknown"
    return f"{shard.get('number')}/{shard.get('count')}"


def _is_idle(document: dict[str, Any]) -> bool:
    """Whether no workload was left for a shard, which has to be there all the same."""
    shard = document["shard"]
    return (
        document["gate"].get("kind") == Kind.MEASURED.value
        and document["gate"].get("compared") is True
        and document.get("cells") == shard.get("cells") == []
        and shard.get("code") is not None
        and shard.get("number") != 1
    )


def _has_cells(cells: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether at least one cell was measured or judged; ``--co`` may write a report of none."""
    found = [one for one in cells if isinstance(one, dict)] if isinstance(cells, list) else []
    return any(one.get("measurement") or one.get("verdict") for one in found)
