"""Traces as messages: what a side recorded, in lists of numbers."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from pytest_speedup.model import Task, Trace

if TYPE_CHECKING:
    from collections.abc import Sequence


def write_trace(trace: Trace) -> Sequence[Any]:
    """Turn a trace into what JSON can hold."""
    return astuple(trace)


def read_trace(message: Sequence[Any]) -> Trace:
    """Read what :func:`write_trace` wrote."""
    begin, end, workers, tasks, pools, *rest = message
    return Trace(begin, end, workers, tuple(Task(*task) for task in tasks), tuple(pools), *rest)
