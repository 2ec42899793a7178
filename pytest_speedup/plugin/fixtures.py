"""The fixtures: ``speedup``, and the two that make its test a test per cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.plugin.start import instrument_of, refuse_uncelled

if TYPE_CHECKING:
    from pytest_speedup.plugin.benchmark import Fixture
    from pytest_speedup.speedup import Speedup


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
