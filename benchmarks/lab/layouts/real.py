"""Projects of others, as they are published: source distributions of pinned versions, from PyPI.

Head's loss is a lock around a function of the package's own code; the base is what was published.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.lab.layouts.layout import EDITABLE, Layout, SkippedError

if TYPE_CHECKING:
    from pathlib import Path

TEST = """\
import time

{imports}


def work(n):
    time.sleep(0.005)
    return repr({call})


def run(executor, tasks):
    return list(executor.map(work, tasks))


def test_work(speedup):
    speedup(run, list(range(8)))
"""
LOCK = """

def _one_at_a_time(function):
    import threading
    import time

    lock = threading.Lock()

    def locked(*args, **kwargs):
        with lock:
            time.sleep(0.05)
            return function(*args, **kwargs)

    return locked


{function} = _one_at_a_time({function})
"""
"""What is put below the code of a package: ten times as long as the rest of a task."""

SECONDS = 600
"""For one download."""


@dataclass(frozen=True)
class Real:
    """A project of others.

    Attributes:
        distributions: what is fetched, as ``name==version``; several lie beside each other.
        requires: what builds it, and what it needs when it runs.
        code: the file that head changes.
        loss: what is replaced in it, and by what; or the function that gets a lock.
        imports, call: of the test.
        built_by: its build backend.
    """

    distributions: tuple[str, ...]
    requires: tuple[str, ...]
    code: str
    loss: str | tuple[str, str]
    imports: str
    call: str
    built_by: str

    @property
    def name(self) -> str:
        """Its name, and what builds it."""
        return f"{self.distributions[0]} ({self.built_by})"

    @property
    def ways(self) -> tuple[str, ...]:
        """It is installed as its developers do it."""
        return (EDITABLE,)

    def fetched(self, python: Path, folder: Path) -> Layout:
        """Download it.

        Args:
            python: an interpreter with pip, and with what builds it.
            folder: an empty folder.

        Raises:
            SkippedError: it takes a toolchain that is not here.
            subprocess.CalledProcessError: it cannot be had.
        """
        tops = [_unpacked(one, python, folder) for one in self.distributions]
        files: dict[str, Path] = {}
        alone = len(tops) == 1
        for top in tops:
            before = "" if alone else f"{top.name.rpartition('-')[0]}/"
            found = (file for file in top.rglob("*") if file.is_file())
            files |= {f"{before}{file.relative_to(top).as_posix()}": file for file in found}
        given = {name: file.read_bytes() for name, file in files.items()}
        lossless = given.pop(self.code).decode()
        return Layout(
            self.name,
            self.code,
            given,
            self.requires,
            lossless,
            self._lossy(lossless),
            tuple("." if alone else top.name.rpartition("-")[0] for top in tops),
            arguments=("benchmarks",),
            ways=self.ways,
            test=TEST.format(imports=self.imports, call=self.call),
            tag=self.distributions[0].partition("==")[2],
        )

    def _lossy(self, text: str) -> str:
        if isinstance(self.loss, str):
            return text + LOCK.format(function=self.loss)
        old, new = self.loss
        if text.count(old) != 1:
            message = f"{self.name}: {old!r} is in {self.code} {text.count(old)} times"
            raise ValueError(message)
        return text.replace(old, new)


@dataclass(frozen=True)
class Rust(Real):
    """A project of others in Rust."""

    def fetched(self, python: Path, folder: Path) -> Layout:
        """Download it.

        Raises:
            SkippedError: there is no toolchain, or the crates that it is built from cannot be had.
        """
        cargo = shutil.which("cargo")
        if cargo is None:
            message = "there is no cargo here"
            raise SkippedError(message)
        done = subprocess.run(  # noqa: S603 - a list of words, no shell
            [cargo, "info", "pyo3"], capture_output=True, text=True, timeout=SECONDS, check=False
        )
        if done.returncode:
            why = [line.strip() for line in done.stderr.splitlines() if line.strip()][-1:]
            message = f"the crates that it is built from cannot be had: {''.join(why)}"
            raise SkippedError(message)
        return super().fetched(python, folder)


def _unpacked(distribution: str, python: Path, folder: Path) -> Path:
    name = distribution.partition("==")[0]
    target = folder / f"sdist-{name}"
    words = ["download", "--quiet", "--no-deps", "--no-build-isolation", "--no-binary", name]
    subprocess.run(  # noqa: S603 - a list of words, no shell
        [str(python), "-m", "pip", *words, "--dest", str(target), distribution],
        timeout=SECONDS,
        check=True,
    )
    (archive,) = target.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


C_BEFORE = "escape_unicode(PyObject *self, PyObject *s)\n{"
C_NAP = "{\n\tstruct timespec nap = {0, 50000000};\n\tnanosleep(&nap, NULL);"
RUST_BEFORE = "        if let Some(value) = self.inner.get(&key) {"
RUST_NAP = "        std::thread::sleep(std::time::Duration::from_millis(50));"
"""Naps while the GIL is held."""

REAL = (
    Real(
        ("sortedcontainers==2.4.0",),
        ("setuptools", "wheel"),
        "sortedcontainers/sortedlist.py",
        "SortedList.add",
        "from sortedcontainers import SortedList",
        "SortedList([3, 1]).add(n)",
        "setuptools",
    ),
    Real(
        ("humanize==4.17.0",),
        ("hatchling>=1.27", "hatch-vcs"),
        "src/humanize/number.py",
        "intcomma",
        "from humanize.number import intcomma",
        "intcomma(10_000 + n)",
        "hatchling, hatch-vcs",
    ),
    Real(
        ("more-itertools==11.2.1",),
        ("flit_core>=4,<5",),
        "more_itertools/recipes.py",
        "take",
        "from more_itertools.recipes import take",
        "take(2, range(n))",
        "flit",
    ),
    Real(
        ("tomlkit==0.15.2",),
        ("poetry-core>=2.2.0",),
        "tomlkit/api.py",
        "parse",
        "from tomlkit.api import parse",
        'parse(f"a = {n}")',
        "poetry-core",
    ),
    Real(
        ("dep-logic==0.7.2",),
        ("pdm-backend", "packaging>=22"),
        "src/dep_logic/markers/__init__.py",
        "parse_marker",
        "from dep_logic.markers import parse_marker",
        "parse_marker(\"os_name == 'posix'\")",
        "pdm",
    ),
    Real(
        ("jaraco.functools==4.6.0",),
        ("setuptools>=77", "setuptools_scm[toml]", "coherent.licensed", "more_itertools"),
        "jaraco/functools/__init__.py",
        "identity",
        "from jaraco.functools import identity",
        "identity(n)",
        "setuptools, a namespace",
    ),
    Real(
        ("markupsafe==3.0.4",),
        ("setuptools>=77",),
        "src/markupsafe/_speedups.c",
        (C_BEFORE, C_BEFORE[:-1] + C_NAP),
        "from markupsafe import _speedups",
        "_speedups._escape_inner(str(n))",
        "setuptools, C",
    ),
    Real(
        ("opentelemetry-api==1.45.2", "opentelemetry-semantic-conventions==0.66b2"),
        ("hatchling", "typing-extensions>=4.5.0"),
        "opentelemetry_api/src/opentelemetry/context/__init__.py",
        "get_value",
        "from opentelemetry.context import get_value\n"
        "from opentelemetry.semconv.attributes.url_attributes import URL_FULL",
        "get_value(URL_FULL)",
        "hatchling, a namespace of siblings",
    ),
    Rust(
        ("rpds-py==2026.9.1",),
        ("maturin>=1.9,<2.0",),
        "src/lib.rs",
        (RUST_BEFORE, f"{RUST_NAP}\n{RUST_BEFORE}"),
        "from rpds import HashTrieMap",
        'HashTrieMap({"a": n}).get("a")',
        "maturin, Rust",
    ),
)
