"""A serving pytest: on request it runs the test of a workload up to its call of ``speedup``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.against.loaded import Loaded, answer_proof, loaded_here
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
    decode_request,
    encode,
)
from pytest_speedup.errors import SpeedupError
from pytest_speedup.plugin.matrix import cell_of, is_cell, read_marks
from pytest_speedup.plugin.pools import Pools
from pytest_speedup.plugin.run import RUN
from pytest_speedup.plugin.served import Served

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_speedup.against.channel import Channel
    from pytest_speedup.against.protocol import Answer, Request

NOT_CALLED = "its test ended without a call of speedup"
STILL_OPEN = "its test ended while a thread of it still ran speedup: wait for that thread"
LIVED_ON = "its test went on although its call of speedup raised an error"


@dataclass(slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Serving:
    """The plugin of a serving pytest: it takes the place of the loop over tests.

    Attributes:
        channel: the way to who asks.
        cells: the tests of all cells that were collected, by node id.
        uncollected: what could not be collected, and why.
        opening: the request that opened the workload which is open now.
        calls: how often its test called ``speedup``.
        request: the last one; None before there was any.
        answered: whether that has its answer.
        failure: what went wrong in the test that runs; None if nothing did.
        loaded: what the processes of this side loaded.
    """

    channel: Channel
    cells: dict[str, pytest.Function] = field(default_factory=dict)
    uncollected: dict[str, str] = field(default_factory=dict)
    opening: Open = field(default_factory=lambda: Open((), None))
    calls: int = 0
    request: Request | None = None
    answered: bool = True
    failure: Failed | None = None
    loaded: Loaded = field(default_factory=loaded_here)
    _pools: Pools | None = None

    def receive(self) -> Request | None:
        """Wait for a request; None when there are no more."""
        message = self.channel.receive()
        self.answered = message is None
        self.request = None if message is None else decode_request(message)
        return self.request

    def send(self, answer: Answer) -> None:
        """Answer the last request."""
        self.answered = True
        self.channel.send(encode(answer))

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the fixture last: what is registered later takes the place of its namesakes."""
        config.pluginmanager.register(ServedFixture(self))

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Keep every cell, whatever is deselected later."""
        if is_cell(item):
            self.cells[item.nodeid] = item

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self.uncollected[report.nodeid] = _last_line(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer requests until there are no more."""
        try:
            while (request := self.receive()) is not None:
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

    def pools(self, config: pytest.Config, *, collect_garbage: bool) -> Pools:
        """Return the executors of this process."""
        if self._pools is None:
            run = config.stash[RUN]
            self._pools = Pools(run.conditions(collect_garbage=collect_garbage))
        return self._pools

    def _answer(self, session: pytest.Session, request: Request) -> None:
        if isinstance(request, Open):
            self._run(request)
        elif isinstance(request, Describe):
            self.send(Described(tuple(self._describe(session, request)), self.uncollected))
        elif isinstance(request, Close):  # of a workload whose test failed
            self.send(Closed())
        elif isinstance(request, Prove):
            self.send(answer_proof(self.loaded))
        else:
            self.send(Failed(Failure.FAILED, "no workload is open"))

    def _run(self, request: Open) -> None:
        absent = [one for one in request.cells if one not in self.cells]
        if absent or not request.cells:
            self.send(Failed(Failure.ABSENT, f"there is no {absent[0] if absent else 'cell'}"))
            return
        self.opening, self.failure, self.calls = request, None, 0
        item = self.cells[request.cells[0]]
        following = None if request.following is None else self.cells.get(request.following)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        failure = self._failure()
        if failure is None:
            self.send(Closed())
            return
        self._close_pools()  # tasks of the test that failed may run in them still
        self.send(failure)
        if failure.reason == STILL_OPEN:  # that thread would take the requests to come
            os._exit(1)

    def _failure(self) -> Failed | None:
        """Find what went wrong, in a test that passed as well."""
        if self.failure is not None:
            return self.failure
        if not self.calls:
            return Failed(Failure.NOT_CALLED, NOT_CALLED)
        if self.answered:  # the thread that serves waits for the next request
            return Failed(Failure.FAILED, STILL_OPEN)
        # Whatever else is unanswered was caught on its way through the test.
        return None if isinstance(self.request, Close) else Failed(Failure.FAILED, LIVED_ON)

    def _close_pools(self) -> None:
        if self._pools is not None:
            self._pools.close()

    def _describe(self, session: pytest.Session, request: Describe) -> list[DescribedCell]:
        chosen = self._chosen(session.config, request)
        return [_described(item, chosen=name in chosen) for name, item in self.cells.items()]

    def _chosen(self, config: pytest.Config, request: Describe) -> set[str]:
        """Ask pytest which cells ``-k`` and ``-m`` take in."""
        items: list[pytest.Item] = [*self.cells.values()]
        before = config.option.keyword, config.option.markexpr
        config.option.keyword, config.option.markexpr = request.keyword, request.markexpr
        try:
            mark: Any = config.pluginmanager.get_plugin("mark")
            mark.pytest_collection_modifyitems(items, config)
        finally:
            config.option.keyword, config.option.markexpr = before
        return {one.nodeid for one in items}


def serves(config: pytest.Config) -> bool:
    """Whether pytest is a side of a comparison, which compares nothing itself."""
    return any(isinstance(plugin, Serving) for plugin in config.pluginmanager.get_plugins())


@dataclass(frozen=True, slots=True, eq=False)
class ServedFixture:
    """The plugin with the fixture of a serving pytest.

    Attributes:
        serving: whom it serves.
    """

    serving: Serving

    @pytest.fixture
    def speedup(
        self,
        request: pytest.FixtureRequest,
        speedup_executor: str,  # noqa: ARG002 - makes its tests the cells
        speedup_workers: int,  # noqa: ARG002
    ) -> Served:
        """Take turns instead of measuring."""
        serving, config = self.serving, request.config
        collect_garbage = not config.getoption("benchmark_disable_gc")
        return Served(
            serving=serving,
            pools=serving.pools(config, collect_garbage=collect_garbage),
            cells=[cell_of(serving.cells[one]) for one in serving.opening.cells],
            size=config.stash[RUN].settings.size,
            collect_garbage=collect_garbage,
        )


def _described(item: pytest.Function, *, chosen: bool) -> DescribedCell:
    executor, workers = cell_of(item)
    try:
        margin = read_marks(item).margin_of(f"{executor}-{workers}", 0.0)
    except SpeedupError:  # collecting the test has said so
        margin = 0.0
    return DescribedCell(item.nodeid, executor, workers, margin or None, chosen)


def _last_line(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Say in a line why a test or a file failed, or was skipped."""
    if isinstance(report.longrepr, tuple):  # a skip: file, line and reason
        return report.longrepr[2].removeprefix("Skipped: ")
    said = report.longreprtext.strip().splitlines()
    errors = [line for line in said if line.startswith("E ")]
    return errors[0].removeprefix("E ").strip() if errors else " ".join(said[-1:])
