"""Dependencies that head declares otherwise than the base: with a real installer, and no network.

The packages are made here, and are found in a folder.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.base_env import MEASURING
from pytest_speedup.gate import BROKEN, NOT_GREEN
from tests.clone import Clone
from tests.wheels import only_from, repack, write_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.project import Project

PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "acme-case"
version = "1"
dependencies = ["{}"]
"""
BACKEND = """
import pathlib
import re
import zipfile

def build_wheel(folder, settings=None, metadata=None):
    needs = re.search(r'dependencies = \\["(.*)"\\]', pathlib.Path("pyproject.toml").read_text())[1]
    info, name = "acme_case-1.dist-info", "acme_case-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        said = f"Metadata-Version: 2.1\\nName: acme-case\\nVersion: 1\\nRequires-Dist: {needs}\\n"
        wheel.writestr(f"{info}/METADATA", said)
        tag = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
        wheel.writestr(f"{info}/WHEEL", tag)
        wheel.writestr(f"{info}/RECORD", "")
    return name
"""
TEST = """
import time

import acme_dep

def task(item):
    acme_dep.rest()
    return item

def work(executor, items):
    return list(executor.map(task, range(items)))

def test_work(speedup):
    print("version", acme_dep.VERSION)
    speedup(work, 5)
"""
FAST = """
import time

VERSION = "{}"

def rest():
    time.sleep(0.03)
"""
SLOW = """
import threading
import time

VERSION = "2.0"
ONE_AT_A_TIME = threading.Lock()

def rest():
    with ONE_AT_A_TIME:
        time.sleep(0.03)
"""
SAYS = "import acme_dep, os, pathlib\npathlib.Path(os.environ['SAID'], acme_dep.VERSION).touch()\n"


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two versions of a package, which alone can be installed."""
    folder = tmp_path / "links"
    for version in ("1.0", "2.0"):
        write_wheel(folder, "acme-dep", version, {"acme_dep.py": FAST.format(version)})
    only_from(folder, monkeypatch)
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages beside those of this environment: the second version is installed."""
    site = tmp_path / "here" / "site-packages"
    info = site / "acme_dep-2.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-dep\nVersion: 2.0\n")
    (site / "acme_dep.py").write_text(FAST.format("2.0"))
    (tmp_path / "said").mkdir()
    monkeypatch.setenv("SAID", str(tmp_path / "said"))
    monkeypatch.setenv("ACME_SITE", str(site))
    return site


@pytest.fixture
def clone(project: Project, here: Path) -> Clone:
    """The base requires the first version, and head, not committed, the second one."""
    clone = Clone(project.path)
    (project.path / ".gitignore").write_text("__pycache__\nstd*\nrunpytest*\n.benchmarks\n")
    (project.path / "pytest.ini").write_text("[pytest]\n")
    (project.path / "test_work.py").write_text(TEST)
    (project.path / "conftest.py").write_text(SAYS)
    (project.path / "backend.py").write_text(BACKEND)
    clone.commit(PYPROJECT.format("acme-dep==1.0"), "pyproject.toml")
    (project.path / "pyproject.toml").write_text(PYPROJECT.format("acme-dep>=2"))
    return clone


def compare(project: Project, *args: str) -> pytest.RunResult:
    """Run pytest where the second version is among the packages."""
    site = os.environ["ACME_SITE"]
    code = f"import sys, pytest; sys.path.append({site!r}); sys.exit(pytest.main(sys.argv[1:]))"
    return project.run_code(
        code, "--benchmark-only", "--speedup-against=HEAD", "--speedup-fail=99%", *args
    )


def said(tmp_path: Path) -> set[str]:
    return {file.name for file in (tmp_path / "said").iterdir()}


@pytest.mark.usefixtures("clone", "links")
def test_the_base_has_its_own_versions(project: Project, tmp_path: Path) -> None:
    """Of what it declares otherwise; the rest is what is here."""
    result = compare(project)
    assert result.ret == 0
    line = "base runs with its own versions of what it declares otherwise: acme-dep 1.0"
    result.stdout.fnmatch_lines([line])
    assert said(tmp_path) == {"1.0", "2.0"}


@pytest.mark.usefixtures("clone")
def test_the_base_has_an_environment_of_its_own(
    project: Project, links: Path, tmp_path: Path
) -> None:
    """Installed from its own tree; what measures is of the versions that are here."""
    repack(links, MEASURING)
    result = compare(project, "--speedup-base-env=install")
    assert result.ret == 0
    assert said(tmp_path) == {"1.0", "2.0"}


