"""A side's own place, and what its own files say that must not change what it serves."""

from __future__ import annotations

import os
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.plugin import options
from pytest_speedup.plugin.selection import SELECTION, Selection

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

HARMLESS: dict[str, Any] = {
    # which tests, and how many
    "keyword": "",
    "markexpr": "",
    "maxfail": 0,
    "deselect": None,
    "ignore": None,
    "ignore_glob": None,
    "lf": False,
    "failedfirst": False,
    "newfirst": False,
    "stepwise": False,
    "stepwise_skip": False,
    "stepwise_reset": False,
    "doctestmodules": False,
    "splits": None,
    "group": None,
    "store_durations": False,
    # no tests
    "help": False,
    "version": 0,
    "collectonly": False,
    "markers": False,
    "showfixtures": False,
    "show_fixtures_per_test": False,
    "cacheshow": None,
    "cacheclear": False,
    "setuponly": False,
    "setupshow": False,
    "setupplan": False,
    "usepdb": False,
    "trace": False,
    # in processes of their own
    "numprocesses": 0,
    "dist": "no",
    "distload": False,
    "tx": [],
    "looponfail": False,
    "forked": False,
    # what is written, sent or said
    "xmlpath": None,
    "pastebin": None,
    "debug": None,
    "log_file": os.devnull,
    "durations": None,
    "max_warnings": None,
    "showlocals": False,
    "fulltrace": False,
    "tbstyle": "auto",
    # pytest-benchmark
    "benchmark_skip": False,
    "benchmark_only": False,
    "benchmark_save": None,
    "benchmark_autosave": None,
    "benchmark_save_data": False,
    "benchmark_json": None,
    "benchmark_compare": [],
    "benchmark_compare_fail": None,
    "benchmark_cprofile": None,
    "benchmark_cprofile_dump": [],
    "benchmark_histogram": [],
}
"""Values of options with which a side serves all its tests and writes nothing."""

CHOOSING = (options.WORKERS, options.EXECUTORS)
"""Options by which the files of a side choose its cells, where the parent says nothing of them."""

UNREGISTERED = ("rerunfailures",)
"""Plugins that run tests again by what stands at the tests, too."""


@dataclass(frozen=True, slots=True)
class Place:
    """What keeps a side in a place of its own.

    Attributes:
        arguments: pytest's.
        environment: variables beside those of this process; an empty one takes effect as none.
    """

    arguments: tuple[str, ...]
    environment: dict[str, str]


def own_place(config: pytest.Config, scratch: Path) -> Place:
    """Have a side write below one folder.

    Args:
        config: pytest's.
        scratch: a folder that exists and is the side's alone.
    """
    arguments = [f"--basetemp={scratch / 'tmp'}"]
    if config.pluginmanager.hasplugin("cacheprovider"):  # else nobody knows the setting
        arguments.append(f"-ocache_dir={scratch / 'cache'}")
    if config.pluginmanager.hasplugin("benchmark"):
        arguments.append(f"--benchmark-storage=file://{(scratch / 'benchmarks').as_posix()}")
    environment = {
        "PYTEST_ADDOPTS": "",
        # Without bytecode each worker process would compile what it imports, and what the user's
        # tree has of it would have head start faster than base.
        "PYTHONPYCACHEPREFIX": str(scratch / "bytecode"),
        "PYTHONDONTWRITEBYTECODE": "",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(scratch / "hypothesis"),
        "COVERAGE_FILE": str(scratch / "coverage"),
        "COVERAGE_PROCESS_START": "",
        "COVERAGE_PROCESS_CONFIG": "",
    }
    return Place(tuple(arguments), environment)


class Neutral:
    """The plugin of a side that takes away what its ini file's ``addopts`` select or write.

    It stands among the plugins that pytest is started with: some act before all options are known.

    Attributes:
        anchors: files and folders whose conftest.py is read at the start, beside those of what
            the side collects: one that it has no tests of may register an option of its own.
    """

    def __init__(self, anchors: Sequence[str] = ()) -> None:
        """Stand ready."""
        self.anchors = tuple(anchors)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(
        self, early_config: pytest.Config
    ) -> Generator[None, object, object]:
        """Come before pytest-cov, which starts here, and before output is captured."""
        early = early_config.known_args_namespace
        early.capture = "fd"
        early.file_or_dir = [*self.anchors, *early.file_or_dir]  # pytest parses them anew later
        if hasattr(early, "cov_source"):
            early.cov_source = []
        return (yield)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_cmdline_parse(self) -> Generator[None, pytest.Config, pytest.Config]:
        """Come before anything acts on the options."""
        config = yield
        config.stash[SELECTION] = Selection.of(config)
        neutralise(config)
        return config

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Take back tests that somebody deselected: which ones run is for the parent to say."""
        collected = list(items)
        result = yield
        kept = {id(item) for item in items}
        dropped = [item for item in collected if id(item) not in kept]
        config.stash[SELECTION].dropped |= {item.nodeid for item in dropped}
        items += dropped
        return result


def neutralise(config: pytest.Config) -> None:
    """Set options to what is harmless in a side, before anything acts on them.

    Args:
        config: pytest's, parsed and not configured yet.
    """
    for name, value in HARMLESS.items():
        if hasattr(config.option, name):
            setattr(config.option, name, copy(value))
    given = [os.fspath(word) for word in config.invocation_params.args]
    said = {word.partition("=")[0] for word in given}
    for option in options.ALL:
        own = option in CHOOSING and f"-o{option.ini}" not in said
        if option.flag not in said and not own:
            setattr(config.option, option.ini, None)
    for name in UNREGISTERED:
        if config.pluginmanager.hasplugin(name):
            config.pluginmanager.unregister(name=name)
