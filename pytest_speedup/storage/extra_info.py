"""Samples to and from the ``extra_info`` of a benchmark in pytest-benchmark's JSON.

The document stands under :data:`KEY` and is plain JSON: no NaN, no infinity, strings for names.
Durations are in seconds, but for those of the rounds (:mod:`~pytest_speedup.storage.rounds_text`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import Bound, Ceiling, Cell, Samples
from pytest_speedup.storage.rounds_text import read_rounds, write_rounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.model import Estimate, Summary

KEY = "speedup"
VERSION = 1


def to_extra_info(summary: Summary) -> dict[str, Any]:
    """Write one cell's samples, and what they say, as JSON values."""
    samples, cell = summary.samples, summary.samples.cell
    return {
        "version": VERSION,
        "workload": cell.workload,
        "executor": cell.executor,
        "workers": cell.workers,
        "size": cell.size,
        "bound": samples.bound.value,
        "oversubscribed": samples.oversubscribed,
        "cold_start": samples.cold_start,
        "speedup": _estimate(summary.speedup),
        "ceiling": None if summary.ceiling is None else _estimate(summary.ceiling),
        "efficiency": summary.efficiency,
        "rounds": write_rounds(samples.rounds),
        "ceiling_rounds": None if samples.ceiling is None else write_rounds(samples.ceiling.rounds),
    }


def from_benchmark(benchmark: Mapping[str, Any]) -> Samples | None:
    """Read the samples of one entry of ``benchmarks``.

    Returns:
        The samples, or None where the entry is not a speedup cell.

    Raises:
        SpeedupError: the entry is a speedup cell that cannot be read.
    """
    if KEY not in benchmark.get("extra_info", {}):
        return None
    try:
        return _samples(benchmark["fullname"], benchmark["extra_info"][KEY])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"the speedup data of {benchmark.get('fullname')!r} cannot be read: {error!r}"
        raise SpeedupError(message) from error


def _samples(cell_id: str, document: Mapping[str, Any]) -> Samples:
    if document["version"] != VERSION:
        message = f"it has version {document['version']!r}, this plugin reads {VERSION}"
        raise ValueError(message)
    bound = Bound(document["bound"])
    kernel = document["ceiling_rounds"]
    return Samples(
        cell=Cell(
            id=cell_id,
            workload=str(document["workload"]),
            executor=str(document["executor"]),
            workers=int(document["workers"]),
            size=str(document["size"]),
        ),
        rounds=read_rounds(document["rounds"]),
        ceiling=None if kernel is None else Ceiling(bound, read_rounds(kernel)),
        cold_start=float(document["cold_start"]),
        bound=bound,
        oversubscribed=bool(document["oversubscribed"]),
    )


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "confidence": estimate.confidence,
    }
