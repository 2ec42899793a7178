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
    from collections.abc import Iterable, Mapping
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


FILES = re.compile(
    r"core\.(autocrlf|eol|safecrlf|symlinks|filemode|protecthfs|protectntfs|attributesfile)"
    r"|filter\..*"
)
"""How files are checked out, wherever it is set: a condition may hold for that folder alone."""

OTHERS = re.compile(r"extensions\.partialclone|remote\..*|submodule\..*\.(url|active)")
"""Where objects come from that are not there; of the repository itself."""

FETCHING = re.compile(r"(http|credential|url|lfs)\..*|core\.(sshcommand|gitproxy)")
"""How they come here: with secrets that are put into no file."""

NEVER = re.compile(r"lfs\.storage")
"""Where git would write."""

OWN_SCOPES = ("local", "worktree")
"""Scopes of what is set in the repository itself; git finds the rest by itself."""

PROMISOR = re.compile(r"remote\..*\.promisor")

RELATIVE_URL = re.compile(r"remote\..*\.url")


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting.

    Attributes:
        key: such as ``core.eol``; section and name are in small letters.
        value: such as ``lf``.
        scope: where it was set.
    """

    key: str
    value: str
    scope: str = "local"


def read_settings(listed: str) -> list[Setting]:
    """Read what ``git config --list --show-scope -z`` prints."""
    words = listed.split("\0")
    settings = []
    for scope, entry in zip(words[::2], words[1::2], strict=False):
        key, separator, value = entry.partition("\n")
        settings.append(Setting(key, value if separator else "true", scope))
    return settings


def value_of(settings: Iterable[Setting], key: str) -> str | None:
    """Find the value of a setting: the last one counts."""
    return {one.key: one.value for one in settings}.get(key)


def promisor_of(settings: Iterable[Setting]) -> str | None:
    """Find the remote that a partial clone gets the rest from; None for a whole one."""
    for one in settings:
        if one.key == "extensions.partialclone":
            return one.value
        if PROMISOR.fullmatch(one.key) and one.value == "true":
            return one.key[len("remote.") : -len(".promisor")]
    return None


def settings_of_checkout(settings: Iterable[Setting], folder: Path) -> list[Setting]:
    """Choose what decides how files are checked out.

    Args:
        settings: the user's.
        folder: where git keeps the user's repository, in most cases below its working tree.
    """
    chosen = [
        Setting(one.key, _absolute(one, folder))
        for one in settings
        if (one.scope != "command" and FILES.fullmatch(one.key))
        or (one.scope in OWN_SCOPES and OTHERS.fullmatch(one.key))
    ]
    partial = any(one.key == "extensions.partialclone" for one in chosen)
    return [*chosen, *([Setting("core.repositoryformatversion", "1")] if partial else [])]


def settings_of_fetching(settings: Iterable[Setting]) -> list[Setting]:
    """Choose what decides how objects are fetched that are not there."""
    own = [one for one in settings if one.scope in OWN_SCOPES]
    return [one for one in own if FETCHING.fullmatch(one.key) and not NEVER.fullmatch(one.key)]


def as_file(settings: Iterable[Setting]) -> str:
    """Write settings as git's files have them."""
    return "".join(f"{_section(one.key)}{_line(one)}" for one in settings)


def as_variables(settings: Iterable[Setting]) -> Mapping[str, str]:
    """Write settings as variables of the environment, after those that it has."""
    variables = {}
    number = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    for one in settings:
        variables[f"GIT_CONFIG_KEY_{number}"] = one.key
        variables[f"GIT_CONFIG_VALUE_{number}"] = one.value
        number += 1
    return {**variables, "GIT_CONFIG_COUNT": str(number)}


def _section(key: str) -> str:
    section, _, rest = key.partition(".")
    within = rest.rpartition(".")[0]
    return f"[{section} {_quote(within)}]\n" if within else f"[{section}]\n"


def _line(one: Setting) -> str:
    value = _quote(one.value).replace("\n", "\\n").replace("\t", "\\t")
    return f"\t{one.key.rpartition('.')[2]} = {value}\n"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _absolute(one: Setting, folder: Path) -> str:
    """Write a remote's folder so that it is found from another one."""
    if RELATIVE_URL.fullmatch(one.key) and one.value.startswith(("./", "../")):
        return os.path.normpath(folder.parent / one.value)
    return one.value
