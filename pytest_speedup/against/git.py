"""git, as far as it is needed: asked in words, answered in text, and never in a shell."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

GUARDED = (
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "safe.bareRepository=explicit"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "protocol.ext.allow=never"),
)
"""What git would run beside itself, and does not for us.

A project's hooks and file monitor are for its own commits, not for a checkout of ours. A folder
that looks like a repository may have come with a pull request, with commands in its configuration
(https://git-scm.com/docs/git-config#Documentation/git-config.txt-safebareRepository), and so may
a submodule's address that is a command.
"""


class GitError(SpeedupError):
    """git refused; the message is its reason."""


LONG_PATHS = ("-c", "core.longpaths=true")
"""On Windows the base's tree may lie deeper than the user's, whose paths just fit into 260 letters.

Git for Windows has it off unless it is asked for; others do not know it.
"""


READING = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": ""}
"""What is only asked fetches nothing: in a partial clone a missing object would come to lie there.

Before 2.45 git knows only the second: no way to fetch anything by.
"""

ELSEWHERE = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"),
    *("GIT_OBJECT_DIRECTORY", "GIT_SHALLOW_FILE"),
)
"""Variables that point git at another repository, as a commit hook's environment does."""

ADVICE = re.compile(r"git config --global --add safe\.directory .+")
"""What git says is to be done about a repository that belongs to another user."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of the user's, which is only read.

    Attributes:
        top: the folder that its working tree begins at.
    """

    top: Path

    def run(self, *arguments: str) -> str:
        """Run git there, and return what it printed.

        Raises:
            GitError: it failed.
        """
        return run_git(self.top, *arguments)


def run_git(folder: Path, *arguments: str) -> str:
    """Run git in a folder to learn something, and return what it printed; nothing is fetched.

    Raises:
        GitError: it failed.
        SpeedupError: there is no git.
    """
    return change_with_git(folder, *arguments, variables=READING)


def change_with_git(folder: Path, *arguments: str, variables: Mapping[str, str]) -> str:
    """Run git in a repository of our own, which it may write to and fetch for.

    Args:
        folder: where.
        arguments: git's.
        variables: of the environment, beside those of this process.

    Raises:
        GitError: it failed.
        SpeedupError: there is no git.
    """
    if shutil.which("git") is None:
        message = "git is not installed: --speedup-against takes it to check out the base"
        raise SpeedupError(message)
    done = subprocess.run(  # noqa: S603 - a list of words, no shell
        ["git", "-C", str(folder), *GUARDED, *LONG_PATHS, *arguments],  # noqa: S607 - the user's own git
        env={**_environment(), **variables},
        capture_output=True,
        check=False,
    )
    if done.returncode:
        printed = done.stderr.decode("utf-8", "replace")  # git's, whatever the console's is
        raise GitError(_reason(printed) or f"git {arguments[0]} failed")
    return os.fsdecode(done.stdout).removesuffix("\n")  # names of files, for the most part


def _reason(printed: str) -> str:
    """Find the line that says why; later ones say what could not be done therefore.

    But for the one that says what is to be done.
    """
    lines = [line for line in printed.splitlines() if line.strip()]
    reasons = [line for line in lines if line.startswith(("fatal:", "error:"))]
    reason = shown(next(iter(reasons or lines[-1:]), ""))
    advice = ADVICE.search(printed)
    if advice is None:
        return reason
    return f"{reason}; to add an exception for it, call: {shown(advice.group())}"


def _environment() -> dict[str, str]:
    rest = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    quiet = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    return {**rest, **quiet}
