"""A side that runs, as a process of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pytest_speedup.against.answers import read_workloads

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
    code = Code(root, [root], sys.executable, arguments, NO_ENTRY_POINTS)
    plugin = copy_plugin(tmp_path / "plugin")
    with running("base", code, plugin, logs, seed=1) as side:
        assert list(side.ask({"describe": True}, read_workloads)) == ["test_work.py::test_work"]
