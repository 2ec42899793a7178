"""Samples to and from the ``extra_info`` of a benchmark in pytest-benchmark's JSON.

The document stands under :data:`KEY` and is plain JSON: no NaN, no infinity, strings for names.
Durations are in seconds, but for those of the rounds (:mod:`~pytest_speedup.storage.rounds_text`).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents.fields import (
    LARGEST_LOG,
    MOST_SECONDS,
    brief,
    is_number,
    number,
    switch,
    text,
    workers,
)
from pytest_speedup.errors import SpeedupError
from pytest_speedup.losses.stored import read_stacks, write_stacks
from pytest_speedup.model import (
    KERNEL_PARALLEL,
    KERNEL_SERIAL,
    PARALLEL,
    SERIAL,
    Bound,
    Ceiling,
    Cell,
    Reading,
    Readings,
    Samples,
    SavedCell,
)
from pytest_speedup.statistics import read_readings
from pytest_speedup.storage.rounds_text import read_rounds, write_rounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_speedup.model import Estimate, Machine, Round, Summary

KEY = "speedup"
VERSION = 1


def to_extra_info(summary: Summary, *, begins: bool = False) -> dict[str, Any]:
    """Write one cell's samples, and what they say, as JSON values.

    Args:
        summary: the cell.
        begins: whether it begins a new baseline.
    """
    samples, cell = summary.samples, summary.samples.cell
    return {
        "version": VERSION,
        "begins_baseline": begins,
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
        "readings": _readings(read_readings(samples.rounds)),
        "stacks": write_stacks(samples.stacks),
        "rounds": write_rounds(samples.rounds),
        "ceiling_rounds": _separate_kernel(samples),
    }


def from_extra_info(cell_id: str, document: Mapping[str, Any]) -> Samples:
    """Read the samples that :func:`to_extra_info` wrote.

    Raises:
        SpeedupError: they cannot be read.
    """
    with readable(cell_id):
        return _samples(cell_id, document)


def read_saved_cell(
    run: str,
    machine: Machine,
    cell_id: str,
    document: Mapping[str, Any],
    *,
    commit: str = "",
    created: str = "",
) -> SavedCell:
    """Read what a saved cell is compared by, and leave its rounds alone.

    Args:
        run: name of the saved run.
        machine: where it was measured.
        cell_id: the cell.
        document: what :func:`to_extra_info` wrote.
        commit: of the code; empty where it is not known.
        created: when it was saved; empty where it is not known.

    Raises:
        SpeedupError: it cannot be read.
    """
    with readable(cell_id):
        readings = document["readings"]
        return SavedCell(
            run,
            _cell(cell_id, document),
            switch(document["begins_baseline"]),
            Bound(document["bound"]),
            machine,
            Readings(
                _reading(readings["speedup"]),
                None if readings["ceiling"] is None else _reading(readings["ceiling"]),
                _reading(readings["parallel"]),
            ),
            read_stacks(document["stacks"]),
            commit,
            created,
        )


@contextmanager
def readable(cell_id: str) -> Iterator[None]:
    """Turn what goes wrong in a damaged document into one clear line."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else error
        message = f"the speedup data of {cell_id} cannot be read: {reason}"
        raise SpeedupError(message) from error


def _cell(cell_id: str, document: Mapping[str, Any]) -> Cell:
    if document["version"] != VERSION:
        message = f"it has version {brief(document['version'])}, this plugin reads {VERSION}"
        raise ValueError(message)
    return Cell(
        id=cell_id,
        workload=text(document["workload"]),
        executor=text(document["executor"]),
        workers=workers(document["workers"]),
        size=text(document["size"]),
    )


def _samples(cell_id: str, document: Mapping[str, Any]) -> Samples:
    cell, bound = _cell(cell_id, document), Bound(document["bound"])
    rounds = read_rounds(document["rounds"], {SERIAL, PARALLEL})
    return Samples(
        cell=cell,
        rounds=rounds,
        ceiling=_ceiling(document["ceiling_rounds"], bound, rounds),
        cold_start=number(document["cold_start"], 0, MOST_SECONDS),
        bound=bound,
        oversubscribed=switch(document["oversubscribed"]),
        stacks=read_stacks(document["stacks"]),
    )


def _separate_kernel(samples: Samples) -> str | None:
    """Write the kernel's rounds, unless they are the cell's own or there are none."""
    if samples.ceiling is None or samples.ceiling.rounds == samples.rounds:
        return None
    return write_rounds(samples.ceiling.rounds)


def _ceiling(separate: str | None, bound: Bound, rounds: tuple[Round, ...]) -> Ceiling | None:
    if separate is not None:
        return Ceiling(bound, read_rounds(separate, {KERNEL_SERIAL, KERNEL_PARALLEL}))
    return Ceiling(bound, rounds) if rounds[0].seconds(KERNEL_SERIAL) else None


def _readings(readings: Readings) -> dict[str, list[float] | None]:
    ceiling = readings.ceiling
    return {
        "speedup": [readings.speedup.value, readings.speedup.error],
        "ceiling": None if ceiling is None else [ceiling.value, ceiling.error],
        "parallel": [readings.parallel.value, readings.parallel.error],
    }


def _reading(document: Sequence[float]) -> Reading:
    value, error = document
    known = is_number(value) and is_number(error)
    if not known or abs(value) > LARGEST_LOG or not 0 <= error <= LARGEST_LOG:
        message = f"{brief(document)} is no reading"
        raise ValueError(message)
    return Reading(value, error)


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "confidence": estimate.confidence,
    }
