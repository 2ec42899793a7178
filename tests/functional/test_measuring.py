from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import pytest

from pytest_speedup.measurement import Timed
from pytest_speedup.storage import from_extra_info
from tests.functional.project import speedup_of

if TYPE_CHECKING:
    from functools import partial

    from tests.functional.project import Project


def refuse(constant: str) -> NoReturn:
    raise AssertionError(constant)


def test_the_table_shows_every_cell(project: Project) -> None:
    """The section follows pytest-benchmark's own table."""
    project.rest()
    result = project.run(
        "--benchmark-only", "--speedup-executors=serial,thread,process", "--speedup-workers=1,2"
    )
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(
        [
            "speedup: executors serial,thread,process; workers 1,2; size default; * effective*",
            "*benchmark 'work': 5 tests*",
            "*= speedup =*",
            "work (waiting, size default)",
            "  workers* 1 * 2",
            "  serial * ?.??x",
            "  thread * ?.??x * ?.??x",
            "  process * *x * *x",
            "speedup = T_serial / T_parallel*",
        ]
    )
    _, _, section = result.stdout.str().partition("= speedup =")
    assert max(map(len, section.splitlines())) <= 80


def test_rounds_estimates_and_machine_are_saved(project: Project) -> None:
    """The file is valid JSON, and holds what the figures were made of."""
    document = json.loads(project.save().read_text(), parse_constant=refuse)
    info = speedup_of(document)
    samples = from_extra_info("test_work.py::test_work[thread-2]", info)
    assert len(samples.rounds) >= 6
    assert samples.ceiling is not None
    assert (samples.cell.executor, samples.cell.workers) == ("thread", 2)
    assert info["speedup"]["low"] <= info["speedup"]["value"] <= info["speedup"]["high"]
    machine = document["machine_info"]["speedup"]
    assert {"cpu_model", "cpus", "python", "gil", "start_method"} <= set(machine)
    assert {"logical", "affinity", "cgroup_quota", "effective"} <= set(machine["cpus"])


def test_the_laws_of_a_curve_are_saved_with_the_run(project: Project) -> None:
    """By workload and executor; where no number of workers is too many, none is named."""
    project.rest()
    project.run("--benchmark-save=base", "--speedup-workers=2,3,4").assert_outcomes(passed=3)
    (path,) = project.saved()
    ((name, laws),) = json.loads(path.read_text(), parse_constant=refuse)["speedup"]["laws"].items()
    assert name == "work thread"
    assert set(laws) == {"serial", "contention", "coherency", "peak_workers"}
    assert set(laws["serial"]) == {"value", "low", "high", "confidence"}


def test_pytest_benchmark_is_handed_the_parallel_turns(project: Project) -> None:
    """Its own statistics are of the turns that the speedup is made of."""
    document = json.loads(project.save("--benchmark-save-data").read_text())
    samples = from_extra_info("x", speedup_of(document))
    turns = [seconds for one in samples.rounds for seconds in one.seconds("parallel")]
    assert document["benchmarks"][0]["stats"]["data"] == pytest.approx(turns, abs=1e-9)


def test_one_call_times_both_halves(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says is the speedup's and pytest-benchmark's, to the last bit, in turns' order."""
    told: dict[str, list[float]] = {"serial": [], "thread": []}

    def fake(function: partial[object], *, collect_garbage: bool) -> Timed[object]:
        assert collect_garbage
        executor = function.args[0]
        turns = told[executor.name]
        turns.append((4.0 if executor.name == "serial" else 1.0) + len(turns) / 1024)
        return Timed(function(), turns[-1], 0.0)

    monkeypatch.setattr("pytest_speedup.measurement.workload.timed", fake)
    document = json.loads(project.save("--benchmark-save-data").read_text())
    handed = document["benchmarks"][0]["stats"]["data"]
    assert handed == told["thread"][-len(handed) :]  # what came before only warmed up
    samples = from_extra_info("x", speedup_of(document))
    for arm, name in (("serial", "serial"), ("parallel", "thread")):
        turns = [seconds for one in samples.rounds for seconds in one.seconds(arm)]
        assert turns == pytest.approx(told[name][-len(turns) :], abs=1e-9)
        assert len(turns) >= 6


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ("benchmark(int)", "speedup(work, 4)", "*leave benchmark(...) out, or write a test for*"),
        ("speedup(work, 4)", "benchmark(int)", "*can only be used once*in speedup(...) mode*"),
    ],
)
def test_a_test_times_one_thing(project: Project, first: str, then: str, said: str) -> None:
    """Its row in the table cannot be of two."""
    project.replace("speedup(work, 4)", f"{first}; {then}")
    project.replace("test_work(speedup)", "test_work(speedup, benchmark)")
    result = project.run("--benchmark-save=base")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([said])
    saved = [json.loads(one.read_text())["benchmarks"] for one in project.saved()]
    assert not any(saved)


