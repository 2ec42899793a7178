"""Which cells a change touches: through pytest, with real processes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import NOT_GREEN
from tests.clone import Clone

if TYPE_CHECKING:
    from tests.functional.project import Project

WORK = """
import time

from acme import {module}

def task(item):
    time.sleep(0.02)
    return {module}.step(item)

def work(executor, items):
    return list(executor.map(task, range(items)))

def test_{name}(speedup):
    speedup(work, 4)
"""
FILES = {
    ".gitignore": "__pycache__\nstd*\nrunpytest*\n",
    "pytest.ini": "[pytest]\npythonpath = src\n",
    "README.md": "acme\n",
    "limit.json": "4\n",
    "src/acme/__init__.py": "",
    "src/acme/pools.py": "SIZE = 4\n",
    "src/acme/one.py": "from .pools import SIZE\n\ndef step(item):\n    return item\n",
    "src/acme/two.py": "def step(item):\n    return item\n",
    "tests/test_one.py": WORK.format(module="one", name="one"),
    "tests/test_two.py": WORK.format(module="two", name="two"),
    "tests/test_units.py": "from acme import one, two\n\ndef test_step():\n    one.step(1)\n",
}

T, F, N = "touched", "untouched", "unknown"


@pytest.fixture
def clone(project: Project) -> Clone:
    """Two workloads, each with a module of its own, and tests beside them."""
    (project.path / "test_work.py").unlink()
    clone = Clone(project.path)
    for name, text in FILES.items():
        file = project.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return clone


def touch(project: Project, clone: Clone, change: dict[str, str], *args: str) -> tuple[str, str]:
    """Commit what there is, change files, and compare; say what is known of both workloads."""
    clone.git("add", "--all")
    clone.git("commit", "--quiet", "--message=base")
    for name, text in change.items():
        (project.path / name).write_text(text)
    result = project.run_apart(
        *("--benchmark-only", "--speedup-against=HEAD", "--speedup-fail=99%"),
        *("--speedup-budget=0", "--speedup-report=std.json,std.md,std.html"),
        *args,
    )
    assert result.ret in {0, NOT_GREEN}
    document = json.loads((project.path / "std.json").read_text())
    found = {one["id"].partition("::")[2]: one["touch"] for one in document["cells"]}
    kinds = [*found.values()]
    assert document["proof"]["touches"] == {kind: kinds.count(kind) for kind in (T, N, F)}
    said = [line for line in result.stdout.lines if line.startswith("touched: ")]
    for name in ("std.md", "std.html"):
        assert said[0] in (project.path / name).read_text()
    of_one, of_two = (
        next(value for name, value in found.items() if name.startswith(f"test_{each}["))
        for each in ("one", "two")
    )
    return of_one, of_two


LAZY = "def step(item):\n    from acme.pools import SIZE\n    return item + SIZE - SIZE\n"
COMPUTED = """
import importlib

def step(item):
    importlib.import_module("acme." + "slop"[::-1].replace("pols", "pools"))
    return item
"""
OPENING = """
import pathlib

def step(item):
    (pathlib.Path(__file__).parents[2] / "limit.json").read_text()
    return item
"""
STARTING = """
import subprocess
import sys

def step(item):
    subprocess.run([{program}], check=True)
    return item
"""
SCRIPT = 'sys.executable, __file__.replace("one.py", "pools.py")'
PLAIN = FILES["src/acme/two.py"]
OTHER = "SIZE = 5\n"
SPAWNED = ("--speedup-executors=process", "--speedup-start-method=spawn")


@pytest.mark.parametrize(
    ("one", "changed", "text", "args", "expected"),
    [
        ("", "README.md", "other\n", (), (F, F)),
        ("", "src/acme/two.py", f"{PLAIN}# other\n", (), (F, T)),
        ("", "src/acme/two.py", f"{PLAIN}# other\n", SPAWNED, (F, T)),
        ("", "src/acme/pools.py", OTHER, (), (T, F)),
        ("", "tests/test_units.py", f"{FILES['tests/test_units.py']}# other\n", (), (F, F)),
        ("", "pytest.ini", f"{FILES['pytest.ini']}# other\n", (), (T, T)),
        (LAZY, "src/acme/pools.py", OTHER, (), (T, F)),
        (COMPUTED, "src/acme/pools.py", OTHER, (), (T, T)),
        (OPENING, "limit.json", "1\n", SPAWNED, (T, T)),
        (STARTING.format(program=SCRIPT), "src/acme/pools.py", OTHER, (), (T, T)),
        (STARTING.format(program='"true"'), "README.md", "other\n", (), (N, N)),
    ],
    ids=[
        *("a page", "another's module", "in workers", "a constant", "other tests", "settings"),
        *("a late import", "a computed import", "data", "another process", "a program"),
    ],
)
def test_a_change_touches_who_reaches_it(  # noqa: PLR0917 - a table
    project: Project,
    clone: Clone,
    one: str,
    changed: str,
    text: str,
    args: tuple[str, ...],
    expected: tuple[str, str],
) -> None:
    """From the file of its test on, or by what was loaded while it ran."""
    if one:
        (project.path / "src" / "acme" / "one.py").write_text(one)
    assert touch(project, clone, {changed: text}, *args) == expected
