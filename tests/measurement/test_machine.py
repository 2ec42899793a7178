"""The machine: what it is read to be, its kernels, the ceiling and the control workload."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import sysconfig
import time
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from pytest_speedup.executors import OwnWorkers, SerialExecutor, ThreadExecutor
from pytest_speedup.measurement import (
    MIN_ROUNDS,
    control_arm,
    gil_enabled,
    kernel_arm,
    kernel_arms,
    machine,
    measure_ceiling,
    read_machine,
)
from pytest_speedup.measurement.machine import (
    CPU_STEPS,
    KERNEL_SCALE,
    SHARES,
    TASKS,
    WAIT_SECONDS,
    compute,
    kernel_share,
    read_cpus,
    read_quota,
    run_native_share,
    run_share,
    share_of,
)
from pytest_speedup.model import KERNEL_PARALLEL, KERNEL_SERIAL, Bound, Cpus, Machine
from pytest_speedup.statistics import estimate_ceiling

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_speedup.executors import Executor


@pytest.mark.parametrize(("probe", "expected"), [(lambda: False, False), (lambda: True, True)])
def test_the_live_state_of_the_gil_counts(
    monkeypatch: pytest.MonkeyPatch, probe: object, *, expected: bool
) -> None:
    """An extension can switch it back on in a free-threaded build."""
    monkeypatch.setattr(sys, "_is_gil_enabled", probe, raising=False)
    assert gil_enabled() is expected
    assert read_machine("spawn").gil is expected


def test_older_pythons_have_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """They cannot tell, and cannot switch it off."""
    monkeypatch.delattr(sys, "_is_gil_enabled", raising=False)
    assert gil_enabled()


def test_free_threaded_builds_are_builds_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest-benchmark's storage does not tell them apart."""
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: 1)
    assert read_machine("fork").python.endswith("free-threading")
    assert read_machine("fork").start_method == "fork"
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: 0)
    assert not read_machine("fork").python.endswith("free-threading")


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("own", "files", "expected"),
    [
        ("0::/job\n", {"job/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/job\n", {"job/cpu.max": "max 100000\n"}, None),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 0.5),
        (
            "0::/a/b\n",
            {"a/cpu.max": "100000 100000\n", "a/b/cpu.max": "300000 100000\n"},
            1.0,
        ),
        (
            "4:cpu,cpuacct:/job\n3:memory:/job\n",
            {
                "cpu,cpuacct/job/cpu.cfs_quota_us": "200000\n",
                "cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
            },
            2.0,
        ),
        (
            "4:cpu,cpuacct:/job\n",
            {
                "cpu,cpuacct/job/cpu.cfs_quota_us": "-1\n",
                "cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
            },
            None,
        ),
        ("3:memory:/job\n", {"memory/job/cpu.max": "1 1\n"}, None),
        ("0::/job\n", {}, None),
    ],
)
def test_the_tightest_quota_counts(
    tmp_path: Path, own: str, files: dict[str, str], expected: float | None
) -> None:
    """Of both versions of cgroups, of this group and of those above it."""
    put(tmp_path / "own", own)
    for name, text in files.items():
        put(tmp_path / "cgroup" / name, text)
    assert read_quota(tmp_path / "cgroup", tmp_path / "own") == expected


def test_systems_without_cgroups_have_no_quota(tmp_path: Path) -> None:
    """There is nothing to read."""
    assert read_quota(tmp_path, tmp_path / "missing") is None


def test_effective_cpus_are_the_smallest_limit() -> None:
    """A container with half a CPU on 64 cores has half a CPU."""
    assert Cpus(64, 8, 0.5).effective == 0.5
    assert Cpus(64, 8, None).effective == 8
    assert Cpus(64, None, None).effective == 64


