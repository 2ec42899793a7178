"""Which cells a change touches: small repositories, and what their sides told."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.cells import Wanted
from pytest_speedup.against.making import Made
from pytest_speedup.against.overlay import Overlay
from pytest_speedup.against.proof import Proof, Proven
from pytest_speedup.against.protocol import LoadedFile, Proved
from pytest_speedup.against.watch import PROGRAM, TREE, UNASKED
from pytest_speedup.against.worktree import WorkTree
from pytest_speedup.model import BASE, BASE_AGAIN, HEAD, Touch

if TYPE_CHECKING:
    from pathlib import Path

T, U, F = Touch.TOUCHED, Touch.UNKNOWN, Touch.UNTOUCHED

ONE = "import acme.lib\n\ndef step(item):\n    return acme.lib.step(item)\n"
TEST = "from acme import {0}\n\ndef test_{0}(speedup):\n    speedup({0}.step, 3)\n"
FILES = {
    "README.md": "acme\n",
    "src/acme/__init__.py": "",
    "src/acme/lib.py": "def step(item):\n    return item\n",
    "src/acme/one.py": ONE,
    "src/acme/two.py": "def step(item):\n    return item\n",
    "tests/test_one.py": TEST.format("one"),
    "tests/test_two.py": TEST.format("two"),
}
WANTED = [
    Wanted(f"tests/test_{name}.py::test_{name}[thread-2]", name, "thread", 2)
    for name in ("one", "two")
]


@dataclass
class Told:
    """What one side tells.

    Attributes:
        first: files that it loaded before any workload; all code of its tree if None is named.
        during: files that were loaded in turns of a workload.
        data: files that were opened and are no code.
        modules: by what name files were imported that were not by their own.
        started: kinds of programs that a workload started.
        plugins: files of plugins.
    """

    first: tuple[str, ...] = ()
    during: dict[str, tuple[str, ...]] = field(default_factory=dict)
    data: tuple[str, ...] = ()
    modules: dict[str, str] = field(default_factory=dict)
    started: dict[str, str] = field(default_factory=dict)
    plugins: tuple[str, ...] = ()
    worked: tuple[str, ...] = ("one", "two")


def module_of(name: str) -> str:
    name = name.removeprefix("src/").removeprefix("tests/").removesuffix(".py")
    return name.removesuffix("/__init__").replace("/", ".")


def proof_of(side: str, top: Path, files: dict[str, str], told: Told) -> Proof:
    """Make a tree, and take what a side of it told."""
    blobs = {}
    for name, text in files.items():
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content := text.encode())
        blobs[name] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324
    env = top.parent / f"env-{side}"
    (env / "site-packages").mkdir(parents=True)
    (env / "pyvenv.cfg").write_text("version = 3.11.2\n")
    overlay = Overlay(env, env / "python", env / "site-packages")
    made = Made(
        side, top, WorkTree(top, "tree", blobs), overlay, (), (), {f"{top}{os.sep}": TREE}, {}
    )
    proof = Proof(side, made)
    code = told.first or tuple(name for name in files if name.endswith(".py"))

    def loaded(name: str) -> LoadedFile:
        module = told.modules.get(name, module_of(name)) if name.endswith(".py") else ""
        return LoadedFile(TREE, module, str(top / name), 7)

    tests = tuple(str(top / name) for name in files if "/test_" in name)
    plugins = tuple(str(top / name) for name in told.plugins)
    proof.take(Proved(tuple(map(loaded, (*code, *told.data))), 1, tests, plugins))
    proof.seen.end("")
    for workload in told.worked:
        more = [loaded(name) for name in told.during.get(workload, ())]
        if workload in told.started:
            more.append(LoadedFile(told.started[workload], "", "/elsewhere/tool", 7))
        proof.take(Proved(tuple(more), 1))
        proof.seen.end(workload)
    return proof


def proven(
    tmp_path: Path,
    base: dict[str, str],
    head: dict[str, str],
    told: Told | None = None,
    of_base: Told | None = None,
) -> Proven:
    told = told or Told()
    shutil.rmtree(tmp_path / "made", ignore_errors=True)
    proofs = {
        BASE: proof_of(BASE, tmp_path / "made" / "base", {**FILES, **base}, of_base or told),
        HEAD: proof_of(HEAD, tmp_path / "made" / "head", {**FILES, **base, **head}, told),
    }
    return Proven({**proofs, BASE_AGAIN: proofs[BASE]}, ["dask"])


def touch(
    tmp_path: Path,
    base: dict[str, str],
    head: dict[str, str],
    told: Told | None = None,
    of_base: Told | None = None,
) -> tuple[Touch, ...]:
    """Say whether a change touches the first workload, and the second."""
    return tuple(proven(tmp_path, base, head, told, of_base).touches(WANTED).values())


LIB = "src/acme/lib.py"
LOSSES = {
    "a semaphore's number": (
        "import threading\n\nGATE = threading.Semaphore(4)\n",
        "import threading\n\nGATE = threading.Semaphore(1)\n",
    ),
    "a constant": ("SIZE = 4\n", "SIZE = 1\n"),
    "a cache that goes": (
        "from functools import lru_cache\n\n@lru_cache\ndef plan():\n    return 4\n",
        "from functools import lru_cache\n\ndef plan():\n    return 4\n",
    ),
    "a default argument": (
        "def run(tasks, at_once=8):\n    return tasks\n",
        "def run(tasks, at_once=1):\n    return tasks\n",
    ),
    "a decorator": (
        "def shared(function):\n    return function\n",
        "import threading\n\nlock = threading.Lock()\n\ndef shared(function):\n    return lock\n",
    ),
    "a base class": (
        "class Worker:\n    def __call__(self, item):\n        return self.step(item)\n",
        "import threading\n\nclass Worker:\n    lock = threading.Lock()\n",
    ),
    "an alias of an executor": (
        "from concurrent.futures import ThreadPoolExecutor as Pool\n",
        "from concurrent.futures import Executor as Pool\n",
    ),
}
USES = {
    "imported": "from acme.lib import anything\n",
    "imported from its folder": "from .lib import anything\n",
    "imported in a function": "def step():\n    def inner():\n        from acme import lib\n",
    "imported by a class": "class A:\n    from acme.lib import anything\n",
    "an attribute of its package": "import acme\n\ndef step():\n    return acme.lib.anything\n",
    "an attribute by another name": "import acme as a\n\ndef step():\n    return a.lib.anything\n",
    "named in a text": "import other\n\ndef step():\n    other.patch('acme.lib.anything')\n",
    "imported from all": "from acme.lib import *\n",
}


@pytest.mark.parametrize("loss", [*LOSSES])
def test_a_loss_that_changes_no_bytecode_of_the_workload_touches_it(
    tmp_path: Path, loss: str
) -> None:
    """Which is all in another file; the other workload does not reach that."""
    before, after = LOSSES[loss]
    assert touch(tmp_path, {LIB: before}, {LIB: after}) == (T, F)


@pytest.mark.parametrize("way", [*USES])
def test_each_way_to_name_a_module_reaches_it(tmp_path: Path, way: str) -> None:
    """Where it was loaded by an import of another file."""
    base = {"src/acme/one.py": USES[way], "tests/test_other.py": "import acme.lib\n"}
    assert touch(tmp_path, base, {LIB: "SIZE = 1\n"}) == (T, F)


def test_a_file_that_decorates_by_another_of_the_project_counts_for_all(tmp_path: Path) -> None:
    """It may put its functions into what others read."""
    one = "from acme.lib import task\n\n@task\ndef step(item):\n    return item\n"
    lib = "TASKS = []\n\ndef task(function):\n    TASKS.append(function)\n"
    base = {"src/acme/one.py": one, LIB: lib}
    assert touch(tmp_path, base, {"src/acme/one.py": f"{one}# other\n"}) == (T, T)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("README.md", (F, F)),
        ("src/acme/one.py", (T, F)),
        ("src/acme/two.py", (F, T)),
        ("src/acme/lib.py", (T, F)),
        ("src/acme/__init__.py", (T, T)),
        ("tests/test_one.py", (T, F)),
        ("tests/test_two.py", (F, T)),
    ],
)
def test_a_change_touches_who_reaches_it(
    tmp_path: Path, name: str, expected: tuple[Touch, Touch]
) -> None:
    """By imports from its test's file on, packages with them."""
    assert touch(tmp_path, {}, {name: f"{FILES[name]}\n# other\n"}) == expected


