"""The options ``--speedup-*`` and their ini twins, and where a setting comes from."""

from __future__ import annotations

import argparse
import os
import shlex
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

ADDOPTS = pytest.StashKey[str]()
"""What ``PYTEST_ADDOPTS`` was before any conftest.py ran."""


def keep_addopts(config: pytest.Config) -> None:
    """Read what who calls pytest always asks for, before a change can say that it was asked."""
    config.stash[ADDOPTS] = os.environ.get("PYTEST_ADDOPTS", "")


def addopts_of(config: pytest.Config) -> str:
    """Return what ``PYTEST_ADDOPTS`` said at the start."""
    return config.stash.get(ADDOPTS, os.environ.get("PYTEST_ADDOPTS", ""))


def is_asked(config: pytest.Config, flag: str) -> bool:
    """Whether an option that is set was given for this run alone.

    One that is nowhere to be seen came by another way, such as a file of arguments, and counts as
    asked for.

    Args:
        config: pytest's.
        flag: the option, such as ``--speedup-fail``.
    """
    if _has(config.invocation_params.args, flag):
        return True
    always = [*config.getini("addopts"), *_words(addopts_of(config))]
    return not _has(always, flag)


def ini_text(config: pytest.Config, name: str) -> str | None:
    """Read a setting of the ini file as on the command line; None where it says nothing.

    pytest's native TOML has numbers, booleans and arrays, of which its own reading of a setting
    takes one kind each.

    Raises:
        SpeedupError: it is a table or a date, or in an array that nests.
    """
    value = _ini_value(config, name)
    return text_of(value)


def text_of(value: object) -> str | None:
    """Write the value of a setting as on the command line; None where it says nothing.

    Raises:
        SpeedupError: it is a table or a date, or in an array that nests.
    """
    if value is None or value == "":
        return None
    if isinstance(value, list | tuple):
        return ",".join(_word(one) for one in value)
    return _word(value)


def _ini_value(config: pytest.Config, name: str) -> Any:  # noqa: ANN401 - TOML has many types
    known: Mapping[str, Any]
    known = config._inicfg if hasattr(config, "_inicfg") else config.inicfg  # noqa: SLF001
    if name not in known:
        return config.getini(name)
    value = known[name]
    return getattr(value, "value", value)  # since pytest 9 with where it came from


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    message = f"it is text, a number, true or false, or an array of these; got {brief(value)}"
    raise SpeedupError(message)


def _has(words: Iterable[object], flag: str) -> bool:
    return any(str(word).partition("=")[0] == flag for word in words)


def _words(text: str) -> list[str]:
    with suppress(ValueError):
        return shlex.split(text)
    return text.split()


