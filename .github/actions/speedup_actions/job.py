"""The job that a step runs in: what it was given, and where it puts what it found.

See https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_speedup.errors import SpeedupError
from pytest_speedup.github import read_event

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SUMMARY_BYTES = 2**19
"""Bytes of a part of a step's summary, which has two at most: GitHub takes a mebibyte."""


@dataclass(frozen=True, slots=True)
class Job:
    """The environment of a step, by what its variables mean.

    Attributes:
        variables: as in ``os.environ``.
    """

    variables: Mapping[str, str]

    @property
    def directory(self) -> Path:
        """The folder of the user's project.

        Raises:
            SpeedupError: there is no such folder in the repository.
        """
        workspace = Path(self.variables["GITHUB_WORKSPACE"]).resolve()
        given = self.variables.get("SPEEDUP_DIRECTORY") or "."
        folder = (workspace / given).resolve()
        if not folder.is_relative_to(workspace) or not folder.is_dir():
            message = f"working-directory is a folder of the repository; got {given!r}"
            raise SpeedupError(message)
        return folder

    @property
    def arguments(self) -> list[str]:
        """More arguments for pytest, split as a shell does, of which nothing else is done.

        Raises:
            SpeedupError: a quotation has no end.
        """
        given = self.variables.get("SPEEDUP_ARGUMENTS", "")
        try:
            return shlex.split(given)
        except ValueError as error:
            message = f"arguments are words, quoted as in a shell; got {given!r}: {error}"
            raise SpeedupError(message) from error

    @property
    def event(self) -> dict[str, Any]:
        """The payload of the event that started the workflow.

        Raises:
            SpeedupError: there is none.
        """
        return read_event(self.variables)

    @property
    def temporary(self) -> Path:
        """A folder for the files of this job."""
        return Path(self.variables["RUNNER_TEMP"])

    def summarize(self, markdown: str) -> None:
        """Add to what the page of the run shows."""
        text = markdown.encode()[:MAX_SUMMARY_BYTES].decode(errors="ignore")
        self._append("GITHUB_STEP_SUMMARY", f"{text}\n")

    def output(self, name: str, value: object) -> None:
        """Hand a value of one line to the steps that follow."""
        self._append("GITHUB_OUTPUT", f"{name}={value}\n")

    def _append(self, variable: str, text: str) -> None:
        if path := self.variables.get(variable):
            with Path(path).open("a", encoding="utf-8", newline="\n") as file:
                file.write(text)
