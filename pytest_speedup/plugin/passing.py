"""The command line of a side: the user's, as far as it says which code runs and how.

A side gets what changes which code runs, or how tests are found and imported. It does not get what
selects, orders, repeats after a failure or reports: the parent chooses tests by their ids. An
option that is not here is unknown, and the run says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from _pytest.config import findpaths

from pytest_speedup.plugin import options
from pytest_speedup.plugin.given import (
    Given,
    Owner,
    distribution_of,
    given_options,
    owners_of,
    said_names,
)
from pytest_speedup.plugin.run import RUN
from pytest_speedup.plugin.trees import Trees, below, own_testpaths

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from pytest_speedup.plugin.settings import Settings


@dataclass(frozen=True, slots=True)
class Rule:
    """What sides get of one plugin.

    Attributes:
        passed: options that they get.
        left: options that they do not get; None for all others.
    """

    passed: frozenset[str] = frozenset()
    left: frozenset[str] | None = None

    def knows(self, names: tuple[str, ...]) -> bool:
        """Tell whether the option is in the table."""
        return self.left is None or not (self.passed | self.left).isdisjoint(names)

    def passes(self, names: tuple[str, ...]) -> bool:
        """Tell whether sides get the option."""
        return not self.passed.isdisjoint(names)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


PYTEST_RULE = Rule(
    passed=_names(
        "-c -p -o -W --confcutdir --noconftest --import-mode --pyargs --assert --runxfail"
        " --strict --strict-config --strict-markers --disable-plugin-autoload"
        " --collect-in-virtualenv --keep-duplicates --log-level --log-disable --runpytest"
    ),
    left=_names(
        # which tests, and how many
        "-k -m -x --maxfail --lf --ff --nf --lfnf --sw --sw-skip --sw-reset --deselect --ignore"
        " --ignore-glob --continue-on-collection-errors --doctest-modules --doctest-report"
        " --doctest-glob --doctest-ignore-import-errors --doctest-continue-on-failure"
        # no tests
        " -h -V --co --markers --fixtures --fixtures-per-test --cache-show --cache-clear"
        " --setup-only --setup-show --setup-plan --pdb --pdbcls --trace"
        # where: each side has a place of its own
        " --rootdir --basetemp"
        # what is said
        " -s --capture -v -q --verbosity -r -l --no-showlocals --durations --durations-min"
        " --no-header --no-summary --no-fold-skipped --force-short-summary --disable-warnings"
        " --max-warnings --tb --xfail-tb --show-capture --full-trace --color --code-highlight"
        " --pastebin --junit-xml --junit-prefix --debug --trace-config --lsof"
        " --log-format --log-date-format --log-cli-level --log-cli-format --log-cli-date-format"
        " --log-file --log-file-mode --log-file-level --log-file-format --log-file-date-format"
        " --log-auto-indent"
    ),
)
"""Of pytest's own: :mod:`tests.plugin.test_passing` holds that none of the newest is missing."""

NOTHING = Rule()
"""For plugins none of whose options matter to a side."""

KNOWN = {
    "_pytest": PYTEST_RULE,
    "pytest_speedup": NOTHING,  # their settled values are passed instead
    "pytest_benchmark": Rule(passed=_names("--benchmark-disable-gc")),
    "xdist": NOTHING,
    "pytest_cov": NOTHING,
    "pytest_timeout": NOTHING,
    "pytest_rerunfailures": NOTHING,
    "pytest_split": NOTHING,
    "pytest_order": NOTHING,
    "pytest_forked": NOTHING,
    "xprocess": NOTHING,
    "pytest_randomly": Rule(  # the seed is passed as it was drawn
        passed=_names("--randomly-dont-reset-seed"),
        left=_names("--randomly-seed --randomly-dont-reorganize"),
    ),
    "_hypothesis_pytestplugin": Rule(
        passed=_names("--hypothesis-profile --hypothesis-seed"),
        left=_names("--hypothesis-verbosity --hypothesis-show-statistics --hypothesis-explain"),
    ),
    "anyio": Rule(passed=_names("--anyio-mode"), left=frozenset()),
    "pytest_asyncio": Rule(passed=_names("--asyncio-mode --asyncio-debug"), left=frozenset()),
    "pytest_repeat": Rule(passed=_names("--count --repeat-scope"), left=frozenset()),  # makes ids
    "pytest_socket": Rule(
        passed=_names("--disable-socket --force-enable-socket --allow-hosts --allow-unix-socket"),
        left=frozenset(),
    ),
    "pytest_env": Rule(passed=_names("--envfile"), left=_names("--pytest-env-verbose")),
    "pytest_django": Rule(
        passed=_names(
            "--ds --dc --reuse-db --create-db --no-migrations --migrations --liveserver"
            " --fail-on-template-vars"
        ),
        left=frozenset(),
    ),
    "pytest_postgresql": Rule(
        passed=_names(
            "--postgresql-exec --postgresql-host --postgresql-port"
            " --postgresql-port-search-count --postgresql-user --postgresql-password"
            " --postgresql-options --postgresql-startparams --postgresql-unixsocketdir"
            " --postgresql-dbname --postgresql-maintenance-dbname --postgresql-load"
            " --postgresql-postgres-options --postgresql-drop-test-database"
            " --postgresql-load-autocommit"
        ),
        left=frozenset(),
    ),
}
"""By the top-level package of the plugin."""

