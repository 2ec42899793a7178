"""Whether this session times anything, and what is refused before anything runs.

Without pytest-benchmark, under xdist or a tracer, and with another clock there is nothing to trust.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.measurement import tracer
from pytest_speedup.plugin import benchmark, options
from pytest_speedup.plugin.options import is_asked
from pytest_speedup.plugin.start import BENCHMARK_OPTIONS
from pytest_speedup.storage import is_database, open_runs, refuse_storage

if TYPE_CHECKING:
    from collections.abc import Iterable

_TWINS = ("speedup_fail", "speedup_against")
"""Those that may stand in a file or variable for every run, and ask for nothing there."""

_ASKING = {name: f"--{name.replace('_', '-')}" for name in (*BENCHMARK_OPTIONS, *_TWINS)}
"""Options that make no sense unless something is timed."""

_TIMER = "time.perf_counter"


def timing_is_on(config: pytest.Config) -> bool:
    """Whether pytest-benchmark times what it runs."""
    if not benchmark.is_there(config) or _is_distributed(config):
        return False
    if config.getoption("benchmark_skip"):
        return False
    return bool(config.getoption("benchmark_enable") or not config.getoption("benchmark_disable"))


def refuse_gate(config: pytest.Config) -> None:
    """Refuse a gate without what it compares by, before anything runs.

    Raises:
        pytest.UsageError: pytest-benchmark, or what its storage needs, is not there.
    """
    asked = [one.flag for one in (options.FAIL, options.AGAINST) if one.is_asked(config)]
    if not benchmark.is_there(config):
        if asked:
            raise pytest.UsageError(_needs(asked[0]))
        return
    _refuse_storage(config)


def refuse_cells(config: pytest.Config) -> None:
    """Refuse to run cells without pytest-benchmark.

    Raises:
        pytest.UsageError: it is left out.
    """
    if not benchmark.is_there(config):
        raise pytest.UsageError(_needs("a test of speedup"))


def refuse_timing_under_xdist(config: pytest.Config) -> None:
    """Refuse before anything runs: workers that share the cores cannot be timed.

    Raises:
        pytest.UsageError: timing was asked for under xdist.
    """
    asked = [
        flag
        for name, flag in _ASKING.items()
        if config.getoption(name, None) and (name not in _TWINS or is_asked(config, flag))
    ]
    if _is_distributed(config) and asked:
        message = (
            f"{asked[0]} cannot time anything under pytest-xdist, whose workers share the cores: "
            "run it with -n 0, or leave it out to run each cell once for correctness"
        )
        raise pytest.UsageError(message)


def untimed_under_tracer(config: pytest.Config, asker: str) -> str:
    """Say why cells are not to be timed: a tracer slows one side of a pair more than the other.

    Args:
        config: pytest's.
        asker: the option that needs times although it is not given here; empty for none.

    Returns:
        The reason; empty where there is none.

    Raises:
        pytest.UsageError: a tracer is active, and times are asked for.
    """
    if (active := tracer()) is None:
        return ""
    given = (
        flag
        for name, flag in _ASKING.items()
        if config.getoption(name, None) and is_asked(config, flag)
    )
    asking = asker or next(given, "")
    if asking:
        message = (
            f"speedup cannot be timed under {active}, and {asking} asks for it: leave coverage or "
            "the tracer out, or add --benchmark-disable to run each cell once for correctness"
        )
        raise pytest.UsageError(message)
    return f"speedup: each cell ran once and was not timed, under {active}"


def refuse_other_timers(items: Iterable[pytest.Item]) -> None:
    """Refuse a timer that does not count all of what one side of a pair takes.

    Raises:
        pytest.UsageError: another timer was chosen.
    """
    for timer in {_timer(item) for item in items} - {_TIMER}:
        message = (
            f"speedup cannot be timed with {timer}, which does not count what waiting or other "
            f"processes take: use --benchmark-timer={_TIMER}"
        )
        raise pytest.UsageError(message)


def _refuse_storage(config: pytest.Config) -> None:
    """Refuse a storage that pytest-benchmark cannot open, which it would with a traceback."""
    address = str(config.getoption("benchmark_storage"))
    try:
        refuse_storage(address, "--benchmark-storage")
        if is_database(address):
            open_runs(address, config.getoption("benchmark_netrc") or "")
    except SpeedupError as error:
        raise pytest.UsageError(str(error)) from error


def _needs(what: str) -> str:
    return (
        f"{what} needs pytest-benchmark, which -p no:benchmark or "
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD leaves out: load it with -p pytest_benchmark.plugin, or "
        "select other tests"
    )


def _timer(item: pytest.Item) -> str:
    marker = item.get_closest_marker("benchmark")
    timer = marker.kwargs.get("timer") if marker else None
    if timer is None:
        return str(item.config.getoption("benchmark_timer"))
    if timer is time.perf_counter:
        return _TIMER
    return f"{timer.__module__}.{timer.__name__}"


def _is_distributed(config: pytest.Config) -> bool:
    # As pytest-benchmark tells: a pytest that a worker's test starts shares the cores, too.
    return config.getoption("dist", "no") != "no" or "PYTEST_XDIST_WORKER" in os.environ
