from __future__ import annotations

import pytest

from pytest_speedup.gate import standing
from tests.functional.project import Project

MIN_SPEEDUP = standing.MIN_SPEEDUP


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    # The inner pytest is to time, although the outer one may run under xdist.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    # pytest-benchmark asks a process of its own about the CPU, a quarter of a second each time.
    monkeypatch.setattr("pytest_benchmark.plugin.get_cpu_info", dict)
    # On a busy machine short waits may overlap too little to have a speedup to lose.
    monkeypatch.setattr(standing, "MIN_SPEEDUP", 0.0)
    return Project(pytester)


@pytest.fixture
def watched(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose cells need a speedup to lose, as in a user's run."""
    monkeypatch.setattr(standing, "MIN_SPEEDUP", MIN_SPEEDUP)
    return project
