"""A serving pytest: on request it runs the test of a workload up to its call of ``speedup``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.plugin.matrix import EXECUTOR, cell_of, read_marks, workload_of
from pytest_speedup.plugin.pools import Pools
from pytest_speedup.plugin.run import RUN
from pytest_speedup.plugin.served import Served

if TYPE_CHECKING:
    from pytest_speedup.against.channel import Channel, Message


@dataclass(slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Serving:
    """The plugin of a serving pytest: it takes the place of the loop over tests.

    Attributes:
        channel: the way to who asks.
        served: tests by workload, one for each cell.
        request: the one that opened the workload which is open now.
        failure: what went wrong in the test that runs, empty if nothing did.
    """

    channel: Channel
    served: dict[str, list[pytest.Function]] = field(default_factory=dict)
    request: Message = field(default_factory=dict)
    failure: str = ""
    _pools: Pools | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the fixture last: what is registered later takes the place of its namesakes."""
        config.pluginmanager.register(ServedFixture(self))

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer requests until there are no more."""
        if session.testsfailed:
            message = f"{session.testsfailed} errors during collection"
            raise session.Interrupted(message)
        for item in session.items:
            if isinstance(item, pytest.Function) and EXECUTOR in item.fixturenames:
                self.served.setdefault(workload_of(item), []).append(item)
        try:
            while (request := self.channel.receive()) is not None:
                self._answer(request)
        finally:
            self._close_pools()
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what went wrong."""
        if report.failed or (report.skipped and report.when != "teardown"):
            self.failure = f"{report.nodeid} {report.outcome}: {_last_line(report)}"

    def pools(self, config: pytest.Config, *, collect_garbage: bool) -> Pools:
        """Return the executors of this process."""
        if self._pools is None:
            run = config.stash[RUN]
            self._pools = Pools(run.conditions(collect_garbage=collect_garbage))
        return self._pools

    def _answer(self, request: Message) -> None:
        if "open" in request:
            self._run(request)
        elif "describe" in request:
            self.channel.send({"workloads": self._describe()})
        else:  # the close of a workload whose test failed
            self.channel.send({"closed": None})

    def _run(self, request: Message) -> None:
        self.request, self.failure = request, ""
        workload, following = request["open"], request["next"]
        tests = self.served.get(workload)
        if tests is None:
            self.channel.send({"failed": f"there is no {workload}"})
            return
        item = tests[0]
        upcoming = None if following is None else self.served.get(following, [None])[0]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=upcoming)
        if not self.failure:
            self.channel.send({"closed": workload})
            return
        self._close_pools()  # tasks of the test that failed may run in them still
        self.channel.send({"failed": self.failure})

    def _close_pools(self) -> None:
        if self._pools is not None:
            self._pools.close()

    def _describe(self) -> dict[str, Any]:
        return {
            workload: [_described(item) for item in items]
            for workload, items in self.served.items()
        }


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
            channel=serving.channel,
            pools=serving.pools(config, collect_garbage=collect_garbage),
            cells=[cell_of(item) for item in serving.served[workload_of(request.node)]],
            turns=serving.request["turns"],
            size=config.stash[RUN].settings.size,
            collect_garbage=collect_garbage,
        )


def _described(item: pytest.Function) -> list[object]:
    executor, workers = cell_of(item)
    name = f"{executor}-{workers}"
    margin = read_marks(item).margin_of(name, 0.0)
    return [item.nodeid, executor, workers, margin or None]


def _last_line(report: pytest.TestReport) -> str:
    lines = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
    return lines[0].removeprefix("E ").strip() if lines else report.longreprtext.strip()
