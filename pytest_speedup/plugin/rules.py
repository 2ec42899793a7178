"""The gate's own rules, as far as files say them: a change is judged by those of its base."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup import parsing
from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.gate import BY_ALLOWING, BY_BASE
from pytest_speedup.model import GivenEnv, Outcome, short_name, shown
from pytest_speedup.plugin import options
from pytest_speedup.plugin.given import given_in, said_names
from pytest_speedup.plugin.scope import matching
from pytest_speedup.plugin.settings import placed_env
from pytest_speedup.plugin.trees import Trees, ini_of, setting_of, words_of
from pytest_speedup.storage import open_runs, read_entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from pytest_speedup.against.protocol import Describe
    from pytest_speedup.plugin.options import Option
    from pytest_speedup.plugin.settings import Settings
    from pytest_speedup.storage import Acknowledged


@dataclass(slots=True)
class Selection:
    """What a side's own files say, before it is taken away from the side.

    Attributes:
        keyword: ``-k`` of its ``addopts``, empty for none.
        markexpr: ``-m``, likewise.
        deselect: how node ids begin that it deselects.
        ignore: files and folders that it ignores.
        ignore_glob: patterns of such.
        dropped: node ids that hooks deselected.
    """

    keyword: str = ""
    markexpr: str = ""
    deselect: tuple[str, ...] = ()
    ignore: tuple[Path, ...] = ()
    ignore_glob: tuple[str, ...] = ()
    dropped: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, config: pytest.Config) -> Selection:
        """Read it from the options, which are those of the side's own files."""
        option, folder = config.option, config.invocation_params.dir
        return cls(
            keyword=option.keyword or "",
            markexpr=option.markexpr or "",
            deselect=tuple(option.deselect or ()),
            ignore=tuple((folder / one).resolve() for one in option.ignore or ()),
            ignore_glob=tuple(str(folder / one) for one in option.ignore_glob or ()),
        )

    def choose(
        self, config: pytest.Config, cells: Mapping[str, pytest.Function], request: Describe
    ) -> set[str]:
        """Find the cells that it takes in.

        Args:
            config: the side's.
            cells: all that were collected, by node id.
            request: what who calls pytest says of ``-k`` and ``-m``, in place of the files.
        """
        keyword = self.keyword if request.keyword is None else request.keyword
        markexpr = self.markexpr if request.markexpr is None else request.markexpr
        kept = [item for name, item in cells.items() if not self._leaves_out(name, item.path)]
        return matching(config, kept, keyword, markexpr)

    def _leaves_out(self, name: str, path: Path) -> bool:
        if name in self.dropped or name.startswith(self.deselect):
            return True
        full = path.resolve()
        if any(full == one or full.is_relative_to(one) for one in self.ignore):
            return True
        places: Collection[Path] = (path, *path.parents)
        return any(fnmatch(str(place), glob) for place in places for glob in self.ignore_glob)


SELECTION = pytest.StashKey[Selection]()
"""Where a side keeps its own."""


RULES = (
    options.FAIL,
    options.CONFIRM,
    options.DETECT,
    options.ALLOW,
    options.STRICT,
    options.BUDGET,
    options.TIMEOUT,
    options.SIZE,
    options.HARNESS,
    options.BASE_ENV,
    options.START_METHOD,
    options.DASK_SCHEDULER,
)
"""Settings by which a change could make itself green."""

CELLS = (options.WORKERS, options.EXECUTORS)
"""Settings by which each side has its own cells."""

TOLD = (options.AGAINST,)
"""Settings by which a change chooses what it is compared with: there is nothing to hold it to."""

READ_BY_ALL = (*RULES, *CELLS, *TOLD)

CHOSEN = "it is compared with that of the change"
"""What becomes of these."""

GONE = "cells of the base that go are missing"
"""What becomes of these."""

