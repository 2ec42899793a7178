"""What is special about processes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import ProcessExecutor, start_methods
from tests.executors import tasks

if TYPE_CHECKING:
    from pathlib import Path

METHODS = start_methods()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork beside threads
@pytest.mark.parametrize("method", METHODS)
def test_every_start_method_of_the_platform_works(method: str) -> None:
    """Work is done by processes other than this one."""
    with ProcessExecutor(2, start_method=method, import_main=False) as executor:
        executor.start()
        pids = {pid for pid, _ in executor.each(tasks.who)}
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_an_unknown_start_method_is_refused() -> None:
    """The message says which this platform has."""
    with pytest.raises(SpeedupError, match=f"'teleport' does not exist.*{METHODS[0]}"):
        ProcessExecutor(2, start_method="teleport")


@pytest.mark.parametrize("collect", [True, False])
def test_workers_collect_garbage_as_the_caller_does(*, collect: bool) -> None:
    """Both sides of a pair run under equal conditions."""
    with ProcessExecutor(1, collect_garbage=collect, import_main=False) as executor:
        executor.start()
        assert executor.each(tasks.garbage_is_collected) == [collect]


def test_a_counter_outside_its_pool_is_refused() -> None:
    """It would count somewhere else."""
    with ProcessExecutor(1, import_main=False) as executor:
        sent = pickle.dumps(executor.counter())
        with pytest.raises(SpeedupError, match="sent to a worker outside its pool"):
            pickle.loads(sent)  # noqa: S301 - our own bytes


def run_script(folder: Path, text: str, *, interactive: bool = False) -> str:
    """Run a script in a process of its own, and return what it says of errors."""
    script = folder / "script.py"
    script.write_text(text)
    arguments = ["-"] if interactive else [str(script)]
    result = subprocess.run(
        [sys.executable, *arguments],
        input=text if interactive else None,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=120,
    )
    return result.stderr


UNGUARDED = """
from pytest_speedup.executors import ProcessExecutor, start_methods

with ProcessExecutor(1) as executor:
    executor.start()
"""


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    """Its workers would start workers, on Windows and under spawn."""
    errors = run_script(tmp_path, UNGUARDED)
    assert "a worker died while it started" in errors
    assert "needs 'if __name__ == \"__main__\":' around it" in errors


INTERACTIVE = """
from pytest_speedup.executors import ProcessExecutor, start_methods

def double(number):
    return 2 * number

with ProcessExecutor(1) as executor:
    executor.start()
    list(executor.map(double, [1]))
"""


def test_a_function_from_an_interactive_session_is_refused(tmp_path: Path) -> None:
    """Workers cannot import it; the message says to put it into a module."""
    errors = run_script(tmp_path, INTERACTIVE, interactive=True)
    assert "double is defined in an interactive session" in errors
    assert "put it into a module" in errors
