"""Saved runs: pytest-benchmark's files, read strictly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import load_json, read_file
from pytest_speedup.documents.fields import text
from pytest_speedup.errors import SpeedupError
from pytest_speedup.storage.extra_info import KEY, read_saved_cell
from pytest_speedup.storage.machine_info import KEY as MACHINE_KEY
from pytest_speedup.storage.machine_info import from_machine_info

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_speedup.model import SavedCell

MEND = "restore it from version control, or remove it and save a new baseline"


def read_run(path: Path) -> list[SavedCell]:
    """Read the speedup cells of one saved run; a run of other benchmarks has none.

    A file that cannot be understood is an error, never an empty run: what cannot be compared
    must not look like something that passed.

    Raises:
        SpeedupError: the file cannot be read, or is damaged.
    """
    try:
        document = load_json(read_file(path))
    except OSError as error:
        message = f"baseline {path} cannot be read: {error.strerror}; check its permissions"
        raise SpeedupError(message) from error
    except ValueError as error:
        message = f"baseline {path} is damaged ({error}): {MEND}"
        raise SpeedupError(message) from error
    try:
        return list(_cells(path.name, document))
    except SpeedupError as error:
        message = f"baseline {path} is damaged ({error}): {MEND}"
        raise SpeedupError(message) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"baseline {path} is not a file of pytest-benchmark ({error!r}): {MEND}"
        raise SpeedupError(message) from error


def _cells(run: str, document: dict[str, Any]) -> Iterator[SavedCell]:
    cells = [one for one in document["benchmarks"] if KEY in one["extra_info"]]
    if not cells:
        return
    machine = from_machine_info(document["machine_info"][MACHINE_KEY])
    commit = text((document.get("commit_info") or {}).get("id") or "")
    created = text(document.get("datetime", ""))
    for one in cells:
        name, info = text(one["fullname"]), one["extra_info"][KEY]
        yield read_saved_cell(run, machine, name, info, commit=commit, created=created)
