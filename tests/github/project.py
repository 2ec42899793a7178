"""A user's repository, whose project lies in a folder of it, and the machine that checks it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.clone import Clone
from tests.github.steps import Runner

if TYPE_CHECKING:
    from pathlib import Path

FAKE = '''
"""Stands for pytest: keeps what it was asked, and does as it was told."""
import json, os, pathlib, subprocess, sys

def head():
    return subprocess.check_output(["git", "rev-parse", "HEAD"], text=True).strip()

def main():
    asked = {"arguments": sys.argv[1:], "directory": os.getcwd()}
    pathlib.Path("asked.json").write_text(json.dumps(asked))
    if os.environ.get("FAKE_SAVES"):
        saved = pathlib.Path(".benchmarks/machine/0001_a.json")
        saved.parent.mkdir(parents=True, exist_ok=True)
        saved.write_text("{}")
    reports = [one for one in sys.argv if one.startswith("--speedup-report=")]
    code = int(os.environ.get("FAKE_CODE", "0"))
    gate = {"kind": os.environ.get("FAKE_KIND", "GREEN"), "exit_code": code}
    commit = os.environ.get("FAKE_COMMIT", head())
    document = json.dumps({"commit": commit, "gate": gate, "cells": [{"verdict": {"red": False}}]})
    for path in map(pathlib.Path, reports[0].partition("=")[2].split(",")):
        if path.suffix == ".json":
            path.write_text(os.environ.get("FAKE_DOCUMENT", document))
        elif os.environ.get("FAKE_REPORTS"):
            path.write_text(os.environ["FAKE_REPORTS"])
    return code

if __name__ == "__main__":
    sys.exit(main())
# Who imports it, as the history does, gets the real one.
sys.path.remove(os.getcwd())
del sys.modules["pytest"]
import pytest
'''


@dataclass
class Checked:
    """A repository with a base and a pull request, which the runner has checked out.

    Attributes:
        clone: the repository.
        base: full name of the commit that the pull request began at.
        head: full name of its last commit.
        runner: the machine.
    """

    clone: Clone
    base: str
    head: str
    runner: Runner

    @property
    def project(self) -> Path:
        """The folder of the project."""
        return self.clone.path / "project"

    @property
    def asked(self) -> list[str]:
        """The arguments that pytest got; for where it is replaced by one that keeps them."""
        arguments: list[str] = json.loads((self.project / "asked.json").read_text())["arguments"]
        return arguments

    @property
    def compared_with(self) -> str:
        """What pytest was to compare with."""
        (one,) = (one for one in self.asked if one.startswith("--speedup-against="))
        return one.partition("=")[2]


def check_out(path: Path, before: str, after: str) -> Checked:
    """Make a repository whose project's test file was one thing and is another now."""
    clone = Clone(path / "repository")
    base = clone.commit(before, "project/test_work.py")
    clone.git("checkout", "--quiet", "-b", "topic")
    head = clone.commit(after, "project/test_work.py")
    return Checked(clone, base, head, Runner(clone.path, path / "temporary"))


def replace_pytest(checked: Checked) -> None:
    """Have ``python -m pytest`` keep its arguments instead of running tests."""
    (checked.project / "pytest.py").write_text(FAKE)


def pull_request(checked: Checked, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Say what GitHub says of a pull request."""
    return {
        "pull_request": {
            "number": 7,
            "base": {"sha": checked.base, "ref": "main"},
            "head": {"sha": checked.head, "ref": "topic"},
            **changes,
        }
    }