def test_without_any_change_nobody_is_touched(tmp_path: Path) -> None:
    """Nor unknown."""
    assert touch(tmp_path, {}, {}) == (F, F)


def test_a_package_of_other_tests_touches_nobody_else(tmp_path: Path) -> None:
    """pytest imports it as it collects them, whichever cell is meant."""
    base = {"checks/__init__.py": "", "checks/test_other.py": ""}
    assert touch(tmp_path, base, {"checks/__init__.py": "SIZE = 1\n"}) == (F, F)
    own = {"tests/__init__.py": ""}
    assert touch(tmp_path, own, {"tests/__init__.py": "SIZE = 1\n"}) == (T, T)


EXTRA = "src/acme/extra.py"


def test_an_import_runs_the_packages_around_it(tmp_path: Path) -> None:
    """Though it names the innermost alone."""
    base = {"tests/test_two.py": "import acme.two\n"}
    assert touch(tmp_path, base, {"src/acme/__init__.py": "SIZE = 1\n"}) == (T, T)


def test_a_package_that_names_its_modules_in_texts_reaches_them(tmp_path: Path) -> None:
    """As one that has a library import them when they are first asked for."""
    lazy = "import lazy\n\n__getattr__ = lazy.attach(__name__, ['extra'])\n"
    base = {"src/acme/__init__.py": lazy, EXTRA: "", "checks/test_other.py": "import acme.extra\n"}
    assert touch(tmp_path, base, {EXTRA: "SIZE = 1\n"}) == (T, T)
    plain = {**base, "src/acme/__init__.py": ""}
    assert touch(tmp_path, plain, {EXTRA: "SIZE = 1\n"}) == (F, F)


