from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.lab import variants
from benchmarks.lab.variants import LONGER, TWICE, VARIANTS, around, make_trees
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor, ThreadExecutor
from tests.test_layers import ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from types import SimpleNamespace


class FakeTime:
    """A clock that moves when somebody sleeps, and a little when it is looked at."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def perf_counter(self) -> float:
        self.seconds += 0.001
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def duration(text: str, executor: object, monkeypatch: pytest.MonkeyPatch) -> float:
    """Seconds that a workload of ten seconds takes with a text appended."""
    clock = FakeTime()
    monkeypatch.setitem(sys.modules, "time", clock)

    def run(_executor: object, load: str) -> str:
        clock.sleep(10.0)
        return load

    namespace: dict[str, Any] = {"run": run}
    exec(text, namespace)  # noqa: S102 - as Python would run the file
    assert namespace["run"](executor, "load") == "load"
    return clock.seconds


@pytest.mark.parametrize("spin", [True, False])
def test_parallel_time_gets_longer_by_a_share(
    monkeypatch: pytest.MonkeyPatch, *, spin: bool
) -> None:
    """And serial time stays what it was."""
    text = LONGER.format(share=0.2, spin=spin)
    with ThreadExecutor(1) as executor:
        assert duration(text, executor, monkeypatch) == pytest.approx(12.0, abs=0.1)
    assert duration(text, SerialExecutor(), monkeypatch) == pytest.approx(10.0, abs=0.1)


def test_serial_code_takes_twice_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """And parallel code what it took."""
    assert duration(TWICE, SerialExecutor(), monkeypatch) == pytest.approx(20.0, abs=0.1)
    with ThreadExecutor(1) as executor:
        assert duration(TWICE, executor, monkeypatch) == pytest.approx(10.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "differing"),
    [("same", ()), ("burner", ()), ("parallel-10", ("head",)), ("serial-twice", ("base",))],
)
def test_trees_differ_in_their_workloads_only(
    name: str, differing: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of a clone, one side changed."""
    monkeypatch.chdir(ROOT)
    trees = dict(zip(("base", "head"), make_trees(VARIANTS[name], tmp_path), strict=True))
    for side, tree in trees.items():
        for file in ("benchmarks/test_primes.py", "conftest.py", "workloads/__init__.py"):
            assert (tree / file).read_text() == (ROOT / file).read_text()
        for workload in variants.WORKLOADS:
            same = (tree / "workloads" / f"{workload}.py").read_text() == (
                ROOT / "workloads" / f"{workload}.py"
            ).read_text()
            assert same is (side not in differing)


def test_outside_a_clone_there_is_no_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where there is one."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SpeedupError, match="run this from a clone"):
        make_trees(VARIANTS["same"], tmp_path)


def test_a_burner_ends_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether or not its time has come."""
    begun: list[SimpleNamespace] = []
    popen = variants.subprocess.Popen  # type: ignore[attr-defined]

    def start(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the original
        begun.append(popen(*args, **kwargs))
        return begun[-1]

    monkeypatch.setattr(variants.subprocess, "Popen", start)  # type: ignore[attr-defined]
    with around(VARIANTS["same"]):
        assert begun == []
    with around(VARIANTS["burner"]):
        assert begun[0].poll() is None
    assert begun[0].poll() is not None