def test_affinity_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """taskset and containers narrow it; some systems do not have it."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: {3, 5, 7}, raising=False)
    assert read_cpus().affinity == 3
    monkeypatch.delattr("os.sched_getaffinity")
    assert read_cpus().affinity is None


V1 = "4:cpu,cpuacct:/a/b\n"
FOLDER = "cpu,cpuacct"


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def quota_of(root: Path, own: str, files: dict[str, str]) -> float | None:
    write(root, {"own": own, **files})
    return read_quota(root / "cgroup", root / "own")


@pytest.mark.parametrize(("outer", "inner", "expected"), [(3, 1, 1.0), (1, 3, 1.0), (-1, 3, 3.0)])
def test_nested_limits_of_version_1_hold_together(
    tmp_path: Path, outer: int, inner: int, expected: float
) -> None:
    """The tightest counts, and a group without one does not."""
    files = {}
    for folder, limit in ((f"{FOLDER}/a", outer), (f"{FOLDER}/a/b", inner)):
        quota = limit * 100_000 if limit > 0 else limit
        files[f"cgroup/{folder}/cpu.cfs_quota_us"] = f"{quota}\n"
        files[f"cgroup/{folder}/cpu.cfs_period_us"] = "100000\n"
    assert quota_of(tmp_path, V1, files) == expected


def test_both_versions_may_limit_at_once(tmp_path: Path) -> None:
    """A hybrid system has a line for each."""
    files = {
        "cgroup/job/cpu.max": "400000 100000\n",
        f"cgroup/{FOLDER}/a/b/cpu.cfs_quota_us": "250000\n",
        f"cgroup/{FOLDER}/a/b/cpu.cfs_period_us": "100000\n",
    }
    assert quota_of(tmp_path, f"{V1}0::/job\n", files) == 2.5


def test_a_quota_is_a_share_of_its_own_period(tmp_path: Path) -> None:
    """Which need not be the usual 100 ms, in either version."""
    files = {"cgroup/job/cpu.max": "30000 20000\n"}
    assert quota_of(tmp_path / "v2", "0::/job\n", files) == 1.5
    files = {
        f"cgroup/{FOLDER}/a/b/cpu.cfs_quota_us": "10000\n",
        f"cgroup/{FOLDER}/a/b/cpu.cfs_period_us": "40000\n",
    }
    assert quota_of(tmp_path / "v1", V1, files) == 0.25


@pytest.mark.parametrize("name", ["cpu.cfs_quota_us", "cpu.cfs_period_us"])
def test_half_a_limit_is_none(tmp_path: Path, name: str) -> None:
    """A file that cannot be read leaves the group without a limit."""
    assert quota_of(tmp_path, V1, {f"cgroup/{FOLDER}/a/b/{name}": "100000\n"}) is None


@pytest.mark.parametrize("text", ["", "100000\n"])
def test_a_damaged_limit_is_none(tmp_path: Path, text: str) -> None:
    """Nothing is guessed."""
    assert quota_of(tmp_path, "0::/job\n", {"cgroup/job/cpu.max": text}) is None


def test_a_folder_in_place_of_a_limit_is_none(tmp_path: Path) -> None:
    """It is there and cannot be read."""
    (tmp_path / "cgroup/job/cpu.max").mkdir(parents=True)
    assert quota_of(tmp_path, "0::/job\n", {}) is None


def test_only_groups_of_the_hierarchy_limit(tmp_path: Path) -> None:
    """A file above its root is no limit."""
    files = {"cpu.max": "100000 100000\n", "cgroup/job/cpu.max": "max 100000\n"}
    assert quota_of(tmp_path, "0::/job\n", files) is None


def test_controllers_are_told_by_their_whole_names(tmp_path: Path) -> None:
    """The cpuset controller has no quota."""
    files = {
        "cgroup/cpuset/job/cpu.cfs_quota_us": "100000\n",
        "cgroup/cpuset/job/cpu.cfs_period_us": "100000\n",
    }
    assert quota_of(tmp_path, "5:cpuset:/job\n", files) is None


@pytest.mark.parametrize(("count", "logical"), [(64, 64), (None, 1)])
def test_all_three_limits_are_read(
    monkeypatch: pytest.MonkeyPatch, count: int | None, logical: int
) -> None:
    """Where Python cannot count CPUs there is still one."""
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {3, 5}, raising=False)
    monkeypatch.setattr(machine, "read_quota", lambda: 1.5)
    assert read_cpus() == Cpus(logical, 2, 1.5)


def test_the_machine_is_described_by_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that must agree between two runs."""
    limits = Cpus(64, 8, 0.5)
    monkeypatch.setattr(machine, "read_cpu_model", lambda: "Abacus 9000")
    monkeypatch.setattr(machine, "read_cpus", lambda: limits)
    monkeypatch.setattr(machine, "gil_enabled", lambda: False)
    monkeypatch.setattr(platform, "python_implementation", lambda: "PyPy")
    monkeypatch.setattr(platform, "system", lambda: "Plan 9")
    monkeypatch.setattr(platform, "python_version", lambda: "3.99.1")
    monkeypatch.setattr("sysconfig.get_config_var", lambda _name: None)
    assert machine.read_machine("fork") == Machine(
        "Abacus 9000", limits, "PyPy 3.99.1", gil=False, start_method="fork", system="Plan 9"
    )


