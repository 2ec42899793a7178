"""Logs of live runs, one per line of JSON, so that they go on where they stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.documents import load_json, read_file
from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

R = TypeVar("R")


def append_line(log: Path, document: object) -> None:
    """Write a run to a log."""
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(document, separators=(",", ":")) + "\n")


def read_lines(log: Path, read: Callable[[Any], R]) -> list[R]:
    """Read what has run so far; nothing where there is no log yet.

    Args:
        log: the file.
        read: takes a line apart, and raises where it is no run.

    Raises:
        SpeedupError: it cannot be read, or is not what :func:`append_line` wrote.
    """
    if not log.exists():
        return []
    try:
        return [read(load_json(line)) for line in read_file(log).splitlines()]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"log {log} cannot be read ({error}): name another one with --log"
        raise SpeedupError(message) from error
