"""What each platform calls its CPU; macOS and Windows are simulated."""

from __future__ import annotations

import platform
import subprocess
import sys
from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup import platforms
from pytest_speedup.platforms import read_cpu_model

if TYPE_CHECKING:
    from pathlib import Path


def on(monkeypatch: pytest.MonkeyPatch, system: str, processor: str = "numbers") -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "processor", lambda: processor)
    monkeypatch.setattr(platform, "machine", lambda: "wood64")


@pytest.mark.parametrize(
    ("cpuinfo", "processor", "expected"),
    [
        ("model name\t: Abacus 9000\nmodel name\t: other\n", "numbers", "Abacus 9000"),
        ("BogoMIPS : 50.00\n", "numbers", "numbers"),
        ("BogoMIPS : 50.00\n", "", "wood64"),
        (None, "", "wood64"),
    ],
    ids=["a model", "ARM", "its architecture", "no /proc"],
)
def test_linux_names_it_in_cpuinfo(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    cpuinfo: str | None,
    processor: str,
    expected: str,
) -> None:
    """Or its architecture stands in."""
    on(monkeypatch, "linux", processor)
    monkeypatch.setattr(platforms, "CPUINFO", tmp_path / "cpuinfo")
    if cpuinfo is not None:
        (tmp_path / "cpuinfo").write_text(cpuinfo)
    assert read_cpu_model() == expected


def test_macos_asks_sysctl(monkeypatch: pytest.MonkeyPatch) -> None:
    """``platform.processor`` would say "arm" of all."""
    on(monkeypatch, "darwin", "arm")
    asked: list[tuple[str, ...]] = []

    def run(command: tuple[str, ...], **_options: object) -> SimpleNamespace:
        asked.append(command)
        return SimpleNamespace(stdout=b"Apple M9 Pro\n")

    monkeypatch.setattr(subprocess, "run", run)
    assert read_cpu_model() == "Apple M9 Pro"
    assert asked == [("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string")]


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(),
        subprocess.CalledProcessError(1, "sysctl"),
        subprocess.TimeoutExpired("sysctl", 5.0),
    ],
    ids=["no sysctl", "unknown name", "hangs"],
)
def test_a_sysctl_that_fails_is_no_error(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """As in a sandbox."""
    on(monkeypatch, "darwin", "arm")

    def run(*_command: object, **_options: object) -> object:
        raise error

    monkeypatch.setattr(subprocess, "run", run)
    assert read_cpu_model() == "arm"


class Registry:
    """Windows' registry with one value, or none."""

    HKEY_LOCAL_MACHINE = "machine"

    def __init__(self, name: str | None) -> None:
        self.name = name

    def OpenKey(self, root: str, path: str) -> object:  # noqa: N802 - Windows' name
        if self.name is None:
            raise FileNotFoundError
        return nullcontext((root, path))

    def QueryValueEx(self, key: object, name: str) -> tuple[str, int]:  # noqa: N802 - Windows' name
        assert key == ("machine", r"HARDWARE\DESCRIPTION\System\CentralProcessor\0")
        assert name == "ProcessorNameString"
        return f"{self.name}  ", 1


@pytest.mark.parametrize(("name", "expected"), [("Abacus 9000", "Abacus 9000"), (None, "numbers")])
def test_windows_names_it_in_the_registry(
    monkeypatch: pytest.MonkeyPatch, name: str | None, expected: str
) -> None:
    """``platform.processor`` has numbers for family, model and stepping."""
    on(monkeypatch, "win32")
    monkeypatch.setitem(sys.modules, "winreg", Registry(name))
    assert read_cpu_model() == expected