@pytest.mark.parametrize(
    "code",
    [
        "import importlib\n\ndef step(name):\n    return importlib.import_module('acme.' + name)\n",
        "from importlib import import_module as load\n\ndef step(name):\n    return load(name)\n",
        "def step(name):\n    return __import__(name)\n",
        "def step(name):\n    exec(name)\n",
        "import sys\n\ndef step(name):\n    return sys.modules[name]\n",
        "import pickle\n\ndef step(data):\n    return pickle.loads(data)\n",
        "class Step:\n    def all(self):\n        return self.__subclasses__()\n",
        "import builtins\n\nstep = getattr(builtins, '__imp' + 'ort__')\n",
        "def step(:\n",
        "def step():\n    return '\0'\n",
    ],
)
def test_who_may_import_anything_is_touched_by_anything(tmp_path: Path, code: str) -> None:
    """Also where another test imports it by name, so that no import is seen to be missing."""
    two = f"{FILES['src/acme/two.py']}import acme.extra\n"
    base = {"src/acme/one.py": code, "src/acme/two.py": two, EXTRA: "SIZE = 4\n"}
    assert touch(tmp_path, base, {EXTRA: "SIZE = 1\n"}) == (T, T)
    plain = {**base, "src/acme/one.py": ONE}
    assert touch(tmp_path, plain, {EXTRA: "SIZE = 1\n"}) == (F, T)


def test_what_no_import_names_counts_for_all(tmp_path: Path) -> None:
    """A library imported it, by a name that it computed or read."""
    assert touch(tmp_path, {EXTRA: "SIZE = 4\n"}, {EXTRA: "SIZE = 1\n"}) == (T, T)


def test_what_it_imports_in_turn_counts_for_all_too(tmp_path: Path) -> None:
    """Whoever else imports that."""
    base = {EXTRA: "from acme import two\n"}
    assert touch(tmp_path, base, {"src/acme/two.py": "SIZE = 1\n"}) == (T, T)


