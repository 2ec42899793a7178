"""What a run of pytest has of the plugin before a test of speedup is there, and then."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.left_out import LEFT_OUT

if TYPE_CHECKING:
    from pathlib import Path

LISTING = """
import sys

def pytest_unconfigure(config):
    for name in sorted(sys.modules):
        print("module", name)
"""

LOADED = {
    "pytest_speedup",
    "pytest_speedup.documents",
    "pytest_speedup.errors",
    "pytest_speedup.plugin",
    "pytest_speedup.plugin.leaving",
    "pytest_speedup.plugin.options",
    "pytest_speedup.plugin.start",
}
"""Modules of this project in a run that measures nothing: options, and where the rest begins."""

PLAIN = "def test_nothing():\n    pass\n"

CELL = """
def work(executor):
    return list(executor.map(abs, [1, 2]))

def test_work(speedup):
    speedup(work)
"""


def modules(folder: Path, test: str, *options: str) -> set[str]:
    """List what a pytest of its own has imported at its end."""
    (folder / "conftest.py").write_text(LISTING)
    (folder / "test_it.py").write_text(test)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-s", "-pno:cacheprovider", *LEFT_OUT, *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    return {line.removeprefix("module ") for line in lines if line.startswith("module ")}


def test_a_run_without_tests_of_speedup_loads_options_alone(tmp_path: Path) -> None:
    """Nothing of this project but them, and nothing else for its sake."""
    loaded = modules(tmp_path, PLAIN)
    assert {name for name in loaded if name.split(".")[0] == "pytest_speedup"} == LOADED
    assert loaded - LOADED <= modules(tmp_path, PLAIN, "-pno:pytest_speedup.plugin")


def test_a_setting_in_a_file_loads_nothing(tmp_path: Path) -> None:
    """It says how something is done, once it is."""
    (tmp_path / "pytest.ini").write_text("[pytest]\nspeedup_workers = 2\nspeedup_fail = 10%\n")
    assert {name for name in modules(tmp_path, PLAIN) if name.startswith("pytest_sp")} == LOADED


def test_the_first_test_of_speedup_loads_the_rest(tmp_path: Path) -> None:
    """As does an option that asks for something."""
    options = ("--benchmark-disable", "--speedup-workers=1", "--speedup-executors=serial")
    assert "pytest_speedup.measurement" in modules(tmp_path, CELL, "--benchmark-disable", "--co")
    assert "pytest_speedup.measurement" in modules(tmp_path, CELL, *options)
    assert "pytest_speedup.measurement" in modules(tmp_path, PLAIN, "--speedup-workers=2")


@pytest.mark.parametrize("count", [1, 2])
def test_a_setting_that_is_wrong_is_refused_once(pytester: pytest.Pytester, count: int) -> None:
    """When a test needs it, and before any test runs, however many files have such tests."""
    pytester.makeini("[pytest]\nspeedup_workers = many\n")
    pytester.makepyfile(**{f"test_{number}": CELL for number in range(count)})
    result = pytester.runpytest(*LEFT_OUT)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = [line for line in result.stderr.lines if "ini option speedup_workers" in line]
    assert len(said) == 1
    result.assert_outcomes()


def test_a_setting_that_is_wrong_harms_no_run_without_need_of_it(
    pytester: pytest.Pytester,
) -> None:
    """Unit tests of the same repository run."""
    pytester.makeini("[pytest]\nspeedup_workers = many\n")
    pytester.makepyfile(test_plain=PLAIN)
    pytester.runpytest(*LEFT_OUT).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "option", ["--speedup-against=HEAD", "--benchmark-compare --speedup-fail=10%"]
)
def test_a_gate_without_any_test_is_no_pass(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """It was asked for, and began, although nothing was there for it."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makepyfile(test_plain=PLAIN)
    pytester.run("git", "init", "--quiet")
    pytester.run("git", "add", "test_plain.py")
    who = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    pytester.run("git", *who, "commit", "--quiet", "-m", "one")
    assert pytester.runpytest(*LEFT_OUT, *option.split()).ret == 10


def test_what_was_not_collected_before_counts(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be imported may come before the first test of speedup, which is judged."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    floor = "import pytest\n\n" + CELL.replace(
        "def test",
        "@pytest.mark.speedup(executors=['thread'], workers=[1], at_least=1e-6)\ndef test",
    )
    pytester.makepyfile(test_1="import nothing_of_that_name", test_2=floor)
    options = ("--continue-on-collection-errors", "-pno:cacheprovider")
    assert pytester.runpytest(*LEFT_OUT, *options).ret == 11
    (pytester.path / "test_1.py").unlink()
    assert pytester.runpytest(*LEFT_OUT, *options).ret == 0


def test_a_marked_test_that_pytest_does_not_parametrize_is_refused(
    pytester: pytest.Pytester,
) -> None:
    """In one line, before any test runs."""
    pytester.makepyfile(
        """
        import unittest

        import pytest

        class TestWork(unittest.TestCase):
            @pytest.mark.speedup(at_least=1000)
            def test_work(self):
                pass
        """
    )
    result = pytester.runpytest(*LEFT_OUT)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*is marked speedup and measures nothing*"])
