"""Base against head: two commits in processes of their own, measured in the same rounds."""

from pytest_speedup.against import scratch
from pytest_speedup.against.base import Base, checked_out, find_base
from pytest_speedup.against.budget import Budget
from pytest_speedup.against.comparison import Comparison
from pytest_speedup.against.environment import installed
from pytest_speedup.against.git import GitError, run_git
from pytest_speedup.against.side import Code, Side, SideError, copy_plugin, running, sources_in
from pytest_speedup.against.traces import read_trace, write_trace

__all__ = [
    "Base",
    "Budget",
    "Code",
    "Comparison",
    "GitError",
    "Side",
    "SideError",
    "checked_out",
    "copy_plugin",
    "find_base",
    "installed",
    "read_trace",
    "run_git",
    "running",
    "scratch",
    "sources_in",
    "write_trace",
]
