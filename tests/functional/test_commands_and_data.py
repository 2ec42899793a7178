"""Commands of the project, tests inside of packages, and data that git does not have."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import BROKEN, NOT_GREEN
from tests.clone import Clone
from tests.posix import posix_only

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.project import Project

TEST = """
import pathlib
import time

{first}

def task(item):
    time.sleep(0.02)
    return item

def work(executor, items):
    return list(executor.map(task, range(items)))

def test_work(speedup):
    {before}
    speedup(work, 4)
"""


@pytest.fixture
def clone(project: Project) -> Clone:
    clone = Clone(project.path)
    (project.path / ".gitignore").write_text("__pycache__\n*.bin\ncache/\nstd*\nrunpytest*\n")
    (project.path / "pytest.ini").write_text("[pytest]\n")
    return clone


def compare(project: Project, *args: str) -> pytest.RunResult:
    return project.run_apart(
        "--benchmark-only", "--speedup-against=HEAD", "--speedup-fail=99%", *args
    )


@pytest.mark.parametrize(
    ("file", "first"),
    [
        ("data/large.bin", ""),
        ("cache/deep/table.csv", ""),
        ("data/large.bin", "pathlib.Path(__file__).with_name('data').joinpath('large.bin').stat()"),
    ],
)
def test_data_that_git_does_not_have_is_named(
    project: Project, clone: Clone, file: str, first: str
) -> None:
    """Where the base fails for want of it, with what to do."""
    before = f"(pathlib.Path(__file__).parent / {file!r}).read_bytes()"
    clone.commit(TEST.format(first=first, before=before), "test_work.py")
    (project.path / "other.py").write_text("")
    (project.path / file).parent.mkdir(parents=True)
    (project.path / file).write_text("1")
    result = compare(project)
    assert result.ret in {NOT_GREEN, BROKEN}
    result.stdout.fnmatch_lines([f"the base has no {file}: git ignores it*have a fixture make it*"])


def test_data_that_both_lack_is_not_named(project: Project, clone: Clone) -> None:
    """Nor is what has nothing to do with it."""
    before = "pathlib.Path('data/large.bin').read_bytes()"
    clone.commit(TEST.format(first="", before=before), "test_work.py")
    (project.path / "other.bin").write_text("1")
    result = compare(project)
    assert result.ret != 0
    result.stdout.no_fnmatch_line("*the base has no*")


COMMAND = """
import pathlib
import sys

def main():
    print(pathlib.Path(__file__).parents[1], sys.prefix)
"""
STARTS = """name = os.environ.get("PYTEST_SPEEDUP_LOADED", "host").rsplit("/")[-1]
    with open(pathlib.Path(os.environ["SAID"], name), "w") as said:
        subprocess.run({command!r}, shell={shell}, check=True, stdout=said)"""
RUN = """
import sys

import pytest

sys.path.append({site!r})
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.fixture
def installed(project: Project, clone: Clone, tmp_path: Path) -> Path:
    """The project is installed by a path into head's tree, and its command leads there."""
    site = tmp_path / "here" / "site-packages"
    info = site / "acme_case-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-case\nVersion: 1\n")
    (info / "RECORD").write_text(
        "acme_case.pth,,\nacme_case-1.dist-info/METADATA,,\n../bin/acme,,\n../bin/newer,,\n"
    )
    (info / "entry_points.txt").write_text(
        "[console_scripts]\nacme = acme_case:main\nnewer = acme_case:main\n"
    )
    (site / "acme_case.pth").write_text(f"{project.path / 'src'}\n")
    commands = site.parent / "bin"
    commands.mkdir()
    for name in ("acme", "newer"):
        (commands / name).write_text(f"#!{sys.executable}\nprint('of head')\n")
        (commands / name).chmod(0o700)
    return site


