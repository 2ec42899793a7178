"""Saved runs, as pytest-benchmark writes files and this project what it knows of a cell."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_benchmark.utils import get_machine_id

from pytest_speedup.statistics import summarize
from pytest_speedup.storage import KEY, to_extra_info, to_machine_info, write_new
from tests.samples import MACHINE, make_cell, make_samples

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_speedup.losses.stack import Stack

PLATFORM = get_machine_id()
THREAD, PROCESS = (make_cell(name).id for name in ("thread", "process"))


def run_of(
    speedups: Mapping[str, float],
    day: int,
    *,
    begins: bool = False,
    stacks: tuple[Stack, ...] = (),
    **machine: object,
) -> dict[str, Any]:
    """Make a saved run.

    Args:
        speedups: by the name of a cell, such as ``thread-2``.
        day: of the month on which it was saved, which is the commit's name, too.
        begins: whether it begins a new baseline.
        stacks: where the time of each cell went.
        machine: what differs from the usual one.
    """
    cells = []
    for name, speedup in speedups.items():
        executor, _, workers = name.rpartition("-")
        cell = make_cell(executor, int(workers))
        samples = replace(make_samples(speedup, cell), stacks=stacks)
        info = to_extra_info(summarize(samples), begins=begins)
        cells.append({"fullname": cell.id, "extra_info": {KEY: info}, "stats": {}})
    return {
        "datetime": f"2026-11-{day:02}T12:00:00.000000+00:00",
        "commit_info": {"id": f"{day:02x}" * 20, "project": "work"},
        "machine_info": {KEY: {**to_machine_info(MACHINE), **machine}},
        "version": "5.3.1",
        "benchmarks": cells,
    }


def save(
    folder: Path,
    speedups: Mapping[str, float],
    day: int,
    *,
    platform: str = PLATFORM,
    **more: Any,  # noqa: ANN401 - as above
) -> Path:
    """Save it, under the next number of its platform."""
    document = run_of(speedups, day, **more)
    data = json.dumps(document, allow_nan=False).encode()
    return write_new(folder / platform, "_run.json", data)
