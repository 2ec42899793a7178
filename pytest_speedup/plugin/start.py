"""What every run of pytest has of the plugin; the rest begins with the first test of speedup.

Most runs have none, and nobody is to wait for what they do not use: what measures and judges is
imported when a test asks for it, or the command line does.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import pytest

from pytest_speedup.plugin.leaving import left, watched
from pytest_speedup.plugin.options import AGAINST, ALL, FAIL, PLAN, REPORT, keep_addopts

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from pytest_speedup.executors import Scaling, Speedup
    from pytest_speedup.plugin.benchmark import Fixture
    from pytest_speedup.plugin.instruments import Instrument

NAME = "speedup-hooks"
"""The plugin that does the rest."""

ENDING = "speedup-ending"
"""The plugin that has the last word on the exit code."""

EXECUTOR, WORKERS = "speedup_executor", "speedup_workers"
"""Names of the parameters, as ``--benchmark-group-by=param:speedup_executor`` takes them."""

HAS_OWN = "_speedup_has_own"
"""The fixture that tests of code with workers of its own have by way of ``scaling``."""

MARKER = (
    "speedup(executors=..., workers=..., rounds=..., margin=..., at_least=..., "
    "at_least_of_ceiling=..., peak=..., parameter=..., serial=..., compare=...): choose the cells "
    "of a test that uses the speedup fixture, and what is demanded of them; or say which parameter "
    "of a benchmark is its number of workers."
)

BENCHMARK_OPTIONS = (
    *("benchmark_only", "benchmark_enable", "benchmark_save", "benchmark_autosave"),
    *("benchmark_json", "benchmark_compare", "benchmark_compare_fail"),
)
"""Options of pytest-benchmark by which a run is to time, save or compare."""


@dataclass(slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Start:
    """What is known of a run before there is more.

    Attributes:
        session: pytest's; None before it began.
        uncollected: ids of what could not be collected.
        refusal: why the rest cannot begin; None where it can.
    """

    session: pytest.Session | None = None
    uncollected: list[str] = field(default_factory=list)
    refusal: pytest.UsageError | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep the session for what begins after it."""
        self.session = session

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what cannot be collected, which may have been a test of speedup."""
        if report.failed:
            self.uncollected.append(report.nodeid)


START = pytest.StashKey[Start]()


class Outermost:
    """The plugin that has the last word on the exit code.

    It is registered once all plugins and the first conftest files are: of wrappers that want to be
    the first, that of the last one is around all others.
    """

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, object, object]:
        """Say in a line what to do next, where the run is not green."""
        code: object = None
        try:
            code = yield from self._last_word(config)
        finally:
            left(config, code)
        return code

    def _last_word(self, config: pytest.Config) -> Generator[None, object, object]:
        try:
            returned = yield
        except pytest.UsageError as error:
            if not has_begun(config):
                raise
            from pytest_speedup.plugin import ending  # noqa: PLC0415 - as in begin

            returned = ending.code_of_refused(config, error)
        if not has_begun(config) and not _is_answered(config, returned):
            return returned
        from pytest_speedup.plugin import ending  # noqa: PLC0415 - as in begin

        if _is_answered(config, returned):
            return ending.refuse_answer(config)
        return ending.last_word(config, returned)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register options and their ini twins."""
    for option in ALL:
        option.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin before pytest-benchmark does, where something was asked for."""
    config.addinivalue_line("markers", MARKER)
    config.stash[START] = Start()
    config.pluginmanager.register(config.stash[START])
    if _is_asked_for(config):
        begin(config)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Have the last word on the exit code, after all who are loaded at the start."""
    keep_addopts(early_config)
    with watched(early_config):
        result = yield
    early_config.pluginmanager.register(Outermost(), ENDING)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """Have a word where this plugin is loaded too late for the last one."""
    returned = yield
    if not has_begun(config):
        return returned
    from pytest_speedup.plugin import ending  # noqa: PLC0415 - as in begin

    return ending.final_code(config, returned)