ARE_PATHS = _names("-c --confcutdir --envfile")
"""Passed options whose value is a path, whatever it looks like."""

KEPT_PLUGINS = _names("pytest_speedup.plugin benchmark pytest_benchmark capture terminal")
"""Plugins that a side cannot do without: ``-p no:NAME`` of these is not passed."""

OWN_SETTINGS = ("speedup_", "benchmark_", "cache_dir", "log_file")
"""Beginnings of ini settings that are the parent's business, or of the side's own place."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What a side is called with; the paths of its tests come after it.

    Attributes:
        arguments: pytest's.
        unknown: options that were given and are not among them, since nobody knows whether a side
            needs them, such as ``--foo of pytest-foo``.
        folder: the working directory that the side is to have: relative paths mean the same there.
    """

    arguments: tuple[str, ...]
    unknown: tuple[str, ...]
    folder: Path


def passed_options(config: pytest.Config, side_root: Path) -> Passed:
    """Decide what of the command line a side gets.

    What conftest.py or a plugin of the repository registered is passed as given; of known plugins
    a table says which options are. Paths below the top of the head's tree become those of the side.

    Args:
        config: pytest's, configured.
        side_root: the folder of the side that corresponds to pytest's root directory.

    Raises:
        pytest.UsageError: an option cannot be passed.
    """
    trees = Trees.of(config, side_root)
    given = given_options(config)
    passed, unknown = _chosen(config, given, trees)
    arguments = [word for option in passed for word in _words(option, trees)]
    arguments += _settled(config, trees, given)
    return Passed(tuple(arguments), tuple(dict.fromkeys(unknown)), trees.folder)


def options_of_sides(config: pytest.Config) -> list[str]:
    """Name the options of the command line that sides get, as the user wrote them.

    Raises:
        pytest.UsageError: there is a word that belongs to no option.
    """
    given = given_options(config)
    passed, _ = _chosen(config, given, Trees.of(config, config.rootpath))
    return [word for option in passed if not _is_parents(option) for word in option.words()]


def _chosen(
    config: pytest.Config, given: Sequence[Given], trees: Trees
) -> tuple[list[Given], list[str]]:
    """Tell the options that sides get from those of which nobody knows whether they need them."""
    owners = owners_of(config, given)
    passed: list[Given] = []
    unknown: list[str] = []
    for option in given:
        owner = owners[option.flag]
        rule = _rule(owner, trees)
        if rule is None or not rule.knows(option.names):
            unknown.append(f"{option.flag} of {distribution_of(owner)}")
        elif rule is OWN or rule.passes(option.names):
            passed.append(option)
    return passed, unknown


def paths_of_side(config: pytest.Config, side_root: Path, files: Iterable[str]) -> list[str]:
    """Name the tests of a side: what the user named, as far as it is there, and files with cells.

    Args:
        config: pytest's.
        side_root: the folder of the side that corresponds to pytest's root directory.
        files: files with selected cells, relative to the root directory.

    Returns:
        absolute paths, and names of packages with ``--pyargs``. Nothing, if the side has nothing of
        it: pytest would then collect whatever there is.

    Raises:
        pytest.UsageError: a path is outside of the root directory.
    """
    named = [argument.partition("::")[0] for argument in config.args]
    found = [_path_of_side(config, side_root, name) for name in named]
    if not config.stash[RUN].settings.rules:
        found += own_testpaths(config, side_root)
    found += [_existing(side_root / file) for file in files]
    return list(dict.fromkeys(path for path in found if path is not None))


def anchors_of_side(config: pytest.Config, side_root: Path) -> list[str]:
    """Name where a side finds the conftest.py files that this run began with.

    Args:
        config: pytest's.
        side_root: the folder of the side that corresponds to pytest's root directory.

    Returns:
        what the user named; of what the side lacks, the innermost folder around it that is there.

    Raises:
        pytest.UsageError: a path is outside of the root directory.
    """
    named = [argument.partition("::")[0] for argument in config.args]
    found = [
        _path_of_side(config, side_root, name) or _around(config, side_root, name) for name in named
    ]
    return list(dict.fromkeys(found))


