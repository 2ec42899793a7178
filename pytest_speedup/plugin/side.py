"""One side of a comparison, from within: a pytest that times nothing unless it is told to.

It collects the tests of its tree, and on request runs the test of a workload up to its call of
``speedup``. There it opens the executors of all the workload's cells, and takes turns on request.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import pytest

from pytest_speedup import executors
from pytest_speedup.against.channel import Channel
from pytest_speedup.measurement import bound_of, kernel_arms, opened, timed
from pytest_speedup.model import cell_name
from pytest_speedup.plugin.fingerprint import fingerprint
from pytest_speedup.plugin.matrix import EXECUTOR, cell_of, workload_of
from pytest_speedup.plugin.run import RUN
from pytest_speedup.plugin.workload_turn import WorkloadTurn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.executors import Executor
    from pytest_speedup.model import Bound

P = ParamSpec("P")
R = TypeVar("R")

IMPORTED_EARLY = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""pytest would like to rewrite the plugin's assertions, and it has none."""

Arms = dict[str, "Callable[[], float]"]


def main() -> None:
    """Serve the process at the other end of the standard streams until it is gone."""
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What tests print must not get between messages; nor may they read them.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    serving = Serving(Channel(incoming, outgoing))
    sys.exit(pytest.main([*IMPORTED_EARLY, *sys.argv[1:]], plugins=[serving]))


@dataclass(slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Serving:
    """The plugin of a serving pytest: it takes the place of the loop over tests.

    Attributes:
        channel: the way to who asks.
        served: tests by workload, one for each cell.
        failure: what went wrong in the test that runs, empty if nothing did.
    """

    channel: Channel
    served: dict[str, list[pytest.Function]] = field(default_factory=dict)
    failure: str = ""

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
        while (request := self.channel.receive()) is not None:
            if "open" in request:
                self._run(request["open"], request["next"])
            elif "describe" in request:
                self.channel.send({"workloads": self._describe()})
            else:  # the close of a workload whose test failed
                self.channel.send({"closed": None})
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what went wrong."""
        if report.failed or (report.skipped and report.when != "teardown"):
            self.failure = f"{report.nodeid} {report.outcome}: {_last_line(report)}"

    def _run(self, workload: str, following: str | None) -> None:
        self.failure = ""
        tests = self.served.get(workload)
        if tests is None:
            self.channel.send({"failed": f"there is no {workload}"})
            return
        item = tests[0]
        upcoming = None if following is None else self.served.get(following, [None])[0]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=upcoming)
        if self.failure:
            self.channel.send({"failed": self.failure})
        else:
            self.channel.send({"closed": workload})

    def _describe(self) -> dict[str, Any]:
        return {
            workload: [[item.nodeid, *cell_of(item)] for item in items]
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
        tests = self.serving.served[workload_of(request.node)]
        return Served(self.serving.channel, request.config, tests)


class Served:
    """What a test gets as ``speedup``: opens its workload, and takes turns until told to close."""

    def __init__(
        self, channel: Channel, config: pytest.Config, tests: list[pytest.Function]
    ) -> None:
        """Stand ready for one call."""
        self._channel = channel
        self._run = config.stash[RUN]
        self._tests = tests
        self._collect_garbage = not config.getoption("benchmark_disable_gc")

    @property
    def size(self) -> str:
        """The size that the workload is to have."""
        return self._run.settings.size

    def __call__(
        self,
        workload: Callable[Concatenate[Executor, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Serve the workload, and return what it returns serially."""

        def work(executor: Executor) -> R:
            return workload(executor, *args, **kwargs)

        _put_plugin_first()
        with ExitStack() as stack:
            reference = timed(partial(work, executors.SerialExecutor()))
            bound = bound_of(reference)
            arms: Arms = {}
            seconds: dict[str, float] = {}
            for executor in self._executors(stack):
                name = cell_name(executor.name, executor.workers)
                turn = WorkloadTurn(name, work, executor, reference.result, self._collect_garbage)
                turn()  # warms up; what keeps cores at speed is that turns follow each other
                seconds[name] = turn()
                arms[name] = turn
                arms.update(_kernels(name, executor, bound))
            self._channel.send(
                {
                    "opened": seconds,
                    "bound": bound.value,
                    "fingerprint": fingerprint([self.size, args, kwargs]),
                }
            )
            while (request := self._channel.receive()) is not None and "turn" in request:
                self._channel.send({"seconds": arms[request["turn"]]()})
        return reference.result

    def _executors(self, stack: ExitStack) -> Iterator[Executor]:
        """Open one for serial code, and one for each cell."""
        yield executors.SerialExecutor()
        for item in self._tests:
            name, workers = cell_of(item)
            if name != executors.SerialExecutor.name:
                executor, _ = stack.enter_context(opened(partial(self._create, name, workers)))
                yield executor

    def _create(self, name: str, workers: int) -> Executor:
        conditions = self._run.conditions(collect_garbage=self._collect_garbage)
        return executors.create(name, workers, conditions)


def _kernels(name: str, executor: Executor, bound: Bound) -> Arms:
    return {f"{arm} {name}": run for arm, run in kernel_arms(executor, bound).items()}


def _put_plugin_first() -> None:
    """Have worker processes find the plugin where this process did, before either tree's own."""
    folder = str(Path(sys.modules["pytest_speedup"].__path__[0]).parent)
    sys.path.insert(0, folder)


def _last_line(report: pytest.TestReport) -> str:
    lines = [line for line in report.longreprtext.splitlines() if line.startswith("E ")]
    return lines[0].removeprefix("E ").strip() if lines else report.longreprtext.strip()