R = TypeVar("R")


class Pool(SerialExecutor):
    """Hands out work to each worker, and answers with what it was given."""

    workers = 4

    def __init__(self, answers: list[tuple[float, float]] | None = None) -> None:
        self.answers = answers

    def each(self, function: Callable[[], R]) -> list[R]:
        results = [function() for _ in range(self.workers)]
        return results if self.answers is None else cast("list[R]", self.answers)


@pytest.fixture
def shares(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Bound, float]]:
    """Notes which kernel ran which share."""
    ran: list[tuple[Bound, float]] = []

    def note(bound: Bound) -> Callable[[float], None]:
        return lambda share: ran.append((bound, share))

    monkeypatch.setattr(machine, "_KERNELS", {bound: note(bound) for bound in Bound})
    return ran


@pytest.mark.parametrize("arm", [KERNEL_SERIAL, KERNEL_PARALLEL])
def test_the_computing_shares_sum_to_the_whole(shares: list[tuple[Bound, float]], arm: str) -> None:
    """Both sides of a pair do the same work, in as many equal shares."""
    kernel_arms(cast("Executor", Pool()), Bound.CPU)[arm]()
    assert shares == [(Bound.CPU, CPU_STEPS / 4)] * 4


@pytest.mark.parametrize("arm", [KERNEL_SERIAL, KERNEL_PARALLEL])
def test_every_worker_waits_for_the_whole_wait(shares: list[tuple[Bound, float]], arm: str) -> None:
    """Waits of several workers go on side by side."""
    kernel_arms(cast("Executor", Pool()), Bound.WAIT)[arm]()
    assert shares == [(Bound.WAIT, WAIT_SECONDS)] * 4


@pytest.mark.usefixtures("shares")
def test_the_span_does_not_depend_on_the_order_of_answers() -> None:
    """Workers answer in no special order; here from the second 2 to the second 9."""
    pool = Pool([(4.0, 7.0), (3.0, 9.0), (2.0, 5.0), (2.5, 6.0)])
    assert kernel_arms(cast("Executor", pool), Bound.CPU)[KERNEL_PARALLEL]() == 7.0


def test_a_share_tells_when_it_began_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is read right before the work and right after it."""
    events: list[str] = []

    def now() -> float:
        events.append("clock")
        return float(len(events))

    def work(_share: float) -> None:
        events.append("work")

    monkeypatch.setattr(machine, "now", now)
    monkeypatch.setattr(machine, "_KERNELS", {Bound.CPU: work})
    assert run_share(Bound.CPU, 1.0) == (1.0, 3.0)
    assert events == ["clock", "work", "clock"]


def test_computing_computes_and_waiting_sleeps() -> None:
    """The kernels are not mixed up; the clock alone could not tell on a loaded machine."""
    kernels = machine._KERNELS  # noqa: SLF001 - see above
    assert kernels == {Bound.CPU: compute, Bound.WAIT: time.sleep}


WORKERS = 4


class FakePool(SerialExecutor):
    """Starts its workers 0.1 s apart on the fake clock, each at a time of its own."""

    workers = WORKERS

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def each(self, function: Callable[[], R]) -> list[R]:
        begin = self.clock.time
        results = []
        ends = []
        for rank in range(self.workers):
            self.clock.time = begin + 0.1 * rank
            results.append(function())
            ends.append(self.clock.time)
        self.clock.time = max(ends) + 5.0  # handing back the results is not the kernel's
        return results


class ForeignPool(FakePool):
    """Its workers have clocks of their own."""

    shares_clock = False


class Clock:
    """Each share of the kernel takes a second on it."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time

    def work(self, _share: float) -> None:
        self.time += 1.0


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Executor:
    clock = Clock()
    monkeypatch.setattr("pytest_speedup.measurement.machine.now", clock)
    kernels = dict.fromkeys(Bound, clock.work)
    monkeypatch.setattr("pytest_speedup.measurement.machine._KERNELS", kernels)
    return cast("Executor", FakePool(clock))