def test_rounds_of_the_marker_are_measured(project: Project) -> None:
    """A test may ask for more, or for fewer."""
    project.mark("@pytest.mark.speedup(rounds=3)")
    info = speedup_of(json.loads(project.save().read_text()))
    assert len(info["rounds"].split()) == 3


def test_parameters_of_the_test_make_workloads_of_their_own(project: Project) -> None:
    """Two sizes of one test are two tables."""
    project.rest()
    project.mark('@pytest.mark.parametrize("items", [1, 2])')
    project.replace("test_work(speedup)", "test_work(speedup, items)")
    project.replace("(work, 4)", "(work, items)")
    result = project.run("--benchmark-only")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["work?1? (waiting*", "work?2? (waiting*"])


def test_verbose_runs_show_cold_starts_and_the_share_inside_rounds(project: Project) -> None:
    """Where the time went is a question of its own."""
    project.run("--benchmark-only", "-v").stdout.fnmatch_lines(
        ["median cold start of thread by workers: 2: * ms", "inside workload rounds: *% of * s"]
    )


def test_the_size_reaches_the_test(project: Project) -> None:
    """A workload reads it from the fixture."""
    project.replace("speedup(work, 4)", "assert speedup.size == 'seed'")
    project.run("--speedup-size=seed").assert_outcomes(passed=1)


@pytest.mark.parametrize("how", [["--benchmark-disable"], ["-n", "2", "--dist=load"]], ids=str)
def test_a_check_runs_each_cell_once(project: Project, how: list[str]) -> None:
    """Correctness is checked in the quick size, and nothing is timed."""
    project.replace("speedup(work, 4)", "assert speedup.size == 'quick'; speedup(work, 4)")
    result = project.run_apart(*how, "--speedup-workers=1,2")
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*= speedup =*")


@pytest.mark.parametrize("how", ["--benchmark-enable", "--benchmark-disable"])
def test_a_wrong_result_fails_its_cell(project: Project, how: str) -> None:
    """Fast and wrong is not fast; the message says what was expected."""
    project.pytester.makepyfile(
        test_work="""
        def work(executor):
            return list(executor.map(str, [1])), executor.name

        def test_work(speedup):
            speedup(work)
        """
    )
    result = project.run(how)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "work thread-2 returned a wrong result.",
            "expected, as from serial code: (['1'], 'serial')",
            "got: (['1'], 'thread')",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_failed_cell_is_not_saved(project: Project) -> None:
    """A wrong result must not become what others are compared with."""
    project.replace("speedup(work, 4)", "speedup(work, 4); assert False")
    project.run("--benchmark-save=base").assert_outcomes(failed=1)
    saved = [json.loads(one.read_text())["benchmarks"] for one in project.saved()]
    assert not any(saved)


def test_pytest_benchmarks_commands_read_the_saved_files(project: Project) -> None:
    """What works on its files goes on working: comparing in a run, and its own command."""
    project.save()
    project.save()
    result = project.run("--benchmark-only", "--benchmark-compare", "--benchmark-autosave")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*(0002_base)*"])
    assert [path.name[:4] for path in project.saved()] == ["0001", "0002", "0003"]
    command = project.pytester.run("pytest-benchmark", "compare")
    command.stdout.fnmatch_lines(["*test_work?thread-2?*"])
    assert command.ret == 0