@pytest.mark.parametrize("named", ["decoder", "json.decoder", ""])
def test_an_import_of_another_module_of_that_name_explains_nothing(
    tmp_path: Path, named: str
) -> None:
    """What was loaded by no name that an import has may have been loaded for any."""
    extra = "src/acme/decoder.py"
    base = {"src/acme/two.py": "import json.decoder\n", extra: "SIZE = 4\n"}
    told = Told(modules={extra: named or "acme.decoder"})
    assert touch(tmp_path, base, {extra: "SIZE = 1\n"}, told) == (T, T)


def test_imports_for_types_alone_never_run(tmp_path: Path) -> None:
    """They explain nothing that was loaded, and reach nothing."""
    one = f"from typing import TYPE_CHECKING\n{ONE}if TYPE_CHECKING:\n    from acme import two\n"
    base = {"src/acme/one.py": one}
    assert touch(tmp_path, base, {"src/acme/two.py": "SIZE = 1\n"}) == (F, T)


def test_what_was_loaded_in_turns_counts_for_their_workload(tmp_path: Path) -> None:
    """Whichever process loaded it: a script that is started imports what nobody names."""
    base = {EXTRA: "SIZE = 4\n", "src/acme/two.py": "import acme.extra\n"}
    told = Told(during={"one": (EXTRA,)})
    assert touch(tmp_path, base, {EXTRA: "SIZE = 1\n"}, told) == (T, T)
    assert touch(tmp_path, base, {EXTRA: "SIZE = 1\n"}) == (F, T)


def test_what_one_side_alone_loaded_differs(tmp_path: Path) -> None:
    """Although both have it."""
    base = {EXTRA: "SIZE = 4\n", "src/acme/two.py": "import acme.extra\n"}
    of_base = Told(first=tuple(name for name in FILES if name.endswith(".py")))
    assert touch(tmp_path, base, {}, None, of_base) == (F, T)


@pytest.mark.parametrize("opened", [True, False])
def test_data_that_was_opened_counts_for_all(tmp_path: Path, *, opened: bool) -> None:
    """One may read it, and another have it from a cache; what nobody opened touches nobody."""
    told = Told(data=("limit.json",) if opened else ())
    found = touch(tmp_path, {"limit.json": "4"}, {"limit.json": "1"}, told)
    assert found == ((T, T) if opened else (F, F))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("conftest.py", "SIZE = 4\n", (T, T)),
        ("tests/conftest.py", "SIZE = 4\n", (T, T)),
        ("other/conftest.py", "SIZE = 4\n", (F, F)),
        ("other/conftest.py", "def pytest_runtest_setup(item):\n    pass\n", (T, T)),
        ("other/conftest.py", "from hooks import *\n", (T, T)),
        ("other/conftest.py", "import acme\nacme.SIZE = 4\n", (T, T)),
    ],
)
def test_a_conftest_counts_for_its_folder_and_its_hooks_for_all(
    tmp_path: Path, name: str, text: str, expected: tuple[Touch, Touch]
) -> None:
    """As pytest has it."""
    told = Told(modules={name: "conftest"}, plugins=(name,))
    assert touch(tmp_path, {name: text}, {name: f"{text}# other\n"}, told) == expected


def test_a_plugin_of_the_tree_counts_for_all(tmp_path: Path) -> None:
    """Although a test imports it by its name."""
    base = {"src/fixtures.py": "SIZE = 4\n", "src/acme/two.py": "import fixtures\n"}
    head = {"src/fixtures.py": "SIZE = 1\n"}
    assert touch(tmp_path, base, head) == (F, T)
    assert touch(tmp_path, base, head, Told(plugins=("src/fixtures.py",))) == (T, T)


