"""A Dask cluster that stood before the comparison has one code for both sides: real workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import BROKEN
from tests.clone import Clone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.functional.project import Project

TEST = """
import operator

import code_of_it

def work(executor, items):
    return list(executor.map(operator.neg, range(items)))

def test_work(speedup):
    speedup(work, 4)
"""


@pytest.fixture
def clone(project: Project) -> Clone:
    """A project whose tasks need nothing but Python, and whose test imports its code."""
    clone = Clone(project.path)
    (project.path / ".gitignore").write_text("__pycache__\nstd*\nrunpytest*\n")
    (project.path / "pytest.ini").write_text("[pytest]\npythonpath = src\n")
    (project.path / "test_work.py").write_text(TEST)
    clone.commit("a = 1\n", "src/code_of_it.py")
    (project.path / "src" / "code_of_it.py").write_text("a = 2\n")
    return clone


@pytest.fixture
def cluster() -> Iterator[str]:
    """A scheduler whose workers run in this process."""
    distributed = pytest.importorskip("distributed")
    from pytest_speedup.executors.dask_cluster import running_loop  # noqa: PLC0415 - needs Dask

    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        dashboard_address=":0",
        protocol="tcp",
        loop=running_loop(),  # it may take long to start
    ) as cluster:
        yield cluster.scheduler_address


def compare(project: Project, address: str) -> pytest.RunResult:
    return project.run_apart(
        "--benchmark-only",
        "--speedup-against=HEAD",
        "--speedup-fail=99%",
        "--speedup-executors=dask,thread",
        f"--speedup-dask-scheduler={address}",
    )


def test_workers_that_would_import_the_project_end_their_cells(
    project: Project, clone: Clone, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 11, module, file and remedy; threads are compared all the same."""
    monkeypatch.syspath_prepend(clone.path / "src")
    result = compare(project, cluster)
    assert result.ret == BROKEN
    found = f"have code_of_it from {clone.path / 'src' / 'code_of_it.py'}, whichever side asks*"
    result.stdout.fnmatch_lines([f"speedup: the workers of the Dask cluster at {cluster} {found}"])
    result.stdout.fnmatch_lines(["*leave --speedup-dask-scheduler out*"])
    result.stdout.fnmatch_lines(["proof: base loaded *"])
    result.stdout.no_fnmatch_line("not selected*")


def test_workers_without_the_project_are_proven(
    project: Project, clone: Clone, cluster: str
) -> None:
    """They were asked, and said so."""
    result = compare(project, cluster)
    result.stdout.fnmatch_lines(["proof: the workers of the Dask cluster at * were asked*"])
    assert result.ret != BROKEN
