"""A pull request's job as ``docs/github.md`` teaches it: checkout, installation and gate."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[3]
GIT = ("git", "-c", "user.name=lab", "-c", "user.email=lab@localhost", "-c", "commit.gpgsign=false")
PULL = "refs/remotes/pull/1/merge"
EVERYTHING = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
"""What the checkout action fetches with ``fetch-depth: 0``."""

SECONDS = 900
"""For the gate."""


def compare_as_taught(origin: Path, folder: Path, arguments: list[str]) -> tuple[int, str]:
    """Run the gate of a pull request.

    Args:
        origin: a repository whose branch ``base`` is what ``main`` is to be merged into.
        folder: for the job's own.
        arguments: more for the gate's pytest.

    Returns:
        the exit code of the step, and what it printed.

    Raises:
        subprocess.CalledProcessError: something cannot be installed.
    """
    head, merge = _asked(origin, "rev-parse", "main"), _merged(origin)
    workspace = folder / "workspace"
    _checkout(origin, merge, workspace)
    python = _set_up_python(folder)
    wheels = _built(folder / "wheels")
    _run([python, "-m", "pip", "install", "--quiet", "--find-links", wheels,
          "--editable", ".", "pytest-speedup[report]"], workspace)  # fmt: skip
    event = {"pull_request": {"base": {"sha": _asked(origin, "rev-parse", "base")},
                              "head": {"sha": head}}}  # fmt: skip
    return _gate(python, workspace, folder, event, arguments)


def _merged(origin: Path) -> str:
    """Make the commit that a pull request is tested at: its head, merged into its base."""
    words = ["commit-tree", "main^{tree}", "-p", "base", "-p", "main", "-m", "merged"]
    merge = _asked(origin, *words)
    _asked(origin, "update-ref", "refs/pull/1/merge", merge)
    return merge


def _checkout(origin: Path, merge: str, workspace: Path) -> None:
    """Check it out as the action does: fetched into a repository that was empty, and detached."""
    _run([*GIT, "init", "--quiet", str(workspace)], origin)
    _run([*GIT, "remote", "add", "origin", str(origin)], workspace)
    wanted = [*EVERYTHING, f"+{merge}:{PULL}"]
    _run([*GIT, "fetch", "--quiet", "--prune", "--no-recurse-submodules", "origin", *wanted],
         workspace)  # fmt: skip
    _run([*GIT, "checkout", "--quiet", "--force", PULL], workspace)


def _set_up_python(folder: Path) -> str:
    _run([sys.executable, "-m", "venv", str(folder / "python")], folder)
    return str(folder / "python" / "bin" / "python")


def _built(folder: Path) -> str:
    """Build the plugin: what is here is what an index would have."""
    words = ["build", "--quiet", "--wheel", "--out-dir", str(folder), str(ROOT)]
    _run([sys.executable, "-m", "uv", *words], ROOT)
    return str(folder)


def _gate(
    python: str, workspace: Path, folder: Path, event: Mapping[str, object], arguments: list[str]
) -> tuple[int, str]:
    (folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
    temporary = folder / "temporary"
    temporary.mkdir()
    usual = ("PYTEST", "GITHUB", "RUNNER", "VIRTUAL_ENV")
    variables = {name: one for name, one in os.environ.items() if not name.startswith(usual)}
    variables |= {
        "COLUMNS": "250",
        "PATH": os.pathsep.join([str(Path(python).parent), *_without_uv()]),
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_WORKSPACE": str(workspace),
        "GITHUB_STEP_SUMMARY": str(temporary / "summary.md"),
        "GITHUB_OUTPUT": str(temporary / "output"),
        "RUNNER_TEMP": str(temporary),
        "SPEEDUP_ARGUMENTS": " ".join(["benchmarks", *arguments]),
        "SPEEDUP_PYTHON": python,
    }
    done = subprocess.run(  # noqa: S603 - the action itself
        [python, "-I", str(ROOT / ".github/actions/run.py"), "gate"],
        cwd=workspace,
        env=variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _without_uv() -> list[str]:
    """List the folders of commands; a runner has pip and no uv."""
    folders = os.environ["PATH"].split(os.pathsep)
    return [one for one in folders if not Path(one, "uv").exists()]


def _asked(folder: Path, *words: str) -> str:
    done = subprocess.run(  # noqa: S603 - git
        [*GIT, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def _run(words: list[str], folder: Path) -> None:
    subprocess.run(words, cwd=folder, check=True)  # noqa: S603 - a list of words, no shell
