"""Each disturbance, on processes and machines that are made up."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.soak import burner, disturbance
from benchmarks.lab.soak.burner import Burner
from benchmarks.lab.soak.clock import SteppedClock
from benchmarks.lab.soak.disk import PAGE, FileLimit, FullDisk, fill
from benchmarks.lab.soak.processes import Process
from benchmarks.lab.soak.quota import Affinity, Quota
from benchmarks.lab.soak.ran import Victim
from benchmarks.lab.soak.signals import SignalToChild, SignalToPytest, Suspended
from tests.lab.soak.runs import place_in, target_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from benchmarks.lab.soak.disturbance import Target

CAPACITY = 300 * PAGE + 17


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """Make up a run of pytest, 100, with two children."""
    everybody = [Process(100, "pytest"), Process(101, "worker"), Process(102, "git")]
    monkeypatch.setattr(disturbance, "marked", lambda _mark: everybody)
    return target_in(tmp_path)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Record the signals that are sent."""
    log: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: log.append((pid, number)))
    monkeypatch.setattr(os, "killpg", lambda pid, number: log.append((-pid, number)))
    return log


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_is_hit(
    target: Target, sent: list[tuple[int, int]], number: signal.Signals
) -> None:
    """Any of them, and never pytest itself."""
    random = Random(1)
    for _ in range(20):
        begun = SignalToChild("killed", number).begin(target, random)
        assert begun is not None
        assert begun.blow.victim is Victim.CHILD
        begun.end()
    assert set(sent) == {(101, number), (102, number)}


def test_without_children_nobody_is_hit(
    target: Target, sent: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is counted."""
    monkeypatch.setattr(disturbance, "marked", lambda _mark: [Process(100, "pytest")])
    assert SignalToChild("killed", signal.SIGKILL).begin(target, Random(1)) is None
    assert Suspended("suspended", everybody=False).begin(target, Random(1)) is None
    assert sent == []


@pytest.mark.parametrize(
    ("number", "expected", "victim"),
    [
        (signal.SIGINT, -100, Victim.ALL),
        (signal.SIGKILL, 100, Victim.PYTEST),
        (signal.SIGTERM, 100, Victim.PYTEST),
    ],
)
def test_pytest_is_hit(
    target: Target,
    sent: list[tuple[int, int]],
    number: signal.Signals,
    expected: int,
    victim: Victim,
) -> None:
    """Ctrl-C reaches its whole group."""
    begun = SignalToPytest("hit", number).begin(target, Random(1))
    assert begun is not None
    assert (begun.blow.victim, begun.blow.number) == (victim, number)
    assert sent == [(expected, number)]


@pytest.mark.parametrize(("everybody", "stopped"), [(True, {100, 101, 102}), (False, {101})])
def test_who_was_suspended_goes_on(
    target: Target,
    sent: list[tuple[int, int]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    everybody: bool,
    stopped: set[int],
) -> None:
    """But for those that ended meanwhile: their number may be another's."""
    begun = Suspended("suspended", everybody=everybody).begin(target, Random(4))
    assert begun is not None
    assert {pid for pid, number in sent if number == signal.SIGSTOP} == stopped
    monkeypatch.setattr(
        disturbance, "marked", lambda _mark: [Process(100, "pytest"), Process(101, "worker")]
    )
    begun.end()
    going = {pid for pid, number in sent if number == signal.SIGCONT}
    assert going == stopped - {102}


class SmallFile:
    """A file on a disk that is soon full."""

    def __init__(self) -> None:
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc_info: object) -> None:
        pass

    def write(self, data: bytes) -> int:
        written = min(len(data), CAPACITY - self.size)
        if not written:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.size += written
        return written

    def tell(self) -> int:
        return self.size

    def truncate(self, size: int) -> None:
        self.size = size


