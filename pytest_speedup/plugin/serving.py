"""A serving pytest: on request it runs the test of a workload up to its call of ``speedup``."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.against.channel import Channel
from pytest_speedup.against.protocol import (
    Close,
    Closed,
    Describe,
    Described,
    DescribedCell,
    Failed,
    Failure,
    Open,
    Prove,
)
from pytest_speedup.against.serving import Line, Opening, Pools, answer_proof
from pytest_speedup.errors import SpeedupError, UnsuitableError
from pytest_speedup.measurement import Workload
from pytest_speedup.measurement.own import OwnWork, misuse_named
from pytest_speedup.plugin import options
from pytest_speedup.plugin.benchmark import Benchmark
from pytest_speedup.plugin.cells import TWICE, Marks, cell_of, is_cell, read_marks
from pytest_speedup.plugin.rules import SELECTION, Selection
from pytest_speedup.plugin.run import RUN, SERVING
from pytest_speedup.plugin.start import begin

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from pytest_speedup.against.protocol import Request
    from pytest_speedup.plugin.benchmark import Fixture

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


NOT_CALLED = "its test ended without a call of speedup"
STILL_OPEN = "its test ended while a thread of it still ran speedup: wait for that thread"
LIVED_ON = "its test went on although its call of speedup raised an error"


@dataclass(slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Serving:
    """The plugin of a serving pytest: it takes the place of the loop over tests.

    Attributes:
        line: the way to who asks.
        cells: the tests of all cells that were collected, by node id.
        uncollected: what could not be collected, and why.
        opening: the request that opened the workload which is open now.
        calls: how often its test called ``speedup``.
        failure: what went wrong in the test that runs; None if nothing did.
    """

    line: Line
    cells: dict[str, pytest.Function] = field(default_factory=dict)
    uncollected: dict[str, str] = field(default_factory=dict)
    opening: Open = field(default_factory=lambda: Open((), None))
    calls: int = 0
    failure: Failed | None = None
    _pools: Pools | None = None

    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Tell this pytest from one of a user's, before anything asks."""
        early_config.stash[SERVING] = self

    def pytest_configure(self, config: pytest.Config) -> None:
        """Have its tests get what serves their workloads."""
        begin(config)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Keep every cell, whatever is deselected later."""
        if is_cell(item):
            self.cells[item.nodeid] = item

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path) -> None:
        """Tell which files are tests: these are loaded whichever cell is meant."""
        self.line.loaded.tests.add(str(module_path))

    def pytest_plugin_registered(self, plugin: object) -> None:
        """Tell which modules are plugins, those too that were there before."""
        file = getattr(plugin, "__file__", None)
        if isinstance(file, str):
            self.line.loaded.plugins.add(file)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self.uncollected[report.nodeid] = _last_line(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer requests until there are no more."""
        try:
            while (request := self.line.receive()) is not None:
                self._answer(session, request)
        finally:
            self._close_pools()
        return True

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_set_timer(self) -> bool:
        """Have pytest-timeout set no timer: a test stays open here for as long as it is asked."""
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[object]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Remember what went wrong, whatever a mark or a hook makes of it in the report."""
        report = yield
        if call.excinfo is None:
            return report
        if not call.excinfo.errisinstance((pytest.skip.Exception, pytest.xfail.Exception)):
            said = f"{report.nodeid} failed: {_last_line(report)}"
            self.failure = Failed(Failure.FAILED, said)
        elif self.failure is None:
            self.failure = Failed(Failure.SKIPPED, f"skipped: {_last_line(report)}")
        return report

    def speedup(self, request: pytest.FixtureRequest, benchmark: Fixture) -> Served:
        """Take turns instead of measuring."""
        Benchmark(benchmark).need_not_be_used()
        config = request.config
        collect_garbage = not config.getoption("benchmark_disable_gc")
        opening = Opening(
            self.line,
            self._opened_pools(config, collect_garbage=collect_garbage),
            [cell_of(self.cells[one]) for one in self.opening.cells],
            config.stash[RUN].settings.size,
            collect_garbage,
            read_marks(request.node).weak,
        )
        return Served(self, opening)

    def _opened_pools(self, config: pytest.Config, *, collect_garbage: bool) -> Pools:
        if self._pools is None:
            run = config.stash[RUN]
            self._pools = Pools(run.conditions(collect_garbage=collect_garbage))
        return self._pools

    def _answer(self, session: pytest.Session, request: Request) -> None:
        if isinstance(request, Open):
            self._run(request)
        elif isinstance(request, Describe):
            self.line.send(Described(tuple(self._describe(session, request)), self.uncollected))
        elif isinstance(request, Close):  # of a workload whose test failed
            self.line.send(Closed())
        elif isinstance(request, Prove):
            self.line.send(answer_proof(self.line.loaded))
        else:
            self.line.send(Failed(Failure.FAILED, "no workload is open"))

    def _run(self, request: Open) -> None:
        absent = [one for one in request.cells if one not in self.cells]
        if absent or not request.cells:
            self.line.send(Failed(Failure.ABSENT, f"there is no {absent[0] if absent else 'cell'}"))
            return
        self.opening, self.failure, self.calls = request, None, 0
        item = self.cells[request.cells[0]]
        following = None if request.following is None else self.cells.get(request.following)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        failure = self._failure()
        if failure is None:
            self.line.send(Closed())
            return
        self._close_pools()  # tasks of the test that failed may run in them still
        self.line.send(failure)
        if failure.reason == STILL_OPEN:  # that thread would take the requests to come
            os._exit(1)

    def _failure(self) -> Failed | None:
        """Find what went wrong, in a test that passed as well."""
        if self.failure is not None:
            return self.failure
        if not self.calls:
            return Failed(Failure.NOT_CALLED, NOT_CALLED)
        if self.line.answered:  # the thread that serves waits for the next request
            return Failed(Failure.FAILED, STILL_OPEN)
        # Whatever else is unanswered was caught on its way through the test.
        return None if isinstance(self.line.request, Close) else Failed(Failure.FAILED, LIVED_ON)

    def _close_pools(self) -> None:
        if self._pools is not None:
            self._pools.close()

    def _describe(self, session: pytest.Session, request: Describe) -> list[DescribedCell]:
        chosen = session.config.stash[SELECTION].choose(session.config, self.cells, request)
        return [_described(item, chosen=name in chosen) for name, item in self.cells.items()]


@dataclass(frozen=True, slots=True)
class Served:
    """What a test gets as ``speedup`` in a serving pytest.

    Attributes:
        serving: what it belongs to.
        opening: what its workload is opened with.
    """

    serving: Serving
    opening: Opening

    @property
    def size(self) -> str:
        """The size that the workload is to have."""
        return self.opening.size

    def __call__(
        self,
        workload: Callable[..., Any],
        /,
        *args: Any,  # noqa: ANN401 - the workload's
        **kwargs: Any,  # noqa: ANN401 - the workload's
    ) -> Any:  # noqa: ANN401 - what it returns
        """Serve the workload, and return what it returns serially."""
        self.serving.calls += 1
        if self.serving.calls > 1:
            pytest.fail(TWICE, pytrace=False)
        own = workload if isinstance(workload, OwnWork) else None
        try:
            work = Workload.of(workload, args, kwargs)
            with misuse_named(workload, work):
                return self.opening.serve(work, own)
        except UnsuitableError:
            raise
        except SpeedupError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None


def _described(item: pytest.Function, *, chosen: bool) -> DescribedCell:
    executor, workers = cell_of(item)
    try:
        marks = read_marks(item)
    except SpeedupError:  # collecting the test has said so
        marks = Marks()
    margin = marks.margin_of(f"{executor}-{workers}", None)
    return DescribedCell(item.nodeid, executor, workers, margin, chosen, marks.floors, marks.weak)


def _last_line(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Say in a line why a test or a file failed, or was skipped."""
    if isinstance(report.longrepr, tuple):  # a skip: file, line and reason
        return report.longrepr[2].removeprefix("Skipped: ")
    said = report.longreprtext.strip().splitlines()
    errors = [line for line in said if line.startswith("E ")]
    return errors[0].removeprefix("E ").strip() if errors else " ".join(said[-1:])


IMPORTED_EARLY = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""pytest would like to rewrite the plugin's assertions, and it has none."""

BY_NAME = ("-p", "pytest_speedup.plugin")
"""An environment of the base's own has no entry point of the plugin, which is a copy there."""


def main() -> None:
    """Serve the process at the other end of the standard streams until it is gone."""
    with (
        suppress(BrokenPipeError),  # the other end is gone, so nobody waits for an answer
        os.fdopen(os.dup(0), "rb") as incoming,
        os.fdopen(os.dup(1), "wb") as outgoing,
    ):
        # What tests print must not get between messages; nor may they read them.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        serving = Serving(Line(Channel(incoming, outgoing)))
        anchors, given = _split(sys.argv[1:])
        arguments = [*IMPORTED_EARLY, *BY_NAME, *given]
        sys.exit(pytest.main(arguments, plugins=[serving, Neutral(anchors)]))


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Part what conftest.py files are read for from what pytest is called with."""
    end = words.index("--")
    return words[:end], words[end + 1 :]
