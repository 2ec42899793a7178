"""Where CPU limits and the machine's description are read from."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.measurement import machine
from pytest_speedup.measurement.machine import read_cpus, read_quota
from pytest_speedup.model import Cpus, Machine

if TYPE_CHECKING:
    from pathlib import Path

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