@dataclass(frozen=True, slots=True)
class Option:
    """One setting, given as ``--speedup-NAME`` or as ``speedup_name`` in the ini file.

    Attributes:
        name: its name, in words.
        metavar: what stands for its value in the help.
        parse: from text to value; raises SpeedupError.
        default: the text that holds when nothing is given; None for no value.
        help: one sentence, shared by flag and ini.
        bare: the text that the flag alone stands for; None where it takes a value.
    """

    name: str
    metavar: str
    parse: Callable[[str], Any]
    default: str | None
    help: str
    bare: str | None = None

    @property
    def flag(self) -> str:
        """The command-line option."""
        return f"--speedup-{self.name.replace(' ', '-')}"

    @property
    def ini(self) -> str:
        """The name in the ini file, and in pytest's options."""
        return f"speedup_{self.name.replace(' ', '_')}"

    def add(self, parser: pytest.Parser) -> None:
        """Register flag and ini twin."""
        text = f"{self.help} Default: {self.default}." if self.default else self.help
        parser.getgroup("speedup", "parallel speedup").addoption(
            self.flag,
            dest=self.ini,
            default=None,
            help=text.replace("%", "%%"),
            **self._argument_form(),
        )
        parser.addini(self.ini, text, default=None)

    def given(self, config: pytest.Config) -> Any:  # noqa: ANN401 - each option has its own type
        """Value from the command line; None when it is not given there."""
        given = config.getoption(self.ini)
        return given if given is None or self.bare is None else self.parse(given)

    def is_configured(self, config: pytest.Config) -> bool:
        """Whether the ini file says something of it."""
        return ini_text(config, self.ini) is not None

    def is_asked(self, config: pytest.Config) -> bool:
        """Whether the user asked for it in this run, not in a file or variable for every run."""
        return self.given(config) is not None and is_asked(config, self.flag)

    def is_said(self, config: pytest.Config) -> bool:
        """Whether who calls pytest says it, by an option, a variable or an override of a setting.

        Raises:
            pytest.UsageError: the command line cannot be read.
        """
        from pytest_speedup.plugin.given import said_names  # noqa: PLC0415 - seldom asked

        return not said_names(config).isdisjoint((self.flag, self.ini))

    def value(self, config: pytest.Config) -> Any:  # noqa: ANN401 - each option has its own type
        """Value from the command line, else from the ini file, else the default.

        Raises:
            pytest.UsageError: the ini file's value is not valid.
        """
        if (given := self.given(config)) is not None:
            return given
        try:
            text = ini_text(config, self.ini)
            if text is None:
                text = self.default
            return None if text is None else self.parse(text)
        except SpeedupError as error:
            message = f"ini option {self.ini}: {error}"
            raise pytest.UsageError(message) from error

    def _argument_form(self) -> dict[str, Any]:
        if self.bare is not None:
            return {"action": "store_const", "const": self.bare}
        return {"metavar": self.metavar, "type": self._argument}

    def _argument(self, text: str) -> Any:  # noqa: ANN401 - each option has its own type
        try:
            return self.parse(text)
        except SpeedupError as error:
            raise argparse.ArgumentTypeError(str(error)) from error


def _parsed_by(name: str) -> Callable[[str], Any]:
    """Name a function of ``parsing``, which is imported once something is given."""

    def parse(text: str) -> Any:  # noqa: ANN401 - each option has its own type
        return getattr(import_module("pytest_speedup.parsing"), name)(text)

    return parse


WORKERS = Option(
    "workers",
    "N,N",
    _parsed_by("parse_workers"),
    "1,2,4,8",
    "Worker counts to measure, comma-separated.",
)
EXECUTORS = Option(
    "executors",
    "NAME,NAME",
    _parsed_by("parse_executors"),
    "serial,thread,process",
    "Executors to measure, comma-separated; beside those also interpreter, asyncio, loky, dask, "
    "mpi, and what other packages bring.",
)
SIZE = Option(
    "size",
    "SIZE",
    _parsed_by("parse_size"),
    None,
    "Size of the workloads: quick, default or seed. "
    "Default: default when timing, quick when only checking.",
)
START_METHOD = Option(
    "start method",
    "METHOD",
    _parsed_by("parse_start_method"),
    "spawn",
    "How worker processes start: spawn, forkserver or fork, where the platform has it.",
)
DASK_SCHEDULER = Option(
    "dask scheduler",
    "ADDRESS",
    _parsed_by("parse_scheduler"),
    None,
    "Run dask cells on this cluster, such as tcp://127.0.0.1:8786. Default: one started here.",
)

