"""``--speedup-against``: base and head side by side, before the tests report what came of it."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Concatenate, NoReturn, ParamSpec, TypeVar

import pytest

from pytest_speedup import executors
from pytest_speedup.against import (
    Budget,
    Code,
    Comparison,
    SideError,
    checked_out,
    find_base,
    installed,
    sources_in,
)
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import Outcome, Verdict, shown
from pytest_speedup.plugin.matrix import EXECUTOR, matching_cell
from pytest_speedup.plugin.screen import terminal_writer
from pytest_speedup.reports import junit_properties, word_loss
from pytest_speedup.verdict import DifferencePolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from types import FrameType

    from pytest_speedup.against import Base
    from pytest_speedup.executors import Executor
    from pytest_speedup.model import Cell
    from pytest_speedup.plugin.benchmark import Benchmark
    from pytest_speedup.plugin.run import Run
    from pytest_speedup.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

CONFIRMATION = "seen in five pairs of processes"
"""What makes a red cell sure."""

EXIT_NO_BASE = 11
"""Exit code when base or head could not be run."""

BUDGET = 300.0
"""Seconds for a whole comparison, unless the user says otherwise."""


def open_comparison(config: pytest.Config, run: Run, ref: str) -> Against:
    """Make sure that there is such a commit, before anything runs.

    Raises:
        pytest.UsageError: there is none.
    """
    try:
        find_base(config.rootpath, ref)
    except SpeedupError as error:
        raise pytest.UsageError(str(error)) from error
    return Against(config, run, ref)


@dataclass(frozen=True, slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Against:
    """The plugin of a run that compares with a base commit.

    Attributes:
        config: pytest's.
        run: the session's state, whose gate gets the verdicts.
        ref: the base, as the user named it.
        unsuitable: why workloads do not run in some cells, by the id of the cell.
    """

    config: pytest.Config
    run: Run
    ref: str
    unsuitable: dict[str, str] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Compare before the first test runs."""
        has_cells = any(EXECUTOR in getattr(item, "fixturenames", ()) for item in session.items)
        if has_cells and not session.testsfailed and not self.config.option.collectonly:
            self._compare()
        return (yield)

    @pytest.fixture
    def speedup(
        self,
        request: pytest.FixtureRequest,
        benchmark: Benchmark,
        speedup_executor: str,  # noqa: ARG002 - makes its tests the cells
        speedup_workers: int,  # noqa: ARG002
    ) -> Judged:
        """Report the verdict instead of measuring."""
        # Both sides were timed already, in their own processes: it need not ask to be used.
        benchmark._mode = "speedup"  # noqa: SLF001
        cell = matching_cell(request.node, self.run.settings.size)
        if cell.id in self.unsuitable:
            pytest.skip(shown(self.unsuitable[cell.id]))
        verdict = self.run.gate.verdicts.get(cell.id)
        request.node.user_properties.extend(junit_properties(None, verdict))
        return Judged(cell, verdict)

    def _compare(self) -> None:
        settings, root = self.run.settings, self.config.rootpath
        arguments = arguments_of_side(self.config, settings)
        writer = terminal_writer(self.config)
        say = _say_nothing if writer is None else writer.line
        verbose = self.config.get_verbosity() > 0
        try:
            with _ended_by_runner(), checked_out(root, self.ref) as base:
                say(f"speedup: comparing with {shown(self.ref)} ({base.commit[:12]})")
                with self._code_of(base, arguments) as code:
                    comparison = Comparison(
                        code,
                        Code(root, sources_in(root), arguments=arguments),
                        _policy(settings),
                        Budget(BUDGET if settings.budget is None else settings.budget),
                        say if verbose else _say_nothing,
                    )
                    self._take(comparison.run())
                    self.unsuitable.update(comparison.unsuitable)
        except SideError as error:
            pytest.exit(f"speedup: {error}", returncode=EXIT_NO_BASE)
        except SpeedupError as error:
            raise pytest.UsageError(str(error)) from error
        except OSError as error:
            pytest.exit(f"speedup: {error}", returncode=EXIT_NO_BASE)

    @contextmanager
    def _code_of(self, base: Base, arguments: Sequence[str]) -> Iterator[Code]:
        """Have the base run in this environment, or in one of its own."""
        extras = self.run.settings.base_env
        if extras is None:
            yield Code(base.root, sources_in(base.root), arguments=arguments)
            return
        with _kept(self.config) as folder, installed(base.root, folder, extras) as made:
            sources = [made.site, *sources_in(base.root)]
            yield Code(base.root, sources, made.python, arguments)

    def _take(self, verdicts: Mapping[str, Verdict]) -> None:
        """Keep the verdicts, acknowledged where the project did so."""
        gate = self.run.gate
        for cell, verdict in verdicts.items():
            entry = gate.acknowledged.get(cell)
            if entry is None or verdict.outcome not in (Outcome.REGRESSED, Outcome.MISSING):
                gate.verdicts[cell] = verdict
            elif verdict.outcome is Outcome.REGRESSED:
                gate.verdicts[cell] = replace(verdict, acknowledged=entry.reason)


