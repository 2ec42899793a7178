"""Recordings: many runs of the same code, to try rules on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_speedup.model import PARALLEL, SERIAL, Bound
from pytest_speedup.storage import read_rounds, write_rounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
"""The cells of one run, by name."""


def write_run(run: Mapping[str, RecordedCell]) -> str:
    """Write a run as one line of JSON."""
    document = {
        name: [cell.bound.value, *map(write_rounds, cell.blocks)] for name, cell in run.items()
    }
    return json.dumps(document, separators=(",", ":"))


def read_runs(lines: Iterable[str]) -> list[RecordedRun]:
    """Read the runs of a recording, one per line.

    Raises:
        ValueError: a line is not what :func:`write_run` writes.
    """
    return [_read_run(json.loads(line)) for line in lines]


def _read_run(document: Mapping[str, Any]) -> RecordedRun:
    return {
        name: RecordedCell(Bound(bound), tuple(read_rounds(block, _ARMS) for block in blocks))
        for name, (bound, *blocks) in document.items()
    }
