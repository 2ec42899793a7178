"""The file of acknowledged losses: reviewed like code, each entry with a reason and an end.

::

    [[acknowledged]]
    cell = "benchmarks/test_primes.py::test_primes[process-4]"
    reason = "results are validated now; the cost was accepted in review"
    until = 2026-12-31
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import MAX_TOML_BYTES, brief, load_toml, read_file
from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from pathlib import Path

MAX_DAYS = 180
"""For which a loss is accepted: what is meant to stay is a new baseline."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A loss that was accepted.

    Attributes:
        cell: the id of the cell.
        reason: why.
        until: the last day on which it is accepted.
    """

    cell: str
    reason: str
    until: dt.date


def read_acknowledged(path: Path, today: dt.date) -> dict[str, Acknowledged]:
    """Read the losses that are acknowledged today, by cell.

    Raises:
        SpeedupError: the file cannot be read, an entry is incomplete, or one has expired or has no
            end in sight.
    """
    entries = read_entries(path)
    last = today + dt.timedelta(days=MAX_DAYS)
    for entry in entries.values():
        if entry.until < today:
            message = (
                f"{path}: the acknowledged loss of {entry.cell} expired on {entry.until}; "
                "mend the loss, or have a new date reviewed"
            )
            raise SpeedupError(message)
        if entry.until > last:
            message = (
                f"{path}: the loss of {entry.cell} is acknowledged until {entry.until}, and "
                f"{MAX_DAYS} days is the most: have a date until {last} reviewed"
            )
            raise SpeedupError(message)
    return entries


def read_entries(path: Path) -> dict[str, Acknowledged]:
    """Read all losses that a file acknowledges, by cell, whenever that ends.

    Raises:
        SpeedupError: the file cannot be read, or an entry is incomplete.
    """
    try:
        document = load_toml(read_file(path, MAX_TOML_BYTES))
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise SpeedupError(message) from error
    except ValueError as error:
        message = f"{path} is not TOML: {error}"
        raise SpeedupError(message) from error
    found = document.get("acknowledged", [])
    entries = [_entry(path, entry) for entry in (found if isinstance(found, list) else [found])]
    return {entry.cell: entry for entry in entries}


def _entry(path: Path, document: Any) -> Acknowledged:  # noqa: ANN401 - anything can stand there
    fields = document if isinstance(document, dict) else {}
    cell, reason, until = (fields.get(name) for name in ("cell", "reason", "until"))
    known = set(fields) == {"cell", "reason", "until"}
    named = isinstance(cell, str) and isinstance(reason, str) and reason.strip()
    if not (known and named and type(until) is dt.date):
        message = (
            f"{path}: every [[acknowledged]] entry has a cell, a reason and a date until, such as "
            f"2026-12-31, and nothing else; got {brief(document)}"
        )
        raise SpeedupError(message)
    return Acknowledged(str(cell), str(reason), until)
