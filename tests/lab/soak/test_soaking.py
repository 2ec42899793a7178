from __future__ import annotations

import signal
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING, cast

import pytest

from benchmarks.lab.soak import soaking, suite
from benchmarks.lab.soak.child import Child
from benchmarks.lab.soak.holding import Rule
from benchmarks.lab.soak.place import opened_place
from benchmarks.lab.soak.printed import Printed
from benchmarks.lab.soak.processes import Process
from benchmarks.lab.soak.signals import SignalToPytest
from benchmarks.lab.soak.snapshot import Snapshot
from benchmarks.lab.soak.soaking import Soak
from benchmarks.lab.soak.suite import MODES
from pytest_speedup.errors import SpeedupError
from tests.lab.soak.runs import GREEN, RED, Logged, place_in

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from io import BufferedReader
    from pathlib import Path

    from benchmarks.lab.soak.fire import Fire
    from benchmarks.lab.soak.place import Place


class FakeProcess:
    pid = 100

    def wait(self) -> None:
        pass


class FakeRuns:
    """Takes the place of real runs.

    Attributes:
        printed: what each prints.
        code: how each ends.
        orphans: what each leaves.
        started: the kinds of runs that were started, with their environment.
        ended: what was ended after each.
    """

    def __init__(self) -> None:
        self.printed = GREEN
        self.code: int | None = 0
        self.orphans: list[Process] = []
        self.started: list[str] = []
        self.variables: list[Mapping[str, str]] = []
        self.ended: list[list[Process]] = []

    def start(self, mode: str, _place: Place, mark: str, variables: Mapping[str, str]) -> Child:
        self.started.append(mode)
        self.variables.append(variables)
        said = self.printed.encode()
        out, err = (Printed(cast("BufferedReader", BytesIO(text))) for text in (said, b""))
        return Child(cast("subprocess.Popen[bytes]", FakeProcess()), mark, out, err)

    def watch(self, _child: Child, fire: Fire, _budget: float) -> tuple[int | None, float]:
        fire.tick(1e9)
        fire.stop()
        return self.code, 10.0


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> FakeRuns:
    """Start nothing, and look at no disk."""
    fake = FakeRuns()
    monkeypatch.setattr(soaking, "start_child", fake.start)
    monkeypatch.setattr(soaking, "watch", fake.watch)
    monkeypatch.setattr(soaking, "wait_for_end", lambda _mark: fake.orphans)
    monkeypatch.setattr(soaking, "marked", lambda _mark: fake.orphans)
    monkeypatch.setattr(soaking, "end_all", lambda _mark, some: fake.ended.append(some))
    monkeypatch.setattr(soaking, "take_snapshot", lambda _place: Snapshot())
    monkeypatch.setattr("benchmarks.lab.soak.place.git", lambda *_words: "")
    return fake


def soak(folder: Path, log: list[str]) -> Soak:
    return Soak(place_in(folder), [Logged("a", log), Logged("b", log)], seed=1)


def timed_out_after(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    moments = iter([0.0] * (number + 1) + [100.0])
    monkeypatch.setattr(soaking, "now", lambda: next(moments))


def test_kinds_of_runs_take_turns_until_the_time_is_over(
    runs: FakeRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each disturbed, and checked."""
    timed_out_after(monkeypatch, 5)
    log: list[str] = []
    done = list(soak(tmp_path, log).runs(50.0, dict.fromkeys(MODES, 10.0)))
    assert [one.number for one in done] == [1, 2, 3, 4, 5]
    assert runs.started == [*MODES, *MODES][:5]
    assert all(one.ran.blows for one in done)
    assert all(not one.broken for one in done)
    assert log.count("a begins") == log.count("a ends") > 0


def test_what_is_wrong_is_found_and_orphans_are_ended(
    runs: FakeRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the next run begins on a clean machine."""
    timed_out_after(monkeypatch, 1)
    runs.printed, runs.code, runs.orphans = RED, 1, [Process(7, "worker")]
    (done,) = soak(tmp_path, []).runs(50.0, dict.fromkeys(MODES, 10.0))
    assert {one.rule for one in done.broken} == {Rule.ORPHAN, Rule.FALSE_RED}
    assert runs.ended == [runs.orphans]


def test_a_hang_has_no_orphans(
    runs: FakeRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processes are ended, and are no defect of their own."""
    timed_out_after(monkeypatch, 1)
    runs.code, runs.orphans = None, [Process(7, "worker")]
    (done,) = soak(tmp_path, []).runs(50.0, dict.fromkeys(MODES, 10.0))
    assert [one.rule for one in done.broken] == [Rule.HANG]
    assert runs.ended == [runs.orphans]


def test_first_all_kinds_run_undisturbed(runs: FakeRuns, tmp_path: Path) -> None:
    """That says how long they take."""
    said: list[str] = []
    assert soak(tmp_path, []).calm(said.append) == dict.fromkeys(MODES, 10.0)
    assert set(runs.started) == set(MODES)
    assert all("calm" in line for line in said)


def test_what_goes_wrong_undisturbed_ends_the_soak(runs: FakeRuns, tmp_path: Path) -> None:
    """Nothing could be learned from it."""
    runs.code = 11
    with pytest.raises(SpeedupError, match=r"went wrong undisturbed \(exit code 11"):
        soak(tmp_path, []).calm(lambda _line: None)


def test_a_real_run_is_killed_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pytest itself, before it has measured anything; nothing else is wrong with that."""
    monkeypatch.setattr(suite, "MODES", {"save": ("--collect-only",)})
    killed = SignalToPytest("pytest killed", signal.SIGKILL)
    with opened_place() as place:
        fire = Soak(place, [killed], seed=1)
        done = fire._run(1, "save", [killed], 0.0, Random(1))  # noqa: SLF001 - one run alone
        assert list(place.temporary.iterdir()) == []
    assert done.ran.exit_code == -signal.SIGKILL
    assert done.broken == ()
    assert not place.outside.exists()
