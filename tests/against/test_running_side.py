"""A side that runs, as a process of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pytest_speedup.against.protocol import Describe, Described
from pytest_speedup.against.side import Code, copy_plugin, running

if TYPE_CHECKING:
    from pathlib import Path

TEST = """
def work(executor):
    return list(executor.map(abs, [1]))

def test_work(speedup):
    speedup(work)
"""

NO_ENTRY_POINTS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def test_a_side_loads_the_plugin_by_its_name(tmp_path: Path) -> None:
    """In an environment of the base's own nothing else would: only head's has it installed."""
    (root := tmp_path / "tree").mkdir()
    (logs := tmp_path / "logs").mkdir()
    (root / "test_work.py").write_text(TEST)
    arguments = ["-ppytest_benchmark.plugin", "--rootdir=.", "--speedup-workers=2", "-q"]
    code = Code(root, [root], sys.executable, arguments, variables=NO_ENTRY_POINTS)
    code = code.collecting(["test_work.py"])
    plugin = copy_plugin(tmp_path / "plugin", "pytest_speedup.plugin.serving")
    with running("base", code, plugin, logs, seed=1) as side:
        described = side.ask(Describe("", ""), Described)
    assert [one.id for one in described.cells] == [
        f"test_work.py::test_work[{cell}]" for cell in ("serial-1", "thread-2", "process-2")
    ]
    assert described.uncollected == {}