@pytest.mark.parametrize(
    ("code", "loud"),
    [
        ("import acme.lib\nacme.lib.SIZE = 1\n", True),
        ("import acme.lib\nacme.lib.SIZES['one'] = 1\n", True),
        ("import acme.lib as lib\nother = lib\nother.SIZE += 1\n", True),
        ("import acme.lib\ndel acme.lib.SIZE\n", True),
        ("import acme.lib\nacme.lib.register(1)\n", True),
        ("import acme.lib\nFOUND = acme.lib.register(1)\n", True),
        ("import acme.lib\nsetattr(acme.lib, 'SIZE', 1)\n", True),
        ("import acme.lib\ntry:\n    pass\nexcept OSError:\n    acme.lib.SIZE = 1\n", True),
        ("import acme.lib\nclass A:\n    acme.lib.SIZE = 1\n", True),
        ("import acme.lib\nfor one in [acme.lib]:\n    one.SIZE = 1\n", True),
        ("import acme.lib\nmatch 1:\n    case 1:\n        acme.lib.SIZE = 1\n", True),
        ("import sys\nsys.setswitchinterval(1)\n", True),
        ("import atexit\n@atexit.register\ndef end():\n    pass\n", True),
        ("from acme.lib import *\nSIZES['one'] = 1\n", True),
        ("import app\n@app.task\ndef step():\n    pass\n", True),
        ("'''What it is.'''\nSIZES = {}\nSIZES['one'] = 1\n(A, B) = (1, 2)\n", False),
        ("import pytest\npytest.importorskip('acme')\npytestmark = pytest.mark.slow\n", False),
        ("import functools\n@functools.lru_cache\ndef step():\n    pass\nstep.size = 1\n", False),
        (
            "class A:\n    @property\n    def b(self): ...\n    @b.setter\n    def b(self, c): 1\n",
            False,
        ),
        ("import acme.lib\nif __name__ == '__main__':\n    acme.lib.run()\n", False),
        (
            "import acme.lib\nSTEPS = acme.lib.steps(4)\nSETTINGS: int = acme.lib.settings()\n",
            False,
        ),
    ],
)
def test_what_changes_others_as_it_is_imported_counts_for_all(
    tmp_path: Path, code: str, *, loud: bool
) -> None:
    """All tests run in one process: what one of them patches, all have."""
    base, head = {"src/acme/two.py": code}, {"src/acme/two.py": f"{code}# other\n"}
    assert touch(tmp_path, base, head) == (T if loud else F, T)


def test_what_cannot_be_asked_is_unknown(tmp_path: Path) -> None:
    """Unless something is known to differ."""
    for kind in (UNASKED, PROGRAM):
        told = Told(started={"two": kind})
        assert touch(tmp_path, {}, {}, told) == (F, U)
        assert touch(tmp_path, {}, {}, Told(), told) == (F, U)
        assert touch(tmp_path, {}, {LIB: "SIZE = 1\n"}, told) == (T, U)


def test_what_was_started_may_serve_workloads_to_come(tmp_path: Path) -> None:
    """As one that a fixture of the session starts."""
    assert touch(tmp_path, {}, {}, Told(started={"one": PROGRAM})) == (U, U)


def test_a_workload_that_was_never_asked_after_is_unknown(tmp_path: Path) -> None:
    """It is not untouched because nobody looked."""
    assert touch(tmp_path, {}, {}, Told(worked=("two",))) == (U, F)
    assert touch(tmp_path, {}, {}, Told(), Told(worked=("one",))) == (F, U)


@pytest.mark.parametrize("executor", ["mpi", "dask", "of another package"])
def test_workers_that_stand_elsewhere_are_unknown(tmp_path: Path, executor: str) -> None:
    """As are those of executors that nobody here knows."""
    wanted = [Wanted(one.id, one.workload, executor, 2) for one in WANTED]
    evidence = proven(tmp_path, {}, {"src/acme/two.py": "SIZE = 1\n"})
    assert [*evidence.touches(wanted).values()] == [U, T]


def test_a_test_whose_file_was_not_seen_is_touched_by_anything(tmp_path: Path) -> None:
    """What it reaches, nobody knows."""
    code = tuple(name for name in FILES if name.endswith(".py") and "test_one" not in name)
    told = Told(first=code)
    assert touch(tmp_path, {}, {"src/acme/two.py": "SIZE = 1\n"}, told) == (T, T)