@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize("env", ["declared", "install"])
def test_a_loss_of_the_new_version_is_red(
    project: Project, links: Path, here: Path, env: str
) -> None:
    """It lets one thread at a time do its work, which halves the speedup on any machine."""
    repack(links, MEASURING)
    (here / "acme_dep.py").write_text(SLOW)
    result = compare(project, f"--speedup-base-env={env}", "--speedup-fail=25%")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["RED: 1 of 1 cell regressed*"])


@pytest.mark.usefixtures("clone", "links")
def test_head_packages_do_where_they_are_asked_for(project: Project, tmp_path: Path) -> None:
    """Whatever the base declares."""
    result = compare(project, "--speedup-base-env=same")
    assert result.ret == 0
    assert said(tmp_path) == {"2.0"}


@pytest.mark.usefixtures("clone", "links")
def test_a_change_does_not_have_head_packages_do(project: Project, tmp_path: Path) -> None:
    """In its ini file: the base's says what the base has."""
    (project.path / "pytest.ini").write_text("[pytest]\nspeedup_base_env = same\n")
    result = compare(project)
    assert result.ret == 0
    moved = "this change moves speedup_base_env from none to 'same'; *the base"
    result.stdout.fnmatch_lines([moved, "base runs with its own versions *: acme-dep 1.0"])
    assert said(tmp_path) == {"1.0", "2.0"}


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("base", ["acme-dep==2.0", "acme-dep>=1"])
def test_nothing_is_installed_where_what_is_here_will_do(
    project: Project, clone: Clone, base: str, tmp_path: Path, links: Path
) -> None:
    """Both sides share it, and nothing is said."""
    (project.path / "pyproject.toml").write_text(PYPROJECT.format(base))
    clone.git("commit", "--quiet", "--all", "--message=base")
    (project.path / "pyproject.toml").write_text(PYPROJECT.format("acme-dep>=2"))
    for wheel in links.iterdir():
        wheel.unlink()
    result = compare(project)
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*own versions*")
    assert said(tmp_path) == {"2.0"}


@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize("env", ["declared", "install"])
def test_versions_that_cannot_be_had_have_an_outcome(
    project: Project, links: Path, env: str
) -> None:
    """It names the packages, and what to do; nothing is measured, whatever is allowed."""
    repack(links, MEASURING)
    (links / "acme_dep-1.0-py3-none-any.whl").unlink()
    report = project.path / "runpytest.md"
    result = compare(
        project,
        f"--speedup-base-env={env}",
        "--speedup-allow=missing,incomparable",
        f"--speedup-report={report}",
    )
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["*acme-dep==1.0*", "*--speedup-base-env=PATH*", "*dependencies*"])
    result.stdout.no_fnmatch_line("*comparing with*")
    assert "dependencies" in report.read_text(encoding="utf-8")


LOCK = '[[package]]\nname = "acme-dep"\nversion = "{}"\n'


def have_locked(clone: Clone, links: Path, version: str) -> None:
    """Have both declare the same, and the base's lock file pin a version that head's does not."""
    repack(links, MEASURING)
    (clone.path / "uv.lock").write_text(LOCK.format(version))
    (clone.path / "pyproject.toml").write_text(PYPROJECT.format("acme-dep>=1"))
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=base")
    (clone.path / "uv.lock").write_text(LOCK.format("2.0"))


def test_an_environment_of_the_bases_own_has_what_its_lock_pins(
    project: Project, clone: Clone, links: Path, tmp_path: Path
) -> None:
    """Where the newest version would do by what is declared."""
    have_locked(clone, links, "1.0")
    result = compare(project, "--speedup-base-env=install")
    assert result.ret == 0
    assert said(tmp_path) == {"1.0", "2.0"}


def test_what_a_lock_pins_and_cannot_be_had_has_an_outcome(
    project: Project, clone: Clone, links: Path
) -> None:
    """No other version takes its place."""
    have_locked(clone, links, "1.5")
    result = compare(project, "--speedup-base-env=install")
    assert result.ret == NOT_GREEN
    result.stdout.fnmatch_lines(["*held to the versions that uv.lock pins*", "*dependencies*"])