def test_serial_runs_all_shares_one_after_another(pool: Executor) -> None:
    """As much work as the workers have together."""
    assert kernel_arms(pool, Bound.CPU)[KERNEL_SERIAL]() == pytest.approx(4.0)


def test_parallel_counts_from_the_first_begin_to_the_last_end(pool: Executor) -> None:
    """Handing out and taking back is the workload's affair, not the machine's."""
    assert kernel_arms(pool, Bound.CPU)[KERNEL_PARALLEL]() == pytest.approx(1.3)


def test_the_longest_share_counts_where_clocks_differ(pool: FakePool) -> None:
    """A beginning by one clock and an end by another say nothing."""
    foreign = cast("Executor", ForeignPool(pool.clock))
    assert kernel_arms(foreign, Bound.CPU)[KERNEL_PARALLEL]() == pytest.approx(1.0)


def test_the_ceiling_is_measured_in_paired_rounds(pool: Executor) -> None:
    """Enough of them for an interval."""
    ceiling = measure_ceiling(kernel_arms(pool, Bound.WAIT), Bound.WAIT)
    assert len(ceiling.rounds) == MIN_ROUNDS
    assert ceiling.bound is Bound.WAIT
    assert estimate_ceiling(ceiling).value == pytest.approx(4.0 / 1.3)


def test_computing_is_shared_out_and_waiting_is_not() -> None:
    """The kernel takes as long for many workers as for few."""
    assert kernel_share(Bound.CPU, 4) * 4 == CPU_STEPS
    assert kernel_share(Bound.WAIT, 4) == WAIT_SECONDS


def test_the_kernel_computes() -> None:
    """It cannot be skipped: each step needs the one before."""
    assert [compute(steps) for steps in (0, 1, 2, 6)] == [1, 5, 25, pow(5, 6, 8191)]


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Bound, float]]:
    """Shares that ran, each within a second of its own."""
    shares: list[tuple[Bound, float]] = []

    def run_share(bound: Bound, share: float) -> tuple[float, float]:
        shares.append((bound, share))
        return float(len(shares)), len(shares) + 1.0

    monkeypatch.setattr(machine, "run_share", run_share)
    monkeypatch.setattr("pytest_speedup.measurement.machine.run_share", run_share)
    return shares


@pytest.mark.parametrize("bound", Bound)
def test_the_control_workload_has_tasks_of_its_own(
    bound: Bound, ran: list[tuple[Bound, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed out as a user's are, and timed from outside."""
    ticks = iter([10.0, 17.0])
    monkeypatch.setattr("pytest_speedup.clock.now", lambda: next(ticks))
    assert control_arm(SerialExecutor(), bound)() == 7.0
    assert ran == [(bound, SHARES[bound])] * TASKS


@pytest.mark.parametrize("bound", Bound)
def test_the_kernel_runs_for_longer_than_a_ceilings(
    bound: Bound, ran: list[tuple[Bound, float]]
) -> None:
    """One share for each worker, from the first one's beginning to the last one's end."""
    with ThreadExecutor(2) as executor:
        executor.start()
        assert kernel_arm(executor, bound)() == 2.0
    assert ran == [(bound, kernel_share(bound, 2, KERNEL_SCALE[bound]))] * 2


def test_code_with_workers_of_its_own_is_held_against_a_kernel_without_the_gil() -> None:
    """Where it computes: its libraries and processes do not wait for each other's lock."""
    for executor, bound, kernel in (
        (OwnWorkers(2), Bound.CPU, run_native_share),
        (OwnWorkers(2), Bound.WAIT, run_share),
        (ThreadExecutor(2), Bound.CPU, run_share),
    ):
        share = cast("Any", share_of(executor, bound, 1.0))
        assert share.func is kernel
        assert share.args[-1] == kernel_share(bound, 2)


def test_the_native_kernel_tells_when_it_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    """As any does, and with the work of its share."""
    done: list[int] = []
    monkeypatch.setattr(machine, "now", iter([1.0, 3.0]).__next__)
    monkeypatch.setattr(hashlib, "pbkdf2_hmac", lambda *given: done.append(given[-1]))
    assert run_native_share(500) == (1.0, 3.0)
    assert done == [50]
