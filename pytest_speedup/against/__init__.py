"""Base against head: two commits in processes of their own, measured in the same rounds."""

from pytest_speedup.against.base import Base, checked_out, find_base
from pytest_speedup.against.comparison import Comparison
from pytest_speedup.against.environment import installed
from pytest_speedup.against.side import Code, SideError, sources_in
from pytest_speedup.against.traces import read_trace, write_trace

__all__ = [
    "Base",
    "Code",
    "Comparison",
    "SideError",
    "checked_out",
    "find_base",
    "installed",
    "read_trace",
    "sources_in",
    "write_trace",
]
