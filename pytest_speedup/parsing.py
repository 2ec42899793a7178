"""From what a user wrote to values: pure functions that refuse with one line."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path, PurePath

from pytest_speedup import executors
from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import BaseEnv, DeclaredEnv, Fails, GivenEnv, InstallEnv, Outcome, SameEnv
from pytest_speedup.reports import RENDERERS

ALLOWABLE = {one.value: one for one in Outcome if one.fails is Fails.UNLESS_ALLOWED}
"""Outcomes that fail the gate unless they are allowed, by the name that users write."""

SAME = "same"
"""What allows a comparison of a tree with itself."""

WORDS: dict[str, BaseEnv] = {"declared": DeclaredEnv(), "same": SameEnv()}
"""Environments of the base that need no more than their name."""

RULES = "rules"
"""What accepts the gate's rules as a change has them."""

INSTALL = re.compile(r"install(\[[A-Za-z0-9._-]+(?:,[A-Za-z0-9._-]+)*\])?")

SCHEDULER = re.compile(r"[a-z]+://\S+:\d+")

MAX_VALUE_CHARACTERS = 1_000
"""Letters of a ref or a path."""

MAX_NAMED_VALUES = 5
"""Wrong values that a message names."""

MAX_SHARDS = 1_000
"""Of one suite: more jobs than any runner starts at once."""

SHARD = re.compile(r"([0-9]{1,4})/([0-9]{1,4})", re.ASCII)

SIZES = ("quick", "default", "seed")


def parse_workers(text: str) -> tuple[int, ...]:
    """Read worker counts such as ``1,2,4,8``."""
    return check_workers([_whole(part) for part in _parts(text)])


def check_workers(counts: list[object]) -> tuple[int, ...]:
    """Refuse what cannot be a number of workers."""
    wrong = [count for count in counts if type(count) is not int or count < 1]
    if wrong or not counts:
        given = ", ".join(map(brief, wrong[:MAX_NAMED_VALUES])) or "none"
        message = f"worker counts are whole numbers from 1, such as 1,2,4,8; got {given}"
        raise SpeedupError(message)
    return tuple(dict.fromkeys(count for count in counts if isinstance(count, int)))


def parse_executors(text: str) -> tuple[str, ...]:
    """Read executor names such as ``serial,thread``."""
    return check_executors(list(_parts(text)))


def check_executors(names: list[object]) -> tuple[str, ...]:
    """Refuse what is no executor's name."""
    if not names:
        message = f"no executor was named; the usual ones are {','.join(executors.USUAL)}"
        raise SpeedupError(message)
    chosen = tuple(dict.fromkeys(map(str, names)))
    for name in chosen:
        executors.find(name)
    return chosen


def parse_size(text: str) -> str:
    """Read a workload size."""
    return _one_of("size", text, SIZES)


def parse_start_method(text: str) -> str:
    """Read a start method that this platform has."""
    return executors.check_start_method(text)


def parse_scheduler(text: str) -> str:
    """Read the address of a Dask scheduler."""
    if SCHEDULER.fullmatch(text):
        return text
    message = f"a Dask scheduler's address is such as tcp://127.0.0.1:8786; got {brief(text)}"
    raise SpeedupError(message)


def parse_margin(text: str) -> float:
    """Read a loss such as ``10%`` or ``0.1``."""
    number = _number(text.strip().removesuffix("%"))
    margin = number / 100 if text.strip().endswith("%") else number
    if not 0 < margin < 1:
        message = (
            f"the accepted loss lies between 0 and 100 %, such as 10% or 0.1; got {brief(text)}"
        )
        raise SpeedupError(message)
    return margin


def parse_ref(text: str) -> str:
    """Read the name of a commit; whether there is one is for git to say."""
    name = text.removeprefix("merge-base:")
    if (
        name.strip()
        and name.isprintable()
        and not name.startswith("-")
        and len(text) <= MAX_VALUE_CHARACTERS
    ):
        return text
    message = f"a commit is named as for git, such as origin/main; got {brief(text)}"
    raise SpeedupError(message)