@pytest.hookimpl(tryfirst=True)  # the cell comes first in the ids of tests
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Turn a test into its cells."""
    if not _is_ours(metafunc.definition, metafunc.fixturenames):
        return
    with suppress(pytest.UsageError):  # it would be an error of this file: see below
        begin(metafunc.config)
    if not has_begun(metafunc.config):
        return
    from pytest_speedup.plugin import cells  # noqa: PLC0415 - as in begin

    cells.parametrize(metafunc)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: Sequence[pytest.Item]) -> None:
    """Refuse markers of tests that pytest does not parametrize, and what could not begin."""
    start = config.stash[START]
    if start.refusal is not None:
        raise start.refusal
    for item in items:
        if item.get_closest_marker("speedup") is not None:
            begin(config)
            refuse_without_cells(item)


def begin(config: pytest.Config) -> None:
    """Load what measures and judges, unless that was done.

    Raises:
        pytest.UsageError: a setting is not valid.
    """
    start = config.stash[START]
    if start.refusal is not None:
        raise start.refusal
    if config.pluginmanager.hasplugin(NAME):
        return
    from pytest_speedup.plugin import hooks  # noqa: PLC0415 - most runs do without

    try:
        config.pluginmanager.register(hooks, NAME)  # pytest has it configure itself at once
    except pytest.UsageError as error:
        start.refusal = error
        raise
    if start.session is not None:
        hooks.pytest_sessionstart(start.session)


def has_begun(config: pytest.Config) -> bool:
    """Whether something was asked for, and could begin."""
    start = config.stash.get(START, None)
    return start is not None and start.refusal is None and config.pluginmanager.hasplugin(NAME)


def instrument_of(config: pytest.Config) -> Instrument:
    """Return what makes the fixture of this run."""
    from pytest_speedup.plugin.instruments import INSTRUMENT  # noqa: PLC0415 - as in begin

    return config.stash[INSTRUMENT]


def refuse_without_cells(item: pytest.Item) -> None:
    """Refuse the marker of a test that pytest does not parametrize, or that cannot be a cell.

    Raises:
        pytest.UsageError: it is marked, and measures nothing, or cannot be measured.
    """
    if not isinstance(item, pytest.Function) or EXECUTOR in item.fixturenames:
        return
    from pytest_speedup.errors import SpeedupError  # noqa: PLC0415 - as in begin
    from pytest_speedup.plugin import cells  # noqa: PLC0415 - as in begin

    try:
        cells.refuse_marker_alone(item)
        cells.check_marked(item)
    except (pytest.fail.Exception, SpeedupError) as error:
        raise pytest.UsageError(str(error)) from None


def refuse_uncelled(item: pytest.Item) -> NoReturn:
    """Fail a test that gets the fixture by a way on which it has no cells."""
    from pytest_speedup.plugin import cells  # noqa: PLC0415 - as in begin

    cells.refuse_uncelled(item)


def _is_asked_for(config: pytest.Config) -> bool:
    """Whether this run was given something to do, beside tests that may be of speedup."""
    if any(option.given(config) is not None for option in ALL):
        return True
    if any(config.getoption(name, None) for name in BENCHMARK_OPTIONS):
        return True
    return any(option.is_configured(config) for option in (AGAINST, PLAN, REPORT))


def _is_answered(config: pytest.Config, returned: object) -> bool:
    """Whether somebody said that all is well where a gate was asked for, and pytest never began.

    Pytest itself does so where it is to tell its help, its version or its markers.
    """
    start, option = config.stash.get(START, None), config.option
    if returned != pytest.ExitCode.OK or option.help or option.version or option.markers:
        return False
    never = start is None or start.session is None
    return never and any(one.given(config) is not None for one in (AGAINST, FAIL))


def _is_ours(item: pytest.Item, fixtures: Sequence[str]) -> bool:
    return EXECUTOR in fixtures or item.get_closest_marker("speedup") is not None


@pytest.fixture
def speedup_executor(request: pytest.FixtureRequest) -> str:
    """Name of the cell's executor; every test that uses ``speedup`` is parametrized over it."""
    refuse_uncelled(request.node)


@pytest.fixture
def speedup_workers(request: pytest.FixtureRequest) -> int:
    """Worker count of the cell; every test that uses ``speedup`` is parametrized over it."""
    refuse_uncelled(request.node)


@pytest.fixture
def speedup(
    request: pytest.FixtureRequest,
    benchmark: Fixture,
    speedup_executor: str,  # noqa: ARG001 - makes its tests the cells
    speedup_workers: int,  # noqa: ARG001
) -> Speedup:
    """Measure a workload's speedup: ``speedup(workload, *args)``.

    The workload takes an executor first: ``executor.map(function, tasks)``, ``.counter()``,
    ``.queue()``, ``.workers``. The test runs once per executor and worker count.
    """
    return instrument_of(request.config).speedup(request, benchmark)


@pytest.fixture
def _speedup_has_own() -> None:
    """Tell tests of code with workers of its own from others, whatever fixtures they have."""


@pytest.fixture
def scaling(
    request: pytest.FixtureRequest,
    benchmark: Fixture,
    speedup_executor: str,  # noqa: ARG001 - makes its tests the cells
    speedup_workers: int,  # noqa: ARG001
    _speedup_has_own: None,
) -> Scaling:
    """Measure code that has workers of its own: ``scaling(fetch_all, urls, parameter="workers")``.

    Without ``parameter`` the number of workers goes first. The test runs once per worker count.
    """
    from pytest_speedup.plugin.scaled import Scaled  # noqa: PLC0415 - as in begin

    return Scaled(instrument_of(request.config).speedup(request, benchmark), benchmark)
