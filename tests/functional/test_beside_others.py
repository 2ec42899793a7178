"""Plugins of others in addopts: each runs, or is refused in a line that leaves other tests alone.

``tox -e beside,beside-oldest`` has all of them; elsewhere those are tried that happen to be there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.functional.project import scale

if TYPE_CHECKING:
    from tests.functional.project import Project

ALL_ARE_HERE = "SPEEDUP_BESIDE"
"""The variable that says that no plugin may be absent."""

PLAIN = "\ndef test_plain():\n    pass\n"

COROUTINE = "\nasync def test_plain():\n    pass\n"


@dataclass(frozen=True, slots=True)
class Other:
    """A plugin of others.

    Attributes:
        name: as ``-p`` takes it.
        module: what is imported where it is installed.
        addopts: what a project has in its ini file.
        cells: what becomes of a cell in a plain run: timed, or run once.
        times: options that let it be timed although the plugin is there.
        plain: another test of the project.
    """

    name: str
    module: str
    addopts: str
    cells: str = "timed"
    times: tuple[str, ...] = ()
    plain: str = PLAIN

    def join(self, project: Project) -> None:
        """Have a project use it, and no other one."""
        if find_spec(self.module) is None:
            assert ALL_ARE_HERE not in os.environ, f"{self.module} is not installed"
            pytest.skip(f"{self.module} is not installed")
        loaded = " ".join(f"-p {name}" for name in ("benchmark", "pytest_speedup.plugin"))
        project.pytester.makeini(f"[pytest]\naddopts = {loaded} -p {self.name} {self.addopts}\n")
        project.rest()
        path = project.path / "test_work.py"
        path.write_text(path.read_text(encoding="utf-8") + self.plain, encoding="utf-8")


ASYNCIO = Other("asyncio", "pytest_asyncio", "--asyncio-mode=auto", plain=COROUTINE)
COV = Other("pytest_cov", "pytest_cov", "--cov=.", cells="once", times=("--no-cov",))
RANDOMLY = Other("randomly", "pytest_randomly", "")
RERUNS = Other("rerunfailures", "pytest_rerunfailures", "--reruns=2")
SPLIT = Other("pytest-split", "pytest_split", "--splits=1 --group=1")
TIMEOUT = Other("timeout", "pytest_timeout", "--timeout=60")
XDIST = Other("xdist", "xdist", "-n2", cells="once", times=("-n0",))

EACH = pytest.mark.parametrize(
    "other", [ASYNCIO, COV, RANDOMLY, RERUNS, SPLIT, TIMEOUT, XDIST], ids=lambda one: one.name
)
UNTIMED = pytest.mark.parametrize("other", [COV, XDIST], ids=lambda one: one.name)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load no plugin but those that a project names."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in [name for name in os.environ if name.startswith(("PYTEST_XDIST", "COV_CORE"))]:
        monkeypatch.delenv(name)


@EACH
def test_cells_and_other_tests_run(project: Project, other: Other) -> None:
    """Timed where that can be, and else once, for correctness."""
    other.join(project)
    result = project.run_apart()
    result.assert_outcomes(passed=2)
    table = any(line.startswith("speedup = T_serial") for line in result.outlines)
    assert table == (other.cells == "timed")


@EACH
def test_a_loss_is_red_and_the_same_code_green(project: Project, other: Other) -> None:
    """In a run that can be timed: order, reruns and time limits change nothing about it."""
    other.join(project)
    project.run_apart("--benchmark-save=base", *other.times).assert_outcomes(passed=2)
    (saved,) = project.saved()
    gate = ("--benchmark-compare", *other.times)
    same = project.run_apart(*gate, "--speedup-fail=99%")
    assert same.ret == 0, same.outlines
    same.stdout.fnmatch_lines(["speedup gate: 1 passed"])
    scale(saved, speedup=1e6, parallel=1e-6)
    slow = project.run_apart(*gate, "--speedup-fail=50%")
    assert slow.ret == 1
    slow.stdout.fnmatch_lines(["speedup gate: 1 regressed"])
    assert slow.parseoutcomes()["failed"] == slow.parseoutcomes()["passed"] == 1


@UNTIMED
def test_cells_that_are_to_be_saved_are_refused_and_other_tests_run(
    project: Project, other: Other
) -> None:
    """Each cell fails before it runs, with what to do; nothing of it is saved."""
    other.join(project)
    result = project.run_apart("--benchmark-autosave")
    result.assert_outcomes(passed=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    said = [line for line in result.outlines if other.times[0].replace("-n0", "-n 0") in line]
    assert len(said) == 1
    result.stdout.no_fnmatch_line("*Traceback*")
    assert project.saved() == []


@UNTIMED
@pytest.mark.parametrize("asking", ["--benchmark-only", "--speedup-fail=9%"])
def test_a_run_about_nothing_but_times_is_refused(
    project: Project, other: Other, asking: str
) -> None:
    """Whole, in a line, before anything runs."""
    other.join(project)
    options = ["--benchmark-compare"] if "fail" in asking else []
    result = project.run_apart(asking, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line.startswith("ERROR: ")]
    assert "passed" not in result.stdout.str()
    assert other.times[0].replace("-n0", "-n 0") in line


@UNTIMED
def test_a_suite_without_cells_is_none_of_our_business(project: Project, other: Other) -> None:
    """Whatever it is asked for."""
    other.join(project)
    (project.path / "test_work.py").write_text(PLAIN, encoding="utf-8")
    result = project.run_apart("--benchmark-autosave")
    result.assert_outcomes(passed=1)
    assert result.ret == 0


@pytest.mark.parametrize(
    ("asking", "way_out"),
    [
        (("--speedup-fail=9%", "--benchmark-compare"), "add --splits=1 --group=1"),
        (("--speedup-against=HEAD",), "or judge a part with --speedup-shard=1/2"),
    ],
    ids=["saved", "against"],
)
def test_a_gate_of_a_part_is_refused(
    project: Project, asking: tuple[str, ...], way_out: str
) -> None:
    """What pytest-split leaves out would be missing."""
    SPLIT.join(project)
    result = project.run_apart("--splits=2", *asking)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line.startswith("ERROR: ")]
    assert line.endswith(way_out)


def test_without_a_gate_each_part_is_measured(project: Project) -> None:
    """The tests of pytest-split's group alone."""
    SPLIT.join(project)
    parts = [project.run_apart("--splits=2", f"--group={group}") for group in (1, 2)]
    assert [part.parseoutcomes() for part in parts] == [{"passed": 1, "deselected": 1}] * 2
    tables = ["speedup = T_serial" in part.stdout.str() for part in parts]
    assert sorted(tables) == [False, True]


def test_a_cell_that_takes_too_long_fails_alone(project: Project) -> None:
    """The others run, and the gate is not green."""
    TIMEOUT.join(project)
    project.run_apart("--benchmark-save=base").assert_outcomes(passed=2)
    project.replace("time.sleep(0.002)", "time.sleep(600)")
    result = project.run_apart("--benchmark-compare", "--speedup-fail=99%", "--timeout=0.3")
    result.assert_outcomes(passed=1, failed=1)
    assert result.ret not in (0, pytest.ExitCode.USAGE_ERROR)
    result.stdout.fnmatch_lines(["*broken*Timeout*"])


COROUTINE = """
import pytest
from pytest_speedup import with_coroutine

async def pause_async(item):
    return item

@with_coroutine(pause_async)
"""


def test_a_coroutine_test_gives_its_loop_to_no_executor(project: Project) -> None:
    """Threads and processes need none; the executor that does refuses in a line."""
    ASYNCIO.join(project)
    project.replace("def pause", f"{COROUTINE}def pause")
    project.replace("def test_work", "async def test_work")
    result = project.run_apart("--speedup-executors=serial,thread,asyncio")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["asyncio executor: this test runs on an event loop already*"])
    result.stdout.no_fnmatch_line("*RuntimeError*")
