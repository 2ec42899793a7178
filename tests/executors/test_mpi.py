"""The MPI executor in a job of its own, started as its documentation says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import Conditions, create

pytest.importorskip("mpi4py")

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""Seconds after which a job is taken to hang."""

ENVIRONMENT = {
    # Open MPI asks for these as root, and with fewer cores than processes; MPICH does not care.
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "PYTHONPATH": str(ROOT),
}


def outside_of_xdist() -> dict[str, str]:
    """Return the environment, in which a pytest of its own may time what it runs."""
    return {name: value for name, value in os.environ.items() if "PYTEST_XDIST" not in name}


def run_job(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    mpiexec = shutil.which("mpiexec")
    if mpiexec is None:
        pytest.skip("there is no mpiexec")
    return subprocess.run(
        [mpiexec, "-n", "3", sys.executable, "-m", "mpi4py.futures", *arguments],
        cwd=cwd,
        env={**outside_of_xdist(), **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def has_library() -> bool:
    probe = [sys.executable, "-c", "from mpi4py import MPI"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    if not has_library():
        pytest.skip("there is no MPI library")
    job = run_job(str(Path(__file__).with_name("mpi_script.py")))
    assert job.returncode == 0, job.stderr
    line: dict[str, Any] = json.loads(job.stdout.splitlines()[-1])
    return line


def test_results_and_errors_come_in_order(seen: dict[str, Any]) -> None:
    """And the executor works on after an error."""
    assert seen["order"] == [2 * number for number in range(50)]
    assert seen["errors"] == [0, 1, 2, "three", [2]]


def test_each_reaches_every_worker_once(seen: dict[str, Any]) -> None:
    """Processes other than the caller's."""
    for workers in seen["each"]:
        assert len({pid for pid, _ in workers}) == 2


def test_workers_share_a_counter_and_a_queue(seen: dict[str, Any]) -> None:
    """No increment is lost, the counter begins at zero, and the queue goes both ways."""
    assert seen["counts"] == [1200, 1200]
    assert seen["queue"] == [0, 1, 2, "back", "empty"]


def test_code_that_takes_an_executor_runs_unchanged(seen: dict[str, Any]) -> None:
    """Twice: it leaves the executor, and the workers stay."""
    assert seen["submitted"] == [[[0, 1, 4, 9], "three", [0, 2, 4, 6, 8]]] * 2


@pytest.mark.parametrize("collect", [True, False])
def test_every_workload_returns_what_serial_code_does(
    seen: dict[str, Any], *, collect: bool
) -> None:
    """Also on a second executor of the job; garbage is collected as the caller does."""
    assert seen[f"workloads {collect}"] == seen["serial"]
    assert seen[f"garbage {collect}"] == [collect] * 2


def test_another_number_of_workers_is_refused(seen: dict[str, Any]) -> None:
    """With the command that starts as many."""
    assert seen["refusal"] == (
        "mpi executor: 7 workers were asked for, and this job has 2: run mpiexec -n 8 python -m "
        "mpi4py.futures -m pytest --speedup-workers=7"
    )


TEST = """
import time

def pause(item):
    time.sleep(0.002)
    return item

def work(executor, items):
    return list(executor.map(pause, range(items)))

def test_work(speedup):
    speedup(work, 4)
"""


@pytest.mark.usefixtures("seen")
def test_pytest_measures_in_a_job(tmp_path: Path) -> None:
    """As the documentation of mpi4py says, with pytest for the script."""
    (tmp_path / "test_work.py").write_text(TEST)
    options = ["--benchmark-only", "--speedup-executors=mpi", "--speedup-workers=2"]
    job = run_job("-m", "pytest", "-p", "pytest_speedup.plugin", *options, cwd=tmp_path)
    assert job.returncode == 0, job.stdout + job.stderr
    assert "  mpi " in job.stdout


def test_without_mpiexec_there_are_no_workers() -> None:
    """The message says how to start with some; nothing is spawned."""
    if not has_library():
        pytest.skip("there is no MPI library")
    code = (
        "from pytest_speedup.executors import *\n"
        "try: create('mpi', 2, Conditions())\n"
        "except Exception as error: print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = "2 workers were asked for, and this was not started by mpiexec: run mpiexec -n 3"
    assert expected in said.stdout


def test_a_missing_mpi_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, with what to install."""
    monkeypatch.setitem(sys.modules, "mpi4py.MPI", None)
    monkeypatch.delattr("mpi4py.MPI", raising=False)
    with pytest.raises(SpeedupError, match=r"found mpi4py but no MPI library.*install MPICH"):
        create("mpi", 2, Conditions())