@pytest.mark.parametrize("left", [0, PAGE])
def test_a_disk_is_filled_to_the_last_byte(monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    """Or to so many bytes before."""
    file = SmallFile()
    monkeypatch.setattr(Path, "open", lambda *_args, **_options: file)
    fill(Path("ballast"), left)
    assert file.size == CAPACITY - left


def test_a_full_disk_is_freed(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the removal of the one file that fills it."""
    file = target.place.disk / "ballast"
    monkeypatch.setattr("benchmarks.lab.soak.disk.fill", lambda path, _left: path.write_bytes(b"1"))
    begun = FullDisk().begin(target, Random(1))
    assert begun is not None
    assert begun.blow.breaks_writes
    assert file.exists()
    begun.end()
    assert not file.exists()


def test_only_a_disk_of_its_own_is_filled(tmp_path: Path) -> None:
    """The machine's is not."""
    place = place_in(tmp_path)
    assert FullDisk().refusal(place) == ""
    other = type(place)(place.disk, None, small=False)
    assert FullDisk().refusal(other) == "may not mount"


def test_files_are_cut_off(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """For all processes, until the end."""
    limits: dict[int, tuple[int, int]] = {}

    def prlimit(pid: int, _kind: int, new: tuple[int, int] | None = None) -> tuple[int, int]:
        if new is not None:
            limits[pid] = new
        return limits.get(pid, (resource.RLIM_INFINITY, 10**9))

    monkeypatch.setattr(resource, "prlimit", prlimit)
    begun = FileLimit().begin(target, Random(1))
    assert begun is not None
    assert begun.blow.breaks_writes
    assert {soft for soft, _ in limits.values()} <= {0, 1000, 20_000}
    assert set(limits) == {100, 101, 102}
    begun.end()
    assert set(limits.values()) == {(resource.RLIM_INFINITY, 10**9)}


WALL = """
import datetime, time
print(time.time(), time.time_ns() / 1e9, datetime.datetime.now().timestamp())
"""


def wall_clock(variables: Mapping[str, str]) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", WALL],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(word) for word in done.stdout.split()]


def test_the_wall_clock_jumps_and_comes_back(target: Target) -> None:
    """In both modules that show it."""
    clock = SteppedClock()
    variables = clock.environment(target.place)
    begun = clock.begin(target, Random(1))
    assert begun is not None
    step = float(begun.blow.what.split()[1])
    assert abs(step) > 1000
    stepped = wall_clock(variables)
    begun.end()
    right = wall_clock(variables)
    for before, after in zip(stepped, right, strict=True):
        assert before - after == pytest.approx(step, abs=200)
    assert right[0] == pytest.approx(time.time(), abs=200)


def test_burners_burn_until_the_end(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """One or two, polite or not."""
    started: list[list[str]] = []
    ended: list[str] = []

    class Started:
        def __init__(self, command: list[str]) -> None:
            started.append(command)

        def kill(self) -> None:
            ended.append("killed")

        def wait(self) -> None:
            ended.append("reaped")

    monkeypatch.setattr(subprocess, "Popen", Started)
    begun = Burner().begin(target, Random(1))
    assert begun is not None
    assert 1 <= len(started) <= burner.MAX_BURNERS
    assert int(started[0][-1]) in range(burner.POLITE + 1)
    begun.end()
    assert ended == ["killed", "reaped"] * len(started)


@pytest.mark.parametrize(
    ("where", "half", "free"),
    [("cpu/cpu.cfs_quota_us", "50000", "-1"), ("cpu.max", "50000 100000", "max")],
    ids=["first version", "second version"],
)
def test_a_group_gets_half_a_cpu(
    target: Target, tmp_path: Path, where: str, half: str, free: str
) -> None:
    """And all of it again at the end; in both versions of control groups."""
    *groups, file = where.split("/")
    parent = tmp_path.joinpath("cgroup", *groups)
    parent.mkdir(parents=True)
    (parent / "cgroup.procs").touch()
    group = parent / f"speedup-soak-{os.getpid()}"
    half_a_cpu = Quota(root=tmp_path / "cgroup")
    begun = half_a_cpu.begin(target, Random(1))
    assert begun is not None
    assert (group / file).read_text() == half
    assert (group / "cgroup.procs").read_text() == "102"  # the kernel would list all
    begun.end()
    assert (group / file).read_text() == free
    assert (parent / "cgroup.procs").read_text() == "102"


def test_where_no_group_can_be_made_there_is_no_quota(tmp_path: Path) -> None:
    """As in most containers."""
    assert Quota(root=tmp_path / "none").refusal(place_in(tmp_path)) == "no cgroup to write to"


def test_affinity_is_cut_and_given_back(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """For all processes; one that has ended is passed over."""
    masks: dict[int, set[int]] = {}

    def confine(pid: int, cpus: set[int]) -> None:
        if pid == 102:
            raise ProcessLookupError
        masks[pid] = cpus

    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2})
    monkeypatch.setattr(os, "sched_setaffinity", confine)
    begun = Affinity().begin(target, Random(1))
    assert begun is not None
    assert [len(mask) for mask in masks.values()] == [1, 1]
    begun.end()
    assert masks == {100: {0, 1, 2}, 101: {0, 1, 2}}
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})
    assert Affinity().refusal(target.place) == "1 CPU"