NONE = "none"


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a change is judged by.

    Attributes:
        settings: those of the run, with the base's rules.
        moved: what the change moves of them, a line each.
    """

    settings: Settings
    moved: tuple[str, ...]


def rule(config: pytest.Config, settings: Settings, base_root: Path) -> Ruled:
    """Take the rules from the files of the base, where the command line does not say them.

    Args:
        config: pytest's, of head.
        settings: those of the run, by the command line and head's files.
        base_root: the base's root directory.

    Raises:
        pytest.UsageError: the command line cannot be read.
    """
    acknowledged = tuple(_acknowledged(config, settings, base_root))
    of_base = _rules_in(config, ini_of(config, base_root))
    ruled = _ruled(config, settings, of_base, written_rules(config))
    return replace(ruled, moved=(*ruled.moved, *acknowledged))


def ruled_by_saved(config: pytest.Config, settings: Settings) -> Ruled:
    """Take the rules from what the newest saved run had in its files, likewise.

    Who begins to fail a loss in a change makes it no greener: that holds at once.

    Args:
        config: pytest's.
        settings: those of the run, by the command line and its files.

    Raises:
        pytest.UsageError: the command line cannot be read.
    """
    compares = bool(config.getoption("benchmark_compare", None)) and settings.against is None
    then = _rules_of_newest(config) if compares and settings.timing else None
    if then is None:
        return Ruled(settings, ())
    now = written_rules(config)
    return _ruled(config, settings, {options.FAIL.ini: now.get(options.FAIL.ini), **then}, now)


def held_rules(config: pytest.Config, settings: Settings) -> Mapping[str, str]:
    """Name the rules that this run went by, as its files or those of the newest saved run say them.

    A run that is judged and saved in one would else let what a change loosens count for the next.

    Args:
        config: pytest's.
        settings: those of the run.
    """
    now = written_rules(config)
    judged = settings.margin is not None and settings.against is None and not settings.rules
    compares = bool(config.getoption("benchmark_compare", None))
    then = _rules_of_newest(config) if judged and compares else None
    if then is None:
        return now
    names = {one.ini for one in RULES}
    held = {name: text for name, text in then.items() if name in names}
    first = {name: text for name, text in now.items() if name not in names}
    if options.FAIL.ini in now:
        first[options.FAIL.ini] = now[options.FAIL.ini]
    return {**first, **held}


def written_rules(config: pytest.Config) -> Mapping[str, str]:
    """Read what the files of this run say of the rules, by the names in the ini file."""
    return _rules_in(config, config.inipath)


def _rules_of_newest(config: pytest.Config) -> Mapping[str, str] | None:
    """Read those of the newest saved run; None where there is none, or it does not say them."""
    address, choice = config.getoption("benchmark_storage"), config.getoption("benchmark_compare")
    try:
        runs = open_runs(address, config.getoption("benchmark_netrc") or "")
        chosen = runs.all() if isinstance(choice, bool) else runs.named(choice)
        cells = next(filter(None, (one.cells() for one in reversed(chosen))), [])
    except SpeedupError:  # said where it is compared with
        return None
    return cells[0].rules if cells else None


def _ruled(
    config: pytest.Config,
    settings: Settings,
    of_base: Mapping[str, str | None],
    of_head: Mapping[str, str],
) -> Ruled:
    said = said_names(config)
    found = [_Found(one, of_base.get(one.ini), of_head.get(one.ini)) for one in READ_BY_ALL]
    moved = [one for one in found if said.isdisjoint((one.option.flag, one.option.ini))]
    moved = [one for one in moved if one.differs]
    lines = [one.line(settings) for one in moved]
    if settings.rules:
        allowed = next(one.head for one in found if one.option is options.ALLOW)
        own = frozenset(one for one in allowed if isinstance(one, Outcome))
        return Ruled(replace(settings, allowed=settings.allowed | own), tuple(lines))
    for one in moved:
        if one.option in RULES:
            settings = _with(config, settings, one.option, one.base)
    return Ruled(settings, tuple(lines))


@dataclass(frozen=True, slots=True)
class _Found:
    """One setting, as the files of both sides have it.

    Attributes:
        option: the setting.
        base_text: what the base says; None for nothing.
        head_text: likewise.
    """

    option: Option
    base_text: str | None
    head_text: str | None

    @property
    def base(self) -> Any:  # noqa: ANN401 - each option has its own type
        """What the base's text means."""
        return _meaning(self.option, self.base_text)

    @property
    def head(self) -> Any:  # noqa: ANN401 - each option has its own type
        """What head's text means."""
        return _meaning(self.option, self.head_text)

    @property
    def differs(self) -> bool:
        """Whether they mean something else."""
        return bool(self.base != self.head)

    def line(self, settings: Settings) -> str:
        """Say so."""
        was, now = (NONE if one is None else brief(one) for one in (self.base_text, self.head_text))
        if self.option in TOLD:
            end = CHOSEN
        elif settings.rules:
            end = BY_ALLOWING
        else:
            end = GONE if self.option in CELLS else BY_BASE
        return shown(f"this change moves {self.option.ini} from {was} to {now}; {end}")


