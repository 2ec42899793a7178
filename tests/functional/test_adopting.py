"""Tests of pytest-benchmark that exist, adopted by one marker line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.left_out import LEFT_OUT

if TYPE_CHECKING:
    from tests.functional.project import Project

TESTS = """
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

def fetch(url):
    time.sleep(0.03)
    return url

def fetch_all(urls, num_threads):
    with ThreadPoolExecutor(num_threads) as pool:
        return list(pool.map(fetch, urls))

@pytest.fixture
def urls(tmp_path):
    return [tmp_path.name, "b"]

@pytest.mark.speedup(parameter="num_threads")
@pytest.mark.parametrize("num_threads", [2], ids=["threads=2"])
def test_plain(benchmark, urls, num_threads):
    benchmark.extra_info["threads"] = num_threads
    assert benchmark(fetch_all, urls, num_threads=num_threads) == urls

@pytest.mark.speedup(parameter="count")
@pytest.mark.parametrize("method", ["a", object()])
@pytest.mark.parametrize("count", [2])
def test_closure(benchmark, urls, count, method):
    with ThreadPoolExecutor(count) as pool:
        @benchmark
        def result():
            return list(pool.map(fetch, urls))
    assert result == urls

class TestMethods:
    @pytest.mark.speedup(parameter="count", serial=1)
    @pytest.mark.parametrize("count", [2])
    def test_pedantic(self, benchmark, urls, count):
        benchmark.group = "mine"
        fresh = []
        def setup():
            fresh.append(1)
            return (urls,), {"num_threads": count}
        assert benchmark.pedantic(fetch_all, setup=setup, rounds=2, iterations=1) == urls
        assert fresh
        if benchmark.enabled:
            assert benchmark.stats.stats.rounds >= 6
"""

ALWAYS = ("-pno:cacheprovider", *LEFT_OUT, "--benchmark-max-time=0.2")

PARAMETER = 'parameter="num_threads"'

CELLS = {
    "test_plain[threads=2]": "test_work.py::test_plain",
    "test_closure[2-a]": "test_work.py::test_closure[a]",
    "test_closure[2-method1]": "test_work.py::test_closure[method1]",
    "test_pedantic[2]": "test_work.py::TestMethods::test_pedantic",
}


@pytest.fixture
def adopted(project: Project) -> Project:
    """A project with tests of pytest-benchmark, marked."""
    project.pytester.makepyfile(test_work=TESTS)
    return project


def run(adopted: Project, *args: str) -> pytest.RunResult:
    return adopted.pytester.runpytest_inprocess(*ALWAYS, *args)


def saved(adopted: Project) -> dict[str, dict[str, Any]]:
    (path,) = adopted.saved()
    return {one["name"]: one for one in json.loads(path.read_text())["benchmarks"]}


def test_calls_closures_setups_and_methods_are_measured(adopted: Project) -> None:
    """With their ids, groups and what they store; each is a cell of its workload."""
    result = run(adopted, "--benchmark-only", "--benchmark-save=base")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["plain (waiting, size default)", "  own * *x"])
    found = saved(adopted)
    assert {name: one["extra_info"]["speedup"]["workload"] for name, one in found.items()} == CELLS
    assert found["test_plain[threads=2]"]["extra_info"]["threads"] == 2
    assert found["test_pedantic[2]"]["group"] == "mine"
    for one in found.values():
        info = one["extra_info"]["speedup"]
        assert (info["executor"], info["workers"]) == ("own", 2)
        assert info["speedup"]["value"] > 1


def test_they_run_once_where_nothing_is_timed(adopted: Project) -> None:
    """Serially and with their count, and both returned the same."""
    run(adopted, "--benchmark-disable").assert_outcomes(passed=4)
    adopted.replace(
        "return list(pool.map(fetch, urls))\n\n@pytest.fixture",
        "return num_threads\n\n@pytest.fixture",
    )
    result = run(adopted, "--benchmark-disable")
    assert result.parseoutcomes()["failed"] == 2
    result.stdout.fnmatch_lines(["*returned a wrong result."])


def test_a_loss_of_an_adopted_test_is_red(adopted: Project) -> None:
    """Its floors hold, too."""
    adopted.replace('parameter="num_threads"', 'parameter="num_threads", at_least=1000')
    result = run(adopted, "--benchmark-only", "-k", "plain", "--speedup-budget=0")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*plain own-2: regressed*"])


def test_a_count_that_does_not_arrive_is_asked_for(adopted: Project) -> None:
    """By the name of the test's parameter."""
    adopted.replace("num_threads=num_threads) == urls", "num_threads=min(num_threads, 1)) == urls")
    result = run(adopted, "--benchmark-only", "-k", "plain")
    result.stdout.fnmatch_lines(["speedup: plain own-2: 2 workers ran as 1: is num_threads used?"])