@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ("declared", "acme-dep==1.0 (in acme-case)"),
        ("same", "none"),
        ("install", "the newest of what it declares, as no lock file pins any"),
    ],
)
def test_a_plan_names_the_versions(
    project: Project, links: Path, env: str, expected: str, tmp_path: Path
) -> None:
    """That the base would get; none is installed, or can be."""
    for wheel in links.iterdir():
        wheel.unlink()
    result = compare(project, f"--speedup-base-env={env}", "--speedup-plan")
    assert result.ret == 0
    assert f"  own versions: {expected}" in result.stdout.lines
    assert said(tmp_path) == {"2.0"}


def test_a_plan_names_what_a_lock_pins(project: Project, clone: Clone, links: Path) -> None:
    """For an environment of the base's own."""
    have_locked(clone, links, "1.5")
    result = compare(project, "--speedup-base-env=install", "--speedup-plan")
    assert "  own versions: acme-dep==1.5 (in uv.lock)" in result.stdout.lines


COMPUTED = """\
[build-system]
requires = {}
build-backend = "backend"
backend-path = ["."]

[project]
name = "acme-case"
version = "1"
dynamic = ["dependencies"]
"""
FETCHED, NONE = '["acme-backend==1"]', "[]"
FAILING = "def build_wheel(folder, settings=None, metadata=None):\n    raise OSError('no README')\n"


def have_computed(clone: Clone, here: Path, base: str, head: str) -> None:
    """Have a project installed whose metadata has to be built, by what each side asks for."""
    info = here / "acme_case-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-case\nVersion: 1\n")
    root = clone.path
    if not (root / "backend.py").read_text().startswith("def"):
        (root / "backend.py").write_text(re.sub("re.search.*", '"acme-dep"', BACKEND))
    (root / "pyproject.toml").write_text(COMPUTED.format(base))
    clone.git("commit", "--quiet", "--all", "--message=base")
    (root / "pyproject.toml").write_text(COMPUTED.format(head))


@pytest.mark.usefixtures("links")
def test_what_builds_the_base_cannot_be_had(project: Project, clone: Clone, here: Path) -> None:
    """Nobody knows what it declares: there is nothing to compare, as without its versions."""
    have_computed(clone, here, FETCHED, NONE)
    result = compare(project)
    assert result.ret == NOT_GREEN
    line = "*base: what acme-case *: what builds its tree cannot be had: acme-backend==1*"
    result.stdout.fnmatch_lines([line, "*--speedup-base-env=PATH*"])
    result.stdout.fnmatch_lines(["*dependencies*"])


def test_a_plan_says_that_versions_are_unknown(
    project: Project, clone: Clone, here: Path, links: Path
) -> None:
    """Where only built metadata has them, and nothing can build it."""
    assert links.is_dir()
    have_computed(clone, here, FETCHED, NONE)
    result = compare(project, "--speedup-plan")
    result.stdout.fnmatch_lines(["  own versions: unknown: base: what acme-case *acme-backend==1"])


@pytest.mark.usefixtures("links")
def test_what_builds_head_cannot_be_had(project: Project, clone: Clone, here: Path) -> None:
    """The change asks for it, and is broken."""
    have_computed(clone, here, NONE, FETCHED)
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*head: what acme-case *: what builds its tree cannot be had*"])


@pytest.mark.usefixtures("links")
def test_what_builds_the_base_fails(project: Project, clone: Clone, here: Path) -> None:
    """It could be had, and ran: the tree is broken."""
    (project.path / "backend.py").write_text(FAILING)
    have_computed(clone, here, NONE, FETCHED)
    result = compare(project)
    assert result.ret == BROKEN
    result.stdout.fnmatch_lines(["*base: what acme-case *: it cannot be built:*"])


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("requirements.txt", "acme-dep=={}  # of us\n"),
        ("uv.lock", '[[package]]\nname = "acme-dep"\nversion = "{}"\n'),
    ],
)
def test_other_files_declare_too(
    project: Project, clone: Clone, file: str, text: str, tmp_path: Path
) -> None:
    """Lock files, and what pip reads."""
    clone.git("checkout", "--quiet", "pyproject.toml")
    clone.commit(text.format("1.0"), file)
    (project.path / file).write_text(text.format("2.0"))
    result = compare(project)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["base runs with its own versions *: acme-dep 1.0"])
    assert said(tmp_path) == {"1.0", "2.0"}