def run_there(project: Project, site: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.RunResult:
    monkeypatch.setenv("PATH", str(site.parent / "bin"), prepend=":")
    return project.run_code(
        RUN.format(site=str(site)),
        "--benchmark-only",
        "--speedup-against=HEAD",
        "--speedup-fail=99%",
    )


@posix_only
@pytest.mark.parametrize("shell", [False, True])
def test_a_command_of_the_project_is_the_sides(
    project: Project,
    clone: Clone,
    installed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    shell: bool,
) -> None:
    """Whether a shell finds it or Python does."""
    (said := tmp_path / "said").mkdir()
    monkeypatch.setenv("SAID", str(said))
    scripts = '[project.scripts]\nacme = "acme_case:main"\n'
    clone.commit(f'[project]\nname = "acme-case"\nversion = "1"\n{scripts}', "pyproject.toml")
    clone.commit(COMMAND, "src/acme_case/__init__.py")
    before = STARTS.format(command="acme" if shell else ["acme"], shell=shell)
    text = TEST.format(first="import os, subprocess", before=before)
    clone.commit(text, "test_work.py")
    (project.path / "src" / "acme_case" / "__init__.py").write_text(f"{COMMAND}\n# of head\n")
    result = run_there(project, installed, monkeypatch)
    assert result.ret == 0
    told = {file.name: file.read_text().split() for file in said.iterdir()}
    assert told["head-loaded"][0] == str(project.path / "src")
    assert "speedup-base-" in told["base-loaded"][0]
    for name in ("base", "head"):
        assert told[f"{name}-loaded"][1].endswith(f"env-{name}")


@posix_only
def test_a_command_that_the_base_has_not_is_not_heads(
    project: Project,
    clone: Clone,
    installed: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its cell says so, and nothing is compared."""
    clone.commit('[project]\nname = "acme-case"\nversion = "1"\n', "pyproject.toml")
    clone.commit(COMMAND, "src/acme_case/__init__.py")
    before = "subprocess.run('newer', shell=True, check=True)"
    clone.commit(TEST.format(first="import subprocess", before=before), "test_work.py")
    (project.path / "pyproject.toml").write_text(
        '[project]\nname = "acme-case"\nversion = "1"\nscripts.newer = "acme_case:main"\n'
    )
    result = run_there(project, installed, monkeypatch)
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["*base: *exit status 127*"])


BACKEND = """
import base64
import hashlib
import pathlib
import zipfile

def digest(content):
    found = hashlib.sha256(content).digest()
    return "sha256=" + base64.urlsafe_b64encode(found).rstrip(b"=").decode()

def build_wheel(folder, settings=None, metadata=None):
    info, name = "acme_case-1.dist-info", "acme_case-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        for file in sorted(pathlib.Path("lib").rglob("*.py")):
            if "{without}" not in str(file):
                wheel.write(file, file.relative_to("lib").as_posix())
        said = "Metadata-Version: 2.1\\nName: acme-case\\nVersion: 1\\n"
        wheel.writestr(f"{{info}}/METADATA", said)
        tag = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr(f"{{info}}/WHEEL", tag)
        rows = [f"{{one}},{{digest(wheel.read(one))}},\\n" for one in wheel.namelist()]
        wheel.writestr(f"{{info}}/RECORD", "".join(rows))
    return name
"""
SYSTEM = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


@pytest.mark.parametrize("without", ["nothing", "tests"])
def test_tests_inside_of_a_package_that_is_built_are_collected(
    project: Project,
    clone: Clone,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    without: str,
) -> None:
    """Whether or not the build has them; what they import is what was built."""
    site = tmp_path / "here" / "site-packages"
    info = site / "acme_case-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-case\nVersion: 1\n")
    (info / "RECORD").write_text("acme_case/__init__.py,,\nacme_case/tests/__init__.py,,\n")
    (site / "acme_case").mkdir()
    (site / "acme_case" / "__init__.py").write_text("SIDE = 'installed'\n")
    (project.path / "test_work.py").unlink()
    clone.commit(f'{SYSTEM}[project]\nname = "acme-case"\nversion = "1"\n', "pyproject.toml")
    clone.commit(BACKEND.format(without=without), "backend.py")
    clone.commit("SIDE = 'base'\n", "lib/acme_case/__init__.py")
    clone.commit("# of tests\n", "lib/acme_case/tests/__init__.py")
    first = "from acme_case import SIDE\nassert SIDE in {'base', 'head'}"
    clone.commit(TEST.format(first=first, before="pass"), "lib/acme_case/tests/test_work.py")
    (project.path / "lib" / "acme_case" / "__init__.py").write_text("SIDE = 'head'\n")
    result = run_there(project, site, monkeypatch)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["proof: base loaded *, 1 built from its tree; head*"])
