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


def doubt(report: Path, commit: str, kinds: Collection[Kind] = COMPARED) -> str:
    """Say why a pytest that exited with 0 has not passed.

    Args:
        report: what it was to write, as JSON.
        commit: full name of the commit that was checked out when it began; empty if unknown.
        kinds: where a run may stand that passes.

    Returns:
        A line; empty where it has passed.
    """
    if not commit:
        return "pytest exited with 0, and git cannot say which commit is checked out"
    try:
        document = load_json(read_file(report))
    except (OSError, ValueError):
        document = None
    if _vouches(document, commit, kinds):
        return ""
    return f"pytest exited with 0 and left no green report of {commit}"


def _vouches(document: Any, commit: str, kinds: Collection[Kind]) -> bool:  # noqa: ANN401 - JSON
    if not isinstance(document, dict) or not isinstance(document.get("gate"), dict):
        return False
    gate, code = document["gate"], document["gate"].get("exit_code")
    return (
        document.get("commit") == commit
        and gate.get("kind") in [kind.value for kind in kinds]
        and type(code) is int
        and code == 0
        and _has_cells(document.get("cells"))
    )


def _has_cells(cells: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether at least one cell was measured or judged; ``--co`` may write a report of none."""
    found = [one for one in cells if isinstance(one, dict)] if isinstance(cells, list) else []
    return any(one.get("measurement") or one.get("verdict") for one in found)
