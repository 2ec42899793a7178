"""Files that are there whole or not at all, and nowhere but where they belong."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pytest_speedup.errors import SpeedupError
from pytest_speedup.platforms import patiently
from pytest_speedup.storage.saved import last_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def refuse_way_out(path: Path, trees: Iterable[Path]) -> None:
    """Make sure that what is named in a tree lies in it.

    A pull request may bring a link in place of the folder that a workflow names. A path that is
    named outside of the tree is the user's own choice.

    Args:
        path: where something is to be written.
        trees: root directories; the first that the path is named in counts.

    Raises:
        SaveError: a link on the way leads elsewhere.
    """
    named = Path(os.path.normpath(path.absolute()))
    for tree in trees:
        if named.is_relative_to(Path(os.path.normpath(tree.absolute()))):
            if not named.parent.resolve().is_relative_to(tree.resolve()):
                message = (
                    f"{path} could not be saved: a link on the way leads out of {tree}; "
                    "name the folder that it leads to"
                )
                raise SaveError(message)
            return


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
