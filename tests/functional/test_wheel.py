"""What is published: the sdist, and the wheel that is made from it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build both, with the backend that is installed: this test asks nobody for another."""
    folder = tmp_path_factory.mktemp("published")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def test_the_wheel_brings_the_plugin_alone(published: Path) -> None:
    """No workloads, no benchmarks, no tests in a stranger's environment."""
    (wheel,) = published.glob("*.whl")
    names = ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top.partition("-")[0] for top in tops} == {"pytest_speedup"}
    assert {"pytest_speedup/py.typed", "pytest_speedup/plugin/__init__.py"} <= set(names)


def test_the_wheel_brings_all_of_the_plugin(published: Path) -> None:
    """What is no module as well: the page's template, the report's schema."""
    (wheel,) = published.glob("*.whl")
    package = ROOT / "pytest_speedup"
    files = {path for path in package.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert {path.relative_to(ROOT).as_posix() for path in files} <= set(ZipFile(wheel).namelist())


def test_the_sdist_brings_what_it_is_tested_with(published: Path) -> None:
    """Whoever packages it for a distribution runs the tests from there."""
    (sdist,) = published.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"tests/functional/test_wheel.py", "workloads/primes.py", "conftest.py"} <= names
    assert {"LICENSE", "CHANGELOG.md", "pyproject.toml", "tox.ini"} <= names
    assert {"README.md", "CONTRIBUTING.md", "docs/conf.py", "docs/guide/margins.md"} <= names
