"""Projects of each layout, with code that is the same in head, or lost its speedup."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_speedup.executors.choice import INTERPRETERS_SINCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FREE = """\
import time


def work(n):
    time.sleep(0.01)
    return n
"""
LOCKED = """\
import threading
import time

LOCK = threading.Lock()


def work(n):
    with LOCK:
        time.sleep(0.01)
    return n
"""
TEST = """\
from acme.core import work


def run(executor, tasks):
    return list(executor.map(work, tasks))


def test_work(speedup):
    speedup(run, list(range(8)))
"""
PROJECT = '[project]\nname = "acme-layout"\nversion = "1"\ndescription = "a layout"\n'
LONGER = """\
import time


def work(n):
    time.sleep(0.05)
    return n
"""
LOCKED_ACROSS = """\
import fcntl
import tempfile
import time
from pathlib import Path

LOCK = Path(tempfile.gettempdir(), "acme.lock")


def work(n):
    with LOCK.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        time.sleep(0.05)
    return n
"""
"""A lock that holds among processes, too."""

SETUPTOOLS = ("setuptools", "setuptools.build_meta")
HATCH = ("hatchling", "hatchling.build")

C_SOURCE = """\
#include <Python.h>
#include <unistd.h>
static PyObject *nap(PyObject *self, PyObject *args) {
    int us;
    if (!PyArg_ParseTuple(args, "i", &us)) return NULL;
    @
    Py_RETURN_NONE;
}
static PyMethodDef methods[] = {{"nap", nap, METH_VARARGS, ""}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_nap", NULL, -1, methods};
PyMODINIT_FUNC PyInit__nap(void) { return PyModule_Create(&module); }
"""
C_FREE = C_SOURCE.replace("@", "Py_BEGIN_ALLOW_THREADS usleep(us); Py_END_ALLOW_THREADS")
C_LOCKED = C_SOURCE.replace("@", "usleep(us);")
WITH_FALLBACK = """\
try:
    from acme._nap import nap
except ImportError:
    import time

    def nap(us):
        time.sleep(us / 1e6)


def work(n):
    nap(10_000)
    return n
"""
MESON = """\
project('acme-layout', 'c', version: '1')
py = import('python').find_installation(pure: false)
py.install_sources('src/acme/__init__.py', 'src/acme/core.py', subdir: 'acme')
"""
CMAKE = """\
cmake_minimum_required(VERSION 3.15)
project(acme_layout LANGUAGES NONE)
"""


EDITABLE, PLAIN, TAUGHT = "editable", "plain", "taught"
"""How a layout is installed: by pip in two ways, or as the page on GitHub teaches it."""


class SkippedError(Exception):
    """A layout cannot be had here, for a reason that the table says."""


@dataclass(frozen=True)
class Layout:
    """A layout.

    Attributes:
        name: its name.
        code: the file that head changes.
        files: the others.
        requires: what builds it, and what it needs when it runs.
        lossless, lossy: what the file is.
        installed: folders that are installed, in this order.
        arguments: more of pytest's.
        ways: how it is installed.
        test: what is measured.
        executor: what it is measured with.
        tag: of the base; empty for none.
    """

    name: str
    code: str
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    requires: tuple[str, ...] = ("setuptools",)
    lossless: str = FREE
    lossy: str = LOCKED
    installed: tuple[str, ...] = (".",)
    arguments: tuple[str, ...] = ()
    ways: tuple[str, ...] = (EDITABLE, PLAIN)
    test: str = TEST
    executor: str = "thread"
    tag: str = ""

    def fetched(self, _python: Path, _folder: Path) -> Layout:
        """Return it: there is nothing to fetch."""
        return self


def pyproject(backend: tuple[str, str], *more: str, name: str = "acme-layout") -> str:
    """Write a pyproject.toml."""
    requires, module = backend
    system = f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{module}"\n'
    return "\n".join([system, PROJECT.replace("acme-layout", name), *more])


def plain(folder: str, name: str, backend: tuple[str, str], *more: str, **files: str) -> Layout:
    """Make a layout of one package in a folder."""
    inside = f"{folder}/acme" if folder else "acme"
    return Layout(
        name,
        f"{inside}/core.py",
        {f"{inside}/__init__.py": "", "pyproject.toml": pyproject(backend, *more), **files},
        (backend[0],),
    )


def _wheel(folder: str) -> str:
    return f'[tool.hatch.build.targets.wheel]\npackages = ["{folder}acme"]\n'


def _sibling() -> Layout:
    app = pyproject(SETUPTOOLS, name="acme-app")
    return Layout(
        "monorepo",
        "core/src/acme_core/deep.py",
        {
            "core/pyproject.toml": pyproject(SETUPTOOLS, name="acme-core"),
            "core/src/acme_core/__init__.py": "",
            "app/pyproject.toml": app,
            "app/src/acme/__init__.py": "",
            "app/src/acme/core.py": "from acme_core.deep import work\n\n__all__ = ['work']\n",
        },
        installed=("core", "app"),
    )


def _through(executor: str, *requires: str) -> Layout:
    files = {"src/acme/__init__.py": "", "pyproject.toml": pyproject(SETUPTOOLS)}
    return Layout(
        f"src through {executor}",
        "src/acme/core.py",
        files,
        ("setuptools", *requires),
        lossless=LONGER,
        lossy=LOCKED_ACROSS,
        ways=(EDITABLE,),
        executor=executor,
    )


def _taught() -> Layout:
    files = {"src/acme/__init__.py": "", "pyproject.toml": pyproject(SETUPTOOLS)}
    return Layout("docs/github.md", "src/acme/core.py", files, ways=(TAUGHT,))


@dataclass(frozen=True)
class _Interpreters:
    """The layout whose workers are interpreters, which not every Python has."""

    name: str = "src through interpreter"
    requires: tuple[str, ...] = ("setuptools",)
    ways: tuple[str, ...] = (EDITABLE,)

    def fetched(self, _python: Path, _folder: Path) -> Layout:
        """Return it.

        Raises:
            SkippedError: this Python has no such workers.
        """
        if sys.version_info < INTERPRETERS_SINCE:
            message = f"Python {sys.version.split()[0]} has no interpreters to run tasks in"
            raise SkippedError(message)
        return _through("interpreter")


def _extension() -> Layout:
    setup = (
        "from setuptools import Extension, setup\n\n"
        'setup(name="acme-layout", version="1", package_dir={"": "src"}, packages=["acme"],\n'
        '      ext_modules=[Extension("acme._nap", ["nap.c"], optional=True)])\n'
    )
    system = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    files = {"src/acme/__init__.py": "", "src/acme/core.py": WITH_FALLBACK, "setup.py": setup}
    files["pyproject.toml"] = system
    return Layout("C extension", "nap.c", files, lossless=C_FREE, lossy=C_LOCKED)


MADE = (
    plain("", "flat", SETUPTOOLS, '[tool.setuptools]\npackages = ["acme"]\n'),
    plain("src", "src", SETUPTOOLS),
    plain("python", "python/", HATCH, _wheel("python/")),
    plain("lib", "lib/", HATCH, _wheel("lib/")),
    plain(
        "code/py",
        "package-dir",
        SETUPTOOLS,
        '[tool.setuptools]\npackages = ["acme"]\npackage-dir = {acme = "code/py/acme"}\n',
    ),
    plain("src", "hatch", HATCH, _wheel("src/")),
    plain(
        "src", "flit", ("flit_core", "flit_core.buildapi"), '[tool.flit.module]\nname = "acme"\n'
    ),
    plain("src", "pdm", ("pdm-backend", "pdm.backend")),
    plain(
        "src",
        "poetry",
        ("poetry-core", "poetry.core.masonry.api"),
        '[tool.poetry]\npackages = [{include = "acme", from = "src"}]\n',
    ),
    plain("src", "meson-python", ("meson-python", "mesonpy"), **{"meson.build": MESON}),
    plain(
        "src",
        "scikit-build-core",
        ("scikit-build-core", "scikit_build_core.build"),
        '[tool.scikit-build]\nwheel.packages = ["src/acme"]\n',
        **{"CMakeLists.txt": CMAKE},
    ),
    Layout(
        "namespace",
        "src/acme/core/deep.py",
        {
            "src/acme/core/__init__.py": "from acme.core.deep import work\n\n__all__ = ['work']\n",
            "pyproject.toml": pyproject(SETUPTOOLS),
        },
    ),
    _sibling(),
    _extension(),
    Layout(
        "root below the code",
        "src/acme/core.py",
        {
            "src/acme/__init__.py": "",
            "pyproject.toml": pyproject(SETUPTOOLS),
            "benchmarks/pytest.ini": "[pytest]\n",
        },
        arguments=("benchmarks",),
    ),
    _through("process"),
    _through("loky", "loky"),
    _through("dask", "distributed"),
    _taught(),
)
"""Layouts that can be had anywhere."""

LAYOUTS = (*MADE, _Interpreters())
