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
    time.sleep(0.002)
    return {module}.step(item)

def work(executor, items):
    return list(executor.map(task, range(items)))

def test_{name}(speedup):
    speedup(work, 3)
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


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("README.md", "other\n", (F, F)),
        ("src/acme/two.py", FILES["src/acme/two.py"] + "\n# other\n", (F, T)),
        ("src/acme/pools.py", "SIZE = 5\n", (T, F)),
        ("src/acme/__init__.py", "SIZE = 5\n", (T, T)),
        ("tests/test_one.py", FILES["tests/test_one.py"] + "\n# other\n", (T, F)),
        ("tests/test_units.py", FILES["tests/test_units.py"] + "\n# other\n", (F, F)),
        ("pytest.ini", FILES["pytest.ini"] + "# other\n", (T, T)),
    ],
)
def test_a_change_touches_who_reaches_it(
    project: Project, clone: Clone, name: str, text: str, expected: tuple[str, str]
) -> None:
    """By imports, from the test's file on."""
    assert touch(project, clone, {name: text}) == expected