def parse_base_env(text: str) -> BaseEnv:
    """Read the environment of the base: a word, or a path that looks like one or is there."""
    if text in WORDS:
        return WORDS[text]
    match = INSTALL.fullmatch(text)
    if match is not None:
        return InstallEnv(match[1] or "")
    is_path = "/" in text or os.sep in text or text.startswith((".", "~"))
    if (
        text.isprintable()
        and 0 < len(text) <= MAX_VALUE_CHARACTERS
        and (is_path or Path(text).exists())
    ):
        return GivenEnv(text)
    message = (
        "the base's environment is declared, same, install or install[NAME,NAME], or the path of "
        f"one such as ./base-env; got {brief(text)}"
    )
    raise SpeedupError(message)


def parse_harness(text: str) -> str:
    """Read whose tests the base runs."""
    return _one_of("harness", text.strip(), ("base", "head"))


def parse_reports(text: str) -> tuple[str, ...]:
    """Read the paths of reports."""
    paths = _parts(text)
    wrong = [
        path
        for path in paths
        if PurePath(path).suffix not in RENDERERS
        or not path.isprintable()
        or len(path) > MAX_VALUE_CHARACTERS
    ]
    if wrong or not paths:
        given = ", ".join(map(brief, wrong[:MAX_NAMED_VALUES])) or "none"
        message = f"reports are files that end in {', '.join(RENDERERS)}; got {given}"
        raise SpeedupError(message)
    return tuple(paths)


def parse_shard(text: str) -> tuple[int, int]:
    """Read which shard it is, and of how many, such as ``2/8``."""
    match = SHARD.fullmatch(text.strip())
    number, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= count <= MAX_SHARDS:
        message = (
            f"a shard is NUMBER/COUNT, from 1/1 to {MAX_SHARDS}/{MAX_SHARDS}, such as 2/8; "
            f"got {brief(text)}"
        )
        raise SpeedupError(message)
    return number, count


def parse_costs(text: str) -> str:
    """Read the path of a report in JSON."""
    if (
        PurePath(text).suffix == ".json"
        and text.isprintable()
        and len(text) <= MAX_VALUE_CHARACTERS
    ):
        return text
    message = f"costs are those of a report that ends in .json; got {brief(text)}"
    raise SpeedupError(message)


def parse_budget(text: str) -> float:
    """Read a number of seconds."""
    seconds = _number(text)
    if not 0 <= seconds < math.inf:
        message = f"the budget is a number of seconds from 0; got {brief(text)}"
        raise SpeedupError(message)
    return seconds


def parse_timeout(text: str) -> float:
    """Read a number of seconds that something may take."""
    seconds = _number(text)
    if not 0 < seconds < math.inf:
        message = f"the timeout is a number of seconds above 0; got {brief(text)}"
        raise SpeedupError(message)
    return seconds


def parse_allowed(text: str) -> frozenset[Outcome | str]:
    """Read what is allowed, such as ``missing,same``: outcomes, and words of their own."""
    names = [_one_of("outcome", part, (*ALLOWABLE, SAME, RULES)) for part in _parts(text)]
    return frozenset(ALLOWABLE.get(name, name) for name in names)


def parse_switch(text: str) -> bool:
    """Read a switch of the ini file."""
    return _one_of("switch", text.strip().lower(), ("true", "false")) == "true"


def parse_yes(text: str) -> bool:
    """Read a choice between yes and no."""
    return _one_of("answer", text.strip().lower(), ("yes", "no")) == "yes"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _one_of(what: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        message = f"unknown {what} {brief(text)}; choose from {', '.join(known)}"
        raise SpeedupError(message)
    return text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _whole(text: str) -> object:
    try:
        return int(text)
    except ValueError:
        return text
