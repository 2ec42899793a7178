"""The command line of a side: the user's, as far as it says which code runs and how."""

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
from pytest_speedup.plugin.own_files import own_testpaths
from pytest_speedup.plugin.run import RUN
from pytest_speedup.plugin.side_options import ARE_PATHS, KEPT_PLUGINS, KNOWN, OWN_SETTINGS, Rule
from pytest_speedup.plugin.trees import Trees, below

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from pytest_speedup.plugin.settings import Settings


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
    owners = owners_of(config, given)
    arguments: list[str] = []
    unknown: list[str] = []
    for option in given:
        owner = owners[option.flag]
        rule = _rule(owner, trees)
        if rule is None or not rule.knows(option.names):
            unknown.append(f"{option.flag} of {distribution_of(owner)}")
        elif rule is OWN or rule.passes(option.names):
            arguments += _words(option, trees)
    arguments += _settled(config, trees, given)
    return Passed(tuple(arguments), tuple(dict.fromkeys(unknown)), trees.folder)


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
