"""Whether this session times anything, and what is refused before anything runs.

Without pytest-benchmark, under xdist or a tracer, and with another clock there is nothing to trust.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
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

_GATES = ("speedup_fail", "speedup_against")
"""Those that may stand in a file or variable for every run, and ask for nothing there."""

_ASKING = {name: f"--{name.replace('_', '-')}" for name in (*BENCHMARK_OPTIONS, *_GATES)}
"""Options that make no sense unless something is timed."""

_WHOLE = ("benchmark_only", *_GATES)
"""Those with which a run is about nothing but times: all of it is refused, not its cells."""

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


def refuse_timing_under_xdist(config: pytest.Config) -> str:
    """Refuse before anything runs: workers that share the cores cannot be timed.

    Returns:
        Why each cell is refused although other tests run; empty where none is.

    Raises:
        pytest.UsageError: the run was to be about nothing but what is timed.
    """
    asking = _asking(config)
    if not (_is_distributed(config) and asking):
        return ""
    message = (
        f"{asking} cannot time anything under pytest-xdist, whose workers share the cores: "
        "run it with -n 0, or leave it out to run each cell once for correctness"
    )
    return _refused(config, message)


def refuse_split(config: pytest.Config) -> None:
    """Refuse a gate of whatever pytest-split left, since what it left out would be missing.

    Raises:
        pytest.UsageError: there is more than one part.
    """
    parts = config.getoption("splits", None)
    asked = [one.flag for one in (options.AGAINST, options.FAIL) if one.is_asked(config)]
    if not asked or not isinstance(parts, int) or parts < 2:  # noqa: PLR2004 - one is all of it
        return
    flag = options.AGAINST.flag
    instead = f", or judge a part with {options.SHARD.flag}=1/{parts}" if flag in asked else ""
    message = (
        f"{asked[0]} judges a whole suite, and --splits={parts} of pytest-split leaves cells out, "
        f"which would be missing: add --splits=1 --group=1{instead}"
    )
    raise pytest.UsageError(message)


@dataclass(frozen=True, slots=True)
class Traced:
    """What a tracer, which slows one side of a pair more than the other, does to a run.

    Attributes:
        notice: why cells run once and are not timed; empty where they are timed or refused.
        refusal: why each cell is refused although other tests run; empty where none is.
    """

    notice: str = ""
    refusal: str = ""


def under_tracer(config: pytest.Config, asker: str) -> Traced:
    """Say what becomes of cells that are to be timed now.

    Args:
        config: pytest's.
        asker: the option that needs times although it is not given here; empty for none.

    Raises:
        pytest.UsageError: a tracer is active, and the run was to be about nothing but times.
    """
    if (active := tracer()) is None:
        return Traced()
    asking = asker or _asking(config)
    if not asking:
        return Traced(notice=f"speedup: each cell ran once and was not timed, under {active}")
    message = (
        f"speedup cannot be timed under {active}, and {asking} asks for it: leave coverage "
        "(--no-cov) or the tracer out, or add --benchmark-disable to run each cell once for "
        "correctness"
    )
    if asker:
        raise pytest.UsageError(message)
    return Traced(refusal=_refused(config, message))


def _asking(config: pytest.Config, names: Iterable[str] = tuple(_ASKING)) -> str:
    """Name the first option that makes no sense unless something is timed; empty for none."""
    given = (
        _ASKING[name]
        for name in names
        if config.getoption(name, None) and (name not in _GATES or is_asked(config, _ASKING[name]))
    )
    return next(given, "")


def _refused(config: pytest.Config, message: str) -> str:
    """Return why cells are refused.

    Raises:
        pytest.UsageError: all of the run is.
    """
    if _asking(config, _WHOLE):
        raise pytest.UsageError(message)
    return message


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
