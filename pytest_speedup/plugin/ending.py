"""The end of a session: its exit code, where nothing of a test or a conftest comes after it."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from pytest_speedup.gate import BROKEN, NOT_GREEN, RunEnd, exit_code
from pytest_speedup.model import Kind, Outcome
from pytest_speedup.plugin import gate
from pytest_speedup.plugin.reporting import standing_of
from pytest_speedup.plugin.run import RUN, Run, serves
from pytest_speedup.reports import word_next


@dataclass(frozen=True, slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Noting:
    """The plugin that notes who interrupts a run, and that it did not get to its end.

    Attributes:
        run: the session's state.
    """

    run: Run

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note that a user or a runner interrupted the run; what stops it from within did not."""
        raised = excinfo.value
        if isinstance(raised, KeyboardInterrupt) and not isinstance(
            raised, pytest.Session.Interrupted
        ):
            self.run.interrupted = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self) -> None:
        """Note that pytest gave up, whatever it is made to exit with afterwards."""
        self.run.crashed = True


def code_of_refused(config: pytest.Config, error: pytest.UsageError) -> int:
    """Choose the exit code where pytest refuses to go on.

    Raises:
        pytest.UsageError: again, unless it is of a test that was named and could not be collected.
    """
    run = config.stash.get(RUN, None)
    if run is None or not run.uncollected or not _is_judged(run):
        raise error
    _say(config, f"ERROR: {'; '.join(map(str, error.args))}")
    return int(pytest.ExitCode.USAGE_ERROR)


def refuse_answer(config: pytest.Config) -> int:
    """Choose the exit code where somebody answered for pytest that all is well."""
    why = "a plugin or conftest.py answered for pytest in pytest_cmdline_main, and nothing ran"
    _say(config, f"speedup: exit code {BROKEN}: {why}: leave it out of this run")
    return BROKEN


def last_word(config: pytest.Config, returned: object) -> object:
    """Choose the exit code, and say in a line what to do next where the run is not green."""
    code = final_code(config, returned)
    run = config.stash.get(RUN, None)
    if run is not None and isinstance(code, int) and _is_judged(run):
        _say(config, _next(code, run))
    return code


def final_code(config: pytest.Config, returned: object) -> object:
    """Choose the exit code of a pytest that returned one."""
    run = config.stash.get(RUN, None)
    if run is None or run.session is None or not isinstance(returned, int):
        return returned
    gate.close(run, config)
    return exit_code_of(config, returned)


def exit_code_of(config: pytest.Config, code: int) -> int:
    """Choose the exit code of a session.

    Args:
        config: pytest's.
        code: what pytest would exit with.
    """
    run = config.stash[RUN]
    if run.settings.runs_nothing or serves(config):
        return code
    if run.regressions and code == pytest.ExitCode.OK:
        code = pytest.ExitCode.TESTS_FAILED
    if run.crashed and _is_judged(run):
        code = pytest.ExitCode.INTERNAL_ERROR
    unsaid = bool(run.save_errors or run.uncompared)
    run.end = RunEnd(int(code), run.interrupted, bool(run.uncollected), unsaid)
    return exit_code(run.end, standing_of(run))


def _next(code: int, run: Run) -> str:
    standing = standing_of(run)
    lacking = any(one.outcome is Outcome.DEPENDENCIES for one in standing.failing)
    if code == NOT_GREEN and run.uncompared and not lacking:
        return f"speedup: exit code {code}: name another commit, or --speedup-allow=same"
    if code == pytest.ExitCode.TESTS_FAILED and run.regressions and standing.kind is not Kind.RED:
        return f"speedup: exit code {code}: --benchmark-compare-fail found a loss, as said above"
    return word_next(code, standing)


def _is_judged(run: Run) -> bool:
    if run.session is None or run.settings.runs_nothing:
        return False
    return standing_of(run).kind is not Kind.MEASURED


def _say(config: pytest.Config, line: str) -> None:
    if not line:
        return
    if config.pluginmanager.hasplugin("terminalreporter"):
        config.get_terminal_writer().line(line)
    else:
        print(line, file=sys.stderr)  # noqa: T201 - pytest has nothing to say it with