class Judged:
    """What a test gets as ``speedup``: runs the workload once, and reports the verdict."""

    def __init__(self, cell: Cell, verdict: Verdict | None) -> None:
        """Stand ready for one call."""
        self.cell = cell
        self._verdict = verdict

    @property
    def size(self) -> str:
        """The size that the workload is to have."""
        return self.cell.size

    def __call__(
        self,
        workload: Callable[Concatenate[Executor, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run the workload serially, return what it returned, and fail where its cell is red."""
        result = workload(executors.SerialExecutor(), *args, **kwargs)
        verdict = self._verdict
        if verdict is not None and verdict.is_red:
            pytest.fail(word_loss(self.cell, verdict, CONFIRMATION), pytrace=False)
        return result


def arguments_of_side(config: pytest.Config, settings: Settings) -> list[str]:
    """Choose the arguments with which each side collects what this run collected."""
    option = config.option
    chosen = [
        "-q",
        "-pno:cacheprovider",
        f"--speedup-size={settings.size}",
        f"--speedup-start-method={settings.start_method}",
    ]
    if settings.dask_scheduler is not None:
        chosen.append(f"--speedup-dask-scheduler={settings.dask_scheduler}")
    if settings.only_workers is not None:
        chosen.append(f"--speedup-workers={','.join(map(str, settings.only_workers))}")
    if settings.only_executors is not None:
        chosen.append(f"--speedup-executors={','.join(settings.only_executors)}")
    if config.pluginmanager.hasplugin("xdist"):
        chosen.append("-n0")
    chosen += [f"-k{option.keyword}"] if option.keyword else []
    chosen += [f"-m{option.markexpr}"] if option.markexpr else []
    # Those of files and of the environment each side finds by itself; once more does no harm.
    chosen += [f"-p{plugin}" for plugin in option.plugins]
    chosen += [f"-o{setting}" for setting in option.override_ini or ()]
    return [*chosen, *_paths(config)]


def _paths(config: pytest.Config) -> list[str]:
    """Name the tests relative to the root, as both trees have them."""
    paths = []
    for argument in config.args:
        file, separator, rest = argument.partition("::")
        path = (config.invocation_params.dir / file).resolve()
        if not path.is_relative_to(config.rootpath.resolve()):
            message = f"--speedup-against compares what lies in {config.rootpath}; {file} does not"
            raise pytest.UsageError(message)
        relative = path.relative_to(config.rootpath.resolve()).as_posix()
        option = "./" if relative.startswith("-") else ""  # a folder can be called that
        paths.append(f"{option}{relative}{separator}{rest}")
    return paths


def _policy(settings: Settings) -> DifferencePolicy:
    if settings.margin is None:
        return DifferencePolicy()
    return DifferencePolicy(margin=settings.margin)


def _say_nothing(_text: str) -> None:
    pass


@contextmanager
def _kept(config: pytest.Config) -> Iterator[Path]:
    """Find a folder for what is worth keeping: pytest's cache, if it keeps one."""
    if config.pluginmanager.hasplugin("cacheprovider") and config.cache is not None:
        yield config.cache.mkdir("speedup-base-env")
        return
    with TemporaryDirectory(prefix="speedup-base-env-") as folder:
        yield Path(folder)


@contextmanager
def _ended_by_runner() -> Iterator[None]:
    """Clean up when a runner ends this process, as on Ctrl-C."""

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in _ending_signals()}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _ending_signals() -> list[signal.Signals]:
    """Runners send SIGTERM; on Windows, which has no such thing, Ctrl-Break."""
    return [one for one in signal.Signals if one.name in ("SIGTERM", "SIGBREAK")]
