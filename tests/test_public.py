"""What users name of the package, and that they need to name nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_speedup

ROOT = Path(__file__).parents[1]
IMPORT = re.compile(
    r"^\s*(?:>>> )?from (pytest_speedup[\w.]*) import (\([^)]*\)|.*)$", re.MULTILINE
)
SUITE = ("workloads/*.py", "benchmarks/*.py", "examples/**/*.py", "conftest.py")
PAGES = ("README.md", "docs/**/*.md")


def named(text: str) -> set[tuple[str, str]]:
    """Modules and names that a text imports of the package."""
    return {
        (module, name)
        for module, names in IMPORT.findall(text)
        for name in re.findall(r"\w+", names.partition("#")[0])
    }


def files(patterns: tuple[str, ...]) -> list[Path]:
    return sorted(file for one in patterns for file in ROOT.glob(one))


@pytest.mark.parametrize("name", pytest_speedup.__all__)
def test_each_name_is_there(name: str) -> None:
    """It is imported from where it is at home, when it is named."""
    assert getattr(pytest_speedup, name).__name__ == name
    assert name in dir(pytest_speedup)


def test_what_is_not_public_is_not_there() -> None:
    """And the error is that of any module."""
    with pytest.raises(AttributeError, match="module 'pytest_speedup' has no attribute 'Nonsense'"):
        _ = pytest_speedup.Nonsense


def test_importing_the_package_imports_nothing_of_it() -> None:
    """Every run of pytest does so, and most of them measure nothing."""
    code = "import sys, pytest_speedup; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert [one for one in answer.stdout.split() if one.startswith("pytest_speedup")] == [
        "pytest_speedup"
    ]


def test_pages_and_suite_name_nothing_else() -> None:
    """A name that an example needs belongs to the public face."""
    found = {one for file in files(SUITE + PAGES) for one in named(file.read_text("utf-8"))}
    assert ("pytest_speedup", "Speedup") in found
    public = {("pytest_speedup", name) for name in pytest_speedup.__all__}
    assert found - public == set()
