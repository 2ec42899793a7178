"""The payload of the event that started a workflow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import load_json, read_file
from pytest_speedup.errors import SpeedupError

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_event(variables: Mapping[str, str]) -> dict[str, Any]:
    """Read it from where GitHub has put it.

    See https://docs.github.com/en/actions/reference/workflows-and-actions/variables

    Args:
        variables: as in ``os.environ``.

    Raises:
        SpeedupError: there is none.
    """
    path = variables.get("GITHUB_EVENT_PATH", "")
    try:
        payload: dict[str, Any] = load_json(read_file(Path(path)))
    except (OSError, ValueError) as error:
        message = f"GITHUB_EVENT_PATH is the payload of an event; {path!r} is not: {error}"
        raise SpeedupError(message) from error
    return payload
