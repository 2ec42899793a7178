"""pytest's and pytest-benchmark's hooks, wired to what does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup import storage
from pytest_speedup.errors import SpeedupError
from pytest_speedup.measurement import read_machine
from pytest_speedup.plugin import benchmark, ending, gate, refusals, reporting
from pytest_speedup.plugin.cells import (
    cell_of,
    is_adopted,
    is_cell,
    matching_cell,
    note_ending,
    shared_by,
)
from pytest_speedup.plugin.instruments import INSTRUMENT, adopted, choose
from pytest_speedup.plugin.options import AGAINST
from pytest_speedup.plugin.rules import held_rules, ruled_by_saved
from pytest_speedup.plugin.run import RUN, Run, Selected, serves
from pytest_speedup.plugin.scaled import word_unjudged
from pytest_speedup.plugin.screen import Progress, redraws, terminal_writer
from pytest_speedup.plugin.settings import read_settings
from pytest_speedup.plugin.start import START

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_speedup.plugin.benchmark import Session

PROGRESS = pytest.StashKey[Progress]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Read the settings, before pytest-benchmark begins its session."""
    refusals.refuse_gate(config)
    refusals.refuse_split(config)
    refusal = refusals.refuse_timing_under_xdist(config)
    benchmark.mend_loading(config)
    benchmark.refuse_choice(config)
    ruled = ruled_by_saved(config, read_settings(config, timing=refusals.timing_is_on(config)))
    settings = ruled.settings
    reporting.refuse_missing_extra(settings)
    machine = read_machine(settings.start_method)
    run = Run(settings, machine, gate.open_gate(config, settings, machine), refusal=refusal)
    config.stash[RUN] = run
    run.moved.extend(ruled.moved)
    gate.show_saved(run, config)
    run.uncollected = config.stash[START].uncollected
    config.pluginmanager.register(ending.Noting(run))
    if not serves(config):
        _prepare(config, run)
    instrument = choose(config, run)
    config.stash[INSTRUMENT] = instrument
    if not config.pluginmanager.is_registered(instrument):
        config.pluginmanager.register(instrument)


def _prepare(config: pytest.Config, run: Run) -> None:
    """Have what few runs ask for, and only they load."""
    if run.settings.plan:
        from pytest_speedup.plugin.plan import Plan  # noqa: PLC0415 - see above

        config.pluginmanager.register(Plan(config, run))
    if run.gate.baselines and run.settings.confirm and not run.settings.runs_nothing:
        from pytest_speedup.plugin import confirming  # noqa: PLC0415 - see above

        confirming.prepare(config, run)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Have runs saved whole or not at all."""
    session.config.stash[RUN].session = session
    benchmarks = benchmark.session_of(session.config)
    if benchmarks is not None:
        benchmark.save_atomically(benchmarks, session.config.stash[RUN])
        benchmark.keep_regressions(benchmarks, session.config.stash[RUN])


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep every cell, whatever is deselected later."""
    if isinstance(item, pytest.Function) and is_cell(item):
        item.config.stash[RUN].collected[item.nodeid] = item


def pytest_report_collectionfinish(config: pytest.Config) -> str | list[str]:
    """Say what will be measured, and on what, where pytest shows a header."""
    if config.option.verbose < 0 or config.option.no_header:
        return []
    run = config.stash[RUN]
    machine, settings = run.machine, run.settings
    gil = "on" if machine.gil else "off"
    return (
        f"speedup: {settings}; {machine.cpus.effective:g} effective CPUs; "
        f"{machine.start_method}; GIL {gil}"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse to time under unequal conditions, before the first test."""
    run = config.stash[RUN]
    _choose_adopted(config, run, items)
    cells = [item for item in items if isinstance(item, pytest.Function) and is_cell(item)]
    if cells:
        refusals.refuse_cells(config)
    if run.settings.timing and cells:
        refusals.refuse_other_timers(cells)
        _stop_timing_under_tracer(config, run)
    run.gate.errors.cells = len(cells)
    for item in cells:
        cell = matching_cell(item, run.settings.size)
        run.select(Selected(cell, (item.location[1] or 0) + 1, shared_by(item)))
    writer = terminal_writer(config)
    if writer is None or not run.settings.timing or not cells:
        return
    if redraws(writer):
        config.stash[PROGRESS] = Progress(writer, len(cells))


def _choose_adopted(config: pytest.Config, run: Run, items: list[pytest.Item]) -> None:
    """Deselect cells of tests of pytest-benchmark as the command line says, and name what is none.

    Raises:
        pytest.UsageError: a test has no value of its parameter that is a number of workers.
    """
    try:
        run.notices += word_unjudged(items)
    except SpeedupError as error:
        raise pytest.UsageError(str(error)) from error
    dropped = [one for one in items if is_adopted(one) and not run.settings.takes(*cell_of(one))]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [one for one in items if one not in dropped]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Give tests of pytest-benchmark that are cells what measures them."""
    if not is_adopted(pyfuncitem):
        return (yield)
    with adopted(pyfuncitem, pyfuncitem.config.stash[INSTRUMENT]):
        return (yield)


def _stop_timing_under_tracer(config: pytest.Config, run: Run) -> None:
    """Run cells once where a tracer would falsify their times, unless somebody asks for these."""
    if run.settings.against is not None:
        return  # this process only reports
    traced = refusals.under_tracer(config, AGAINST.flag if serves(config) else "")
    run.refusal = run.refusal or traced.refusal
    if traced.notice:
        run.settings = read_settings(config, timing=False)
        run.notices.append(traced.notice)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail a cell that cannot be timed although times were asked for; other tests run."""
    run = item.config.stash[RUN]
    if run.refusal and item.nodeid in run.selected:
        pytest.fail(run.refusal, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Show where the run is."""
    run = item.config.stash[RUN]
    progress = item.config.stash.get(PROGRESS, None) if item.nodeid in run.selected else None
    if progress is not None:
        progress.show(item.name)
    try:
        return (yield)
    finally:
        run.done(item.nodeid)
        if progress is not None:
            progress.done()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a test that failed out of saved runs, whatever failed in it."""
    report = yield
    note_ending(item.config.stash[RUN], item, call)
    if report.failed:
        benchmark.keep_out(item)
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(
    config: pytest.Config, machine_info: dict[str, Any]
) -> None:
    """Have the machine stored with every run."""
    machine_info[storage.KEY] = storage.to_machine_info(config.stash[RUN].machine)


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Have what a run had loaded stored with it, and the laws of its speedups."""
    from pytest_speedup.plugin.loaded import loaded_versions  # noqa: PLC0415 - few runs are saved

    loaded = loaded_versions(config.rootpath)
    laws = reporting.fitted_laws(config.stash[RUN])
    rules = held_rules(config, config.stash[RUN].settings)
    output_json[storage.KEY] = storage.to_run_info(loaded, laws, rules)


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_benchmark_compare_machine_info(
    benchmarksession: Session,
) -> Generator[None, object, object]:
    """Spare pytest-benchmark naming its storage relative to a folder that it is not in."""
    with benchmark.named_anywhere(benchmarksession):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn the exit code when the gate cannot vouch for the code, or a run was not saved."""
    run = session.config.stash[RUN]
    gate.close(run, session.config)
    # Tests of plugins end sessions that have none.
    code = getattr(session, "exitstatus", exitstatus)
    session.exitstatus = ending.exit_code_of(session.config, code)
    reporting.report(session.config, run, int(session.exitstatus))


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what came of it after pytest-benchmark's own tables."""
    reporting.show(terminalreporter, terminalreporter.config.stash[RUN])
