"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from pytest_speedup.errors import SpeedupError
from pytest_speedup.platforms.patience import patiently
from pytest_speedup.storage.numbers import last_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class SaveError(SpeedupError):
    """A file could not be saved; what was there before is untouched."""


def write_over(path: Path, data: bytes) -> None:
    """Write a file, in one step in place of what was there.

    Raises:
        SaveError: it could not be written.
    """
    with _complete(path, data) as complete:
        patiently(lambda: complete.replace(path))


def write_new(folder: Path, suffix: str, data: bytes) -> Path:
    """Write a file under the next free number of its folder, ``0001_suffix`` and so on.

    Two runs that save at once get a number each.

    Returns:
        The file's path.

    Raises:
        SaveError: it could not be written.
    """
    number = last_number(folder) + 1
    with _complete(folder / f"{number:04}{suffix}", data) as complete:
        while True:
            path = folder / f"{number:04}{suffix}"
            if _claim(folder, number, complete, path):
                return path
            number += 1


def _claim(folder: Path, number: int, complete: Path, path: Path) -> bool:
    """Give the complete file its name, unless its number was taken meanwhile."""
    claim = folder / f".{number:04}.claim"
    try:
        os.close(patiently(lambda: os.open(claim, os.O_CREAT | os.O_EXCL)))
    except FileExistsError:
        return False
    try:
        if last_number(folder) >= number:
            return False
        patiently(lambda: complete.rename(path))
        return True
    finally:
        patiently(claim.unlink)


@contextmanager
def _complete(path: Path, data: bytes) -> Iterator[Path]:
    """Write the data beside its final place, and leave nothing of it behind."""
    temporary = path.with_name(f".{path.name[:100]}.{uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    except OSError as error:
        message = f"{path} could not be saved: {error.strerror}; nothing was changed"
        raise SaveError(message) from error
    finally:
        with suppress(OSError):
            temporary.unlink()