def test_values_that_are_no_counts_stay_benchmarks(adopted: Project) -> None:
    """And are named; the command line chooses among the others."""
    adopted.replace('[2], ids=["threads=2"]', "[1, 2, -1, None]")
    adopted.replace("num_threads=num_threads)", "num_threads=2)")
    result = run(
        adopted, "-k", "plain", "--benchmark-only", "--speedup-workers=2", "--benchmark-save=base"
    )
    result.assert_outcomes(passed=3, deselected=4)
    result.stdout.fnmatch_lines(["*num_threads = -1, None is no number of workers*not judged"])
    found = saved(adopted)
    assert [name for name, one in found.items() if "speedup" in one["extra_info"]] == [
        "test_plain[2]"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"num_threads")',
            '"num_thread")',
            "is not parametrized over 'num_thread'; it is over num_",
        ),
        ("[2], ids", "[-1], ids", "no value of 'num_threads' is a number of workers"),
        ("def urls(tmp_path)", "def urls(tmp_path, num_threads)", "goes into the fixture 'urls'"),
        (PARAMETER, "at_least=2", "as in @pytest.mark.speedup(parameter='num_threads')"),
        (PARAMETER, f"{PARAMETER}, workers=[2]", "workers cannot be chosen where cells are"),
        (PARAMETER, "parameter=3", "have it take the fixture"),
        (PARAMETER, "parameter='a b'", "parameter is the name of the test's parameter"),
        (PARAMETER, f"{PARAMETER}, serial=-1", "serial is a value of 'num_threads'"),
        (PARAMETER, f"{PARAMETER}, compare=1", "compare is a function"),
    ],
)
def test_what_cannot_be_adopted_is_refused_by_name(
    adopted: Project, old: str, new: str, said: str
) -> None:
    """Before anything runs, whatever else is selected."""
    adopted.replace(old, new)
    refused(adopted, said)


def refused(adopted: Project, said: str) -> None:
    result = run(adopted, "--benchmark-only")
    assert result.ret not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    assert said in "\n".join(result.outlines + result.errlines)


def test_a_fixture_cannot_be_had_twice_in_a_test(adopted: Project) -> None:
    """One that is asked for the count by its own name."""
    adopted.replace('ids=["threads=2"]', "indirect=True")
    fixture = "@pytest.fixture\ndef num_threads(request):\n    return request.param\n\n"
    adopted.replace(
        '@pytest.mark.speedup(parameter="num_threads")',
        f"{fixture}@pytest.mark.speedup({PARAMETER})",
    )
    refused(adopted, "'num_threads' of test_plain is indirect, made by a fixture once in a test")


def test_a_test_has_to_read_its_count(adopted: Project) -> None:
    """Else it would be the same with each."""
    adopted.replace('benchmark.extra_info["threads"] = num_threads', "pass")
    adopted.replace("num_threads=num_threads) == urls", "num_threads=2) == urls")
    refused(adopted, "test_plain never reads its parameter 'num_threads'")


def test_a_test_has_to_take_benchmark_itself(adopted: Project) -> None:
    """What another fixture does with it is not seen."""
    fixture = "@pytest.fixture\ndef bench(benchmark):\n    return benchmark"
    adopted.replace("import pytest\n", f"import pytest\n\n{fixture}\n")
    adopted.replace(
        "def test_plain(benchmark, urls, num_threads):",
        "def test_plain(bench, urls, num_threads):\n    benchmark = bench",
    )
    refused(adopted, "does not take benchmark itself")


def test_a_test_that_times_nothing_serially_fails(adopted: Project) -> None:
    """There would be nothing to hold it against; nor may it call benchmark twice."""
    adopted.replace(
        "    assert benchmark(fetch_all, urls",
        "    assert num_threads == 1 or benchmark(fetch_all, urls",
    )
    result = run(adopted, "--benchmark-only", "-k", "plain")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*with num_threads = 1 the test does not call benchmark*"])


def test_a_test_that_times_two_things_fails(adopted: Project) -> None:
    """A cell has one workload."""
    adopted.replace(
        "    assert benchmark(fetch_all, urls",
        "    benchmark(int)\n    assert benchmark(fetch_all, urls",
    )
    result = run(adopted, "--benchmark-disable", "-k", "plain")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*call speedup once in a test*"])
