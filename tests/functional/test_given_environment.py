"""An environment that the user built for the base: through pytest, with real ones."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import BROKEN
from tests.clone import Clone

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.project import Project

CODE = "def pause(item):\n    return item\n"
PYPROJECT = '[project]\nname = "acme-case"\nversion = "1"\n'
TEST = """
import time

from acme_case import pause

def task(item):
    time.sleep(0.03)
    return pause(item)

def work(executor, items):
    return list(executor.map(task, range(items)))

def test_work(speedup):
    speedup(work, 5)
"""


@pytest.fixture
def clone(project: Project) -> Clone:
    """A project whose code stands in ``src``; head has a change that is not committed."""
    clone = Clone(project.path)
    (project.path / ".gitignore").write_text(
        "__pycache__\n_version.py\nstd*\nrunpytest*\n/env-*\n.benchmarks\n"
    )
    (project.path / "pytest.ini").write_text("[pytest]\npythonpath = src\n")
    (project.path / "test_work.py").write_text(TEST)
    clone.commit(PYPROJECT, "pyproject.toml")
    clone.commit(CODE, "src/acme_case/__init__.py")
    (project.path / "src" / "acme_case" / "__init__.py").write_text(f"{CODE}\n# of head\n")
    return clone


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """An environment with all that this one has, and nothing of the project."""
    folder = tmp_path / "base env"
    make_environment(folder)
    return folder


def make_environment(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    for kind in ("purelib", "platlib"):
        site_of(folder).joinpath(f"{kind}.pth").write_text(sysconfig.get_path(kind))


def site_of(folder: Path) -> Path:
    (site,) = (*folder.glob("lib/*/site-packages"), *folder.glob("Lib/site-packages"))[:1]
    return site


def python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install(folder: Path, files: dict[str, str]) -> None:
    """Install some files as the project, as a wheel would be."""
    site, info = site_of(folder), "acme_case-1.dist-info"
    files = {
        **files,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: acme-case\nVersion: 1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    for name, text in files.items():
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(text)


def compare(project: Project, env: object, *args: str) -> pytest.RunResult:
    return project.run_apart(
        "--benchmark-only",
        "--speedup-against=HEAD",
        "--speedup-fail=99%",
        f"--speedup-base-env={env}",
        *args,
    )


def test_the_base_runs_what_is_installed_there(project: Project, clone: Clone, made: Path) -> None:
    """Its files are held against the commit; what was generated is said to be unknown."""
    code = f"try:\n    from acme_case import _version\nexcept ImportError:\n    pass\n{CODE}"
    clone.commit(code, "src/acme_case/__init__.py")
    (project.path / "src" / "acme_case" / "__init__.py").write_text(f"{code}\n# of head\n")
    install(made, {"acme_case/__init__.py": code, "acme_case/_version.py": "version = '1'\n"})
    result = compare(project, made, "--speedup-executors=process")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            (
                "proof: base loaded 3 files of its tree *, 1 as they were installed, as acme-case "
                "is installed; head loaded 3 files of its tree *, from its tree; 2 of its *"
            ),
            (
                "not proven: what was compiled or generated where the project was installed: "
                "acme_case/_version.py"
            ),
        ]
    )


def test_its_python_will_do_as_well(project: Project, clone: Clone, made: Path) -> None:
    """And a plan names it."""
    install(made, {"acme_case/__init__.py": CODE})
    result = compare(project, python_of(made), "--speedup-plan")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            f"*built: nothing, acme-case is taken as installed with {python_of(made)}",
            f"*python: made with {python_of(made)}",
            "*built: from its tree on the path",
        ]
    )


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"acme_case/__init__.py": f"{CODE}\n# of head\n"}, "__init__.py is not what the tree"),
        ({"acme_case/__init__.py": CODE, "acme_case/other.py": ""}, "other.py is not what the"),
        ({}, "acme-case is installed as editable in the environment of"),
    ],
)
def test_an_environment_of_another_commit_is_refused(
    project: Project, clone: Clone, made: Path, files: dict[str, str], named: str
) -> None:
    """Of head, say, or one that leads to a tree: nothing is judged."""
    install(made, files)
    result = compare(project, made)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines([f"*{named}*", "*install it there from*base's tree*"][:1])


def test_one_without_the_project_is_refused_where_it_is_built(
    project: Project, clone: Clone, made: Path
) -> None:
    """A project of nothing but Python is on the path, and then the environment needs none."""
    result = compare(project, made)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["proof: base loaded 3 files of its tree *, from its tree;*"])


def test_code_that_head_compiled_is_not_the_bases(
    project: Project, clone: Clone, made: Path
) -> None:
    """What the base opens of head's tree ends the run, in whatever environment it runs."""
    foreign = f"import pathlib\npathlib.Path({str(project.path / 'test_work.py')!r}).read_text()\n"
    clone.commit(foreign + CODE, "src/acme_case/__init__.py")
    install(made, {"acme_case/__init__.py": foreign + CODE})
    (project.path / "src" / "acme_case" / "__init__.py").write_text(CODE)
    result = compare(project, made)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*speedup: base loaded *test_work.py, which is in head's*"])


@pytest.mark.parametrize("env", ["./nowhere", "test_work.py", "."])
def test_what_is_no_environment_is_refused(project: Project, clone: Clone, env: str) -> None:
    """Before anything runs."""
    result = compare(project, env)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --speedup-base-env=*"])


def test_the_environment_of_this_run_is_refused(project: Project, clone: Clone) -> None:
    """It has head's packages: that is what leaving the option out means."""
    result = compare(project, sys.prefix)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*pytest runs in it: build another one*"])


def test_a_path_of_the_ini_file_is_relative_to_the_root(
    project: Project, clone: Clone, made: Path
) -> None:
    """As those of reports are."""
    inside = project.path / "env-of-base"
    make_environment(inside)
    (project.path / "pytest.ini").write_text(
        "[pytest]\npythonpath = src\nspeedup_base_env = ./env-of-base\n"
    )
    clone.git("commit", "--quiet", "--all", "--message=its rule")
    result = project.run_apart(
        "--benchmark-only", "--speedup-against=HEAD", "--speedup-fail=99%", "--speedup-plan"
    )
    assert result.ret == 0
    result.stdout.fnmatch_lines([f"*python: made with {python_of(inside)}"])
