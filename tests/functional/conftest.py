from __future__ import annotations

import pytest

from tests.functional.project import Project


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    # The inner pytest is to time, although the outer one may run under xdist.
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    # pytest-benchmark asks a process of its own about the CPU, a quarter of a second each time.
    monkeypatch.setattr("pytest_benchmark.plugin.get_cpu_info", dict)
    return Project(pytester)
