"""The three ways to take a workload: measure it, judge it, or serve a comparison with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from pytest_speedup.plugin.against import open_comparison
from pytest_speedup.plugin.measuring import Measuring
from pytest_speedup.plugin.serving import serving_of

if TYPE_CHECKING:
    from pytest_speedup.plugin.benchmark import Fixture
    from pytest_speedup.plugin.run import Run
    from pytest_speedup.speedup import Speedup


class Instrument(Protocol):
    """A plugin that makes what tests get as ``speedup``."""

    def speedup(self, request: pytest.FixtureRequest, benchmark: Fixture) -> Speedup:
        """Make it for the test that asks."""


INSTRUMENT = pytest.StashKey[Instrument]()


def choose(config: pytest.Config, run: Run) -> Instrument:
    """Choose the instrument of a run.

    Raises:
        pytest.UsageError: there is no such commit as the run is to be compared with.
    """
    serving = serving_of(config)
    if serving is not None:
        return serving
    if run.settings.against is not None and not run.settings.plan:
        return open_comparison(config, run, run.settings.against)
    return Measuring(run)
