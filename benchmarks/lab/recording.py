"""Recordings: many runs of the same code, to try rules on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import load_json, read_file
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import PARALLEL, SERIAL, Bound
from pytest_speedup.storage import read_rounds, write_rounds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_speedup.model import Round

_ARMS = {SERIAL, PARALLEL}


@dataclass(frozen=True, slots=True)
class RecordedCell:
    """One cell in one run.

    Attributes:
        bound: what the workload spends its time on.
        blocks: rounds by block, each in a pool of workers of its own, one right after another.
    """

    bound: Bound
    blocks: tuple[tuple[Round, ...], ...]


RecordedRun = dict[str, RecordedCell]
"""The cells of one run, by name: workload, executor and worker count, as ``primes process-2``."""


def executor_of(name: str) -> str:
    """Name of the executor of a recorded cell."""
    return name.split()[1].rpartition("-")[0]


def write_run(run: Mapping[str, RecordedCell]) -> str:
    """Write a run as one line of JSON."""
    document = {
        name: [cell.bound.value, *map(write_rounds, cell.blocks)] for name, cell in run.items()
    }
    return json.dumps(document, separators=(",", ":"))


def read_recording(path: Path) -> list[RecordedRun]:
    """Read the runs of a recording, one per line, all of the same cells.

    Raises:
        SpeedupError: it cannot be read, or is not what :func:`write_run` writes.
    """
    try:
        runs = [_read_run(load_json(line)) for line in read_file(path).splitlines()]
    except OSError as error:
        message = (
            f"recording {path} cannot be read: {error.strerror}; run this from a clone of the "
            "project, or name another one"
        )
        raise SpeedupError(message) from error
    except (ValueError, KeyError, TypeError, AttributeError, SpeedupError) as error:
        message = f"recording {path} is damaged ({error}): record it anew"
        raise SpeedupError(message) from error
    if len({frozenset(run) for run in runs}) != 1:
        message = f"recording {path} needs runs, all of the same cells: record it anew"
        raise SpeedupError(message)
    return runs


def _read_run(document: Mapping[str, Any]) -> RecordedRun:
    return {
        name: RecordedCell(Bound(bound), tuple(read_rounds(block, _ARMS) for block in blocks))
        for name, (bound, *blocks) in document.items()
    }