def _rules_in(config: pytest.Config, ini: Path | None) -> Mapping[str, str]:
    """Read what a file says of the rules: its ``addopts`` come before its settings."""
    rules = {}
    for one in READ_BY_ALL:
        value = setting_of(ini, one.ini)
        text = ",".join(value) if isinstance(value, list) else value
        if text:
            rules[one.ini] = text
    for given in given_in(config, words_of(ini, "addopts")):
        for one in READ_BY_ALL:
            if one.flag in given.names:
                rules[one.ini] = given.values[0] if given.values else one.bare or ""
    return rules


def _meaning(option: Option, text: str | None) -> Any:  # noqa: ANN401 - each option has its own
    """Read a text; one that makes no sense says nothing."""
    try:
        return None if (text := text or option.default) is None else option.parse(text)
    except SpeedupError:
        return None if option.default is None else option.parse(option.default)


def _with(
    config: pytest.Config,
    settings: Settings,
    option: Option,
    value: Any,  # noqa: ANN401 - as above
) -> Settings:
    """Put the base's value in place of head's."""
    if option is options.ALLOW:
        allowed = frozenset(one for one in value if isinstance(one, Outcome))
        return replace(settings, allowed=allowed, same=parsing.SAME in value)
    if option is options.SIZE:
        return replace(settings, size=value or "default")
    if option is options.BASE_ENV and isinstance(value, GivenEnv):
        value = placed_env(value, config.rootpath)
    return replace(settings, **{FIELDS[option.name]: value})


FIELDS = {
    options.FAIL.name: "margin",
    options.CONFIRM.name: "confirm",
    options.DETECT.name: "detect",
    options.STRICT.name: "strict",
    options.BUDGET.name: "budget",
    options.TIMEOUT.name: "timeout",
    options.HARNESS.name: "harness",
    options.BASE_ENV.name: "base_env",
    options.START_METHOD.name: "start_method",
    options.DASK_SCHEDULER.name: "dask_scheduler",
}
"""Of the settings."""


def _acknowledged(config: pytest.Config, settings: Settings, base_root: Path) -> Iterator[str]:
    """Say which losses a change acknowledges: they count, with a reason and an end."""
    file = settings.acknowledged
    known = _entries(Trees.of(config, base_root).moved(file))
    for cell, entry in _entries(file).items():
        if known.get(cell) != entry:
            end = f"until {entry.until}: {entry.reason}"
            yield shown(f"this change acknowledges a loss of {short_name(cell)} {end}")


def _entries(file: Path) -> Mapping[str, Acknowledged]:
    """Read the entries of a file, expired or not; none where there is no such file."""
    if not file.exists():
        return {}
    try:
        return read_entries(file)
    except SpeedupError:  # of the base: this run has read its own
        return {}
