from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_speedup.measurement.machine import read_cpus, read_quota
from pytest_speedup.model import Cpus

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, text: str) -> None:
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
    write(tmp_path / "own", own)
    for name, text in files.items():
        write(tmp_path / "cgroup" / name, text)
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
