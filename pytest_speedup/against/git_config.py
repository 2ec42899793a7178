"""git's settings: which of the user's a repository of our own gets, and how."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

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