FAIL = Option(
    "fail",
    "LOSS",
    _parsed_by("parse_margin"),
    None,
    "Fail a cell whose speedup fell by more than this, such as 10%, against --benchmark-compare.",
)
AGAINST = Option(
    "against",
    "REF",
    _parsed_by("parse_ref"),
    None,
    "Compare with this commit, side by side in this run; merge-base:REF is where HEAD left REF.",
)
CONFIRM = Option(
    "confirm",
    "ANSWER",
    _parsed_by("parse_yes"),
    "yes",
    "With --speedup-fail, yes or no: measure what saved runs leave open, or turn red, side by side "
    "with the code of the commit that they were saved from.",
)
DETECT = Option(
    "detect",
    "LOSS",
    _parsed_by("parse_margin"),
    None,
    "With --speedup-against: have a loss of this size show, such as 5%: judge by half of it where "
    "nothing names a narrower margin, and take the time that it takes.",
)
BASE_ENV = Option(
    "base env",
    "ENV",
    _parsed_by("parse_base_env"),
    "declared",
    "Environment of the base: declared, the one that runs now with the base's own versions of what "
    "it declares otherwise; same, without these; install, one of its own, and install[NAME,NAME] "
    "with extras of the project; or the path of one that you built.",
)
HARNESS = Option(
    "harness",
    "SIDE",
    _parsed_by("parse_harness"),
    "base",
    "With --speedup-against: whose tests the base runs: base, its own, or head, those of head on "
    "the base's code.",
)
PLAN = Option(
    "plan",
    "",
    _parsed_by("parse_switch"),
    "false",
    "Say what would be measured, how, and for how long at most, and measure nothing.",
    bare="true",
)
SHARD = Option(
    "shard",
    "NUMBER/COUNT",
    _parsed_by("parse_shard"),
    None,
    "With --speedup-against: judge one of so many parts of the suite, such as 2/8; python -m "
    "pytest_speedup merge puts the reports of all together. Not from a file.",
)
SHARD_COSTS = Option(
    "shard costs",
    "PATH",
    _parsed_by("parse_costs"),
    None,
    "With --speedup-shard: a report in JSON, by whose times the workloads are shared out, the same "
    "for all shards. Default: by the number of cells.",
)
BUDGET = Option(
    "budget",
    "SECONDS",
    _parsed_by("parse_budget"),
    None,
    "Time for more blocks of rounds of cells that are not decided yet, all together. Default: 60; "
    "with --speedup-against the time for the whole comparison, 300 or a second for each cell "
    "and 60, beyond which a loss that shows is confirmed.",
)
TIMEOUT = Option(
    "timeout",
    "SECONDS",
    _parsed_by("parse_timeout"),
    "600",
    "With --speedup-against: seconds after which a turn of a workload is taken for a deadlock; "
    "head gets no more than twenty times what the base took, but 60.",
)
ALLOW = Option(
    "allow",
    "OUTCOME,OUTCOME",
    _parsed_by("parse_allowed"),
    "",
    "Outcomes that do not fail the gate: missing, incomparable, environment, unwatched; same, "
    "which measures a tree against itself; and rules, which accepts the rules of the gate as a "
    "change has them.",
)
STRICT = Option(
    "strict",
    "",
    _parsed_by("parse_switch"),
    "false",
    "Fail the gate on cells that stay inconclusive, too.",
    bare="true",
)
RESET = Option(
    "reset",
    "",
    _parsed_by("parse_switch"),
    "false",
    "Begin a new baseline with the run that is saved: what was saved before no longer counts.",
    bare="true",
)
ACKNOWLEDGED = Option(
    "acknowledged",
    "PATH",
    str,
    "speedup-acknowledged.toml",
    "File of acknowledged losses, relative to the root directory.",
)

EXPLAIN = Option(
    "explain",
    "NAME",
    str,
    None,
    "Show where the time of these cells went: a part of their names, such as primes; all for all.",
)

REPORT = Option(
    "report",
    "PATH,PATH",
    _parsed_by("parse_reports"),
    None,
    "Write reports to these files; the suffix says of which format: .html, .md or .json.",
)

ALL = (
    WORKERS,
    EXECUTORS,
    SIZE,
    START_METHOD,
    DASK_SCHEDULER,
    FAIL,
    CONFIRM,
    AGAINST,
    DETECT,
    BASE_ENV,
    HARNESS,
    PLAN,
    SHARD,
    SHARD_COSTS,
    BUDGET,
    TIMEOUT,
    ALLOW,
    STRICT,
    RESET,
    ACKNOWLEDGED,
    EXPLAIN,
    REPORT,
)
