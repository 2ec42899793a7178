"""pytest-benchmark's fixture, of whichever release is installed, behind the adapter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.left_out import LEFT_OUT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TESTS = """
import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.plugin.benchmark import Benchmark

def test_handed(benchmark):
    known = Benchmark(benchmark)
    known.keep_out()
    known.use("a title")
    known.store("key", {"in": "it"})
    known.hand(iter([0.1, 0.7, 0.3]))
    profiled, checked = [], []

    def run_by(caller):
        checked.append(caller(lambda: profiled.append(1) or len(profiled)))

    known.profile(run_by)
    assert checked == [1, 2]
    known.let_in()
    assert known.enabled
    with pytest.raises(Exception, match="only be used once.*speedup"):
        benchmark(int)
    benchmark.has_error = False

@pytest.mark.benchmark(group="mine", max_time=7.5, min_rounds=11, disable_gc=True)
def test_marked(benchmark):
    known = Benchmark(benchmark)
    assert (known.max_seconds, known.min_rounds, known.collect_garbage) == (7.5, 11, False)
    known.use("a title")
    known.hand([2.0])

def test_told(benchmark):
    known = Benchmark(benchmark)
    assert (known.max_seconds, known.min_rounds, known.collect_garbage) == (1.5, 3, True)
    known.use("a title")
    known.hand([2.0])
    known.keep_out()

def test_unused(benchmark):
    Benchmark(benchmark).need_not_be_used()

def test_used(benchmark):
    benchmark(int)
    known = Benchmark(benchmark)
    with pytest.raises(SpeedupError, match="leave benchmark.* out, or write a test for each"):
        known.use("a title")
    known.keep_out()

def test_disabled(benchmark):
    known = Benchmark(benchmark)
    known.disable()
    assert not known.enabled
    known.use("a title")
"""

OPTIONS = {
    "disable_gc": False,
    "timer": "perf_counter",
    "min_rounds": 3,
    "max_time": 1.5,
    "warmup": False,
}
"""What a saved cell says of its options, at least."""


def saved(folder: Path) -> list[dict[str, Any]]:
    document: dict[str, list[dict[str, Any]]] = json.loads((folder / "saved.json").read_text())
    return document["benchmarks"]


def test_the_installed_release_takes_what_it_is_handed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Durations to the last bit, with its own group, options and profile, and no complaint."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setattr("pytest_benchmark.plugin.get_cpu_info", dict)
    pytester.makepyfile(test_it=TESTS)
    result = pytester.runpytest_inprocess(
        *("-pno:cacheprovider", "-Werror", *LEFT_OUT, "--benchmark-json=saved.json"),
        *("--benchmark-max-time=1.5", "--benchmark-min-rounds=3", "--benchmark-warmup=off"),
        *("--benchmark-cprofile=tottime", "--benchmark-cprofile-loops=2"),
    )
    result.assert_outcomes(passed=6)
    handed, marked = saved(pytester.path)
    assert handed["stats"]["data"] == [0.1, 0.7, 0.3]
    assert (handed["stats"]["iterations"], handed["stats"]["rounds"]) == (1, 3)
    assert (handed["group"], handed["extra_info"]) == ("a title", {"key": {"in": "it"}})
    assert handed["options"].items() >= OPTIONS.items()
    assert handed["cprofile"]
    assert (marked["group"], marked["stats"]["data"]) == ("mine", [2.0])
    assert marked["options"]["disable_gc"] is True
    assert "cprofile" not in marked
    result.stdout.fnmatch_lines(["*benchmark 'a title': 2 tests*", "test_handed*", "test_told*"])