OWN = Rule()
"""The rule for options of the repository: all are passed as they were given."""


def _rule(owner: Owner, trees: Trees) -> Rule | None:
    if owner.is_conftest:
        return OWN
    if owner.package in KNOWN:
        return KNOWN[owner.package]
    return OWN if owner.file is not None and trees.is_own(owner.file) else None


def _words(option: Given, trees: Trees) -> tuple[str, ...]:
    if option.takes_rest:
        message = (
            f"--speedup-against cannot pass {option.flag}, which takes the rest of the command "
            "line: give it a value of its own, such as nargs=1"
        )
        raise pytest.UsageError(message)
    if _is_parents(option):
        return ()
    move = trees.value if ARE_PATHS.isdisjoint(option.names) else trees.place
    return replace(option, values=tuple(map(move, option.values))).words()


def _is_parents(option: Given) -> bool:
    """Tell whether a plugin or a setting of this option is not for sides to hear of."""
    value = option.values[0].strip() if option.values else ""
    if "-p" in option.names:
        return value.startswith("no:") and value.removeprefix("no:") in KEPT_PLUGINS
    return "-o" in option.names and value.startswith(OWN_SETTINGS)


def _settled(config: pytest.Config, trees: Trees, given: Iterable[Given]) -> Iterator[str]:
    """Say what this run came to, which holds for both sides whatever their own files say."""
    yield "-q"
    yield from _cells(config.stash[RUN].settings, said_names(config))
    manager = config.pluginmanager
    if manager.hasplugin("xdist"):
        yield "-n0"
    if manager.hasplugin("randomly"):  # drawn anew, it would make each side's arguments differ
        yield f"--randomly-seed={config.option.randomly_seed}"
    ini = None if any("-c" in option.names for option in given) else _ini_of_side(config, trees)
    if ini is not None:
        yield f"--config-file={ini}"
    # Last, and with its value in the same word: what takes many values ends here.
    yield f"--rootdir={trees.side_root}"


def _cells(settings: Settings, said: Collection[str]) -> Iterator[str]:
    """Give the settings that make the cells, and take away all others.

    Which executors and how many workers there are is for each side's own files, unless who calls
    pytest says so, or accepts what head's files do.
    """
    resolved: dict[options.Option, str | None] = {
        options.SIZE: settings.size,
        options.START_METHOD: settings.start_method,
        options.DASK_SCHEDULER: settings.dask_scheduler,
        options.WORKERS: _listed(settings.only_workers),
        options.EXECUTORS: _listed(settings.only_executors),
    }
    configured = {
        options.WORKERS: _listed(settings.workers),
        options.EXECUTORS: _listed(settings.executors),
    }
    own = {one for one in configured if not settings.rules and {one.flag, one.ini}.isdisjoint(said)}
    for option in options.ALL:
        if option in own:
            continue
        yield f"-o{option.ini}={configured.get(option) or ''}"
    for option, value in resolved.items():
        if value is not None and option not in own:
            yield f"{option.flag}={value}"


def _listed(values: Iterable[object] | None) -> str | None:
    return None if values is None else ",".join(map(str, values))


def _ini_of_side(config: pytest.Config, trees: Trees) -> Path | None:
    """Find the side's ini file where this run found its own.

    By itself a side would look for it from the paths that it is given, which may be others.
    """
    if config.inipath is None or below(config.inipath, trees.top) is None:
        return None
    folder = trees.moved(config.inipath.parent)
    found = findpaths.locate_config(folder, [folder])[1]
    return None if found is None or below(found, trees.side_top) is None else found


def _path_of_side(config: pytest.Config, side_root: Path, name: str) -> str | None:
    path = config.invocation_params.dir / name
    if config.option.pyargs and not path.exists() and _is_package(name):
        return name
    inside = below(path, config.rootpath)
    if inside is None:
        message = f"--speedup-against compares what lies in {config.rootpath}; {name} does not"
        raise pytest.UsageError(message)
    return _existing(side_root / inside)


def _around(config: pytest.Config, side_root: Path, name: str) -> str:
    """Find the innermost folder of a side around a path that it lacks."""
    inside = below(config.invocation_params.dir / name, config.rootpath)
    folders = () if inside is None else (side_root / one for one in inside.parents)
    return str(next((one for one in folders if one.is_dir()), side_root))


def _is_package(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _existing(path: Path) -> str | None:
    return str(path) if path.exists() else None
