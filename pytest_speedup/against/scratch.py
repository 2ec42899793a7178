"""Temporary folders of a comparison; what one could not remove, the next one does.

Beside each folder lies a file that its owner keeps locked for as long as it runs. A killed process
holds no lock, in whatever container it ran: the folder of an unlocked file belongs to nobody. The
file comes before the folder and goes after it, so that no moment leaves a folder without one.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pytest_speedup.against.side import SideError
from pytest_speedup.model.text import word_cause
from pytest_speedup.platforms import remove_tree, try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    Kind = Literal["base", "base-env", "building", "gil", "sides", "site"]

OWNED = re.compile(r"speedup-(base|base-env|building|gil|sides|site)-[0-9a-f]{8}\.owner")
"""Names of the files beside the folders."""

ATTEMPTS = 100
"""Names that are tried: one is lost only to a run that clears it before it is locked."""

_HELD: set[tuple[int, int]] = set()
"""Files that this process holds, by device and number.

Over a network a lock may be the process's and not the open file's: it would get its own again.
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """The right to a folder.

    Attributes:
        file: the file beside it.
        descriptor: of that file, open and locked.
    """

    file: Path
    descriptor: int

    @property
    def folder(self) -> Path:
        """The folder."""
        return self.file.with_suffix("")


@contextmanager
def made(kind: Kind, within: Path | None = None) -> Iterator[Path]:
    """Make a folder, and remove it whatever happens; first clear those that nobody owns.

    Args:
        kind: what it is for, as its name says: ``speedup-KIND-`` and eight random letters.
        within: where; the system's folder for temporary files unless given.

    Raises:
        SideError: it cannot be made.
    """
    owner = _claim(kind, within)
    try:
        yield owner.folder
    finally:
        _remove(owner)


def clear(within: Path) -> None:
    """Remove the folders of owners that are gone; those of others and of other users stay."""
    with suppress(OSError), os.scandir(within) as entries:
        files = [Path(entry.path) for entry in entries if OWNED.fullmatch(entry.name)]
        for file in files:
            _clear(file)


def forget_oldest(cache: Path, pattern: str, most: int) -> None:
    """Keep no more than so many folders of what is kept: the oldest ones go."""
    with suppress(OSError):
        kept = sorted(cache.glob(pattern), key=lambda one: one.stat().st_mtime)
        for one in kept[:-most]:
            shutil.rmtree(one, ignore_errors=True)


def _claim(kind: Kind, within: Path | None) -> Owner:
    place = within
    try:
        place = place or Path(tempfile.gettempdir())
        clear(place)
        owner = _own(kind, place)
        _make_folder(owner)
    except OSError as error:
        message = (
            f"no folder can be made in {place or 'the folder of temporary files'}: "
            f"{word_cause(error)}; make room there, or name another one with TMPDIR"
        )
        raise SideError(message) from error
    return owner


def _own(kind: Kind, place: Path) -> Owner:
    for _ in range(ATTEMPTS):
        file = place / f"speedup-{kind}-{secrets.token_hex(4)}.owner"
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if _is_locked(descriptor) and _is_still(file, descriptor):
            _HELD.add(_identity(os.fstat(descriptor)))
            return Owner(file, descriptor)
        os.close(descriptor)
    message = f"{ATTEMPTS} new files were taken away"
    raise OSError(message)


def _make_folder(owner: Owner) -> None:
    try:
        owner.folder.mkdir(mode=0o700)
    except BaseException:
        _remove(owner)
        raise


def _is_locked(descriptor: int) -> bool:
    """Lock a new file; where there are no locks, nobody else gets it either, and it stays."""
    try:
        return try_lock(descriptor)
    except OSError:
        return True


def _clear(file: Path) -> None:
    """Remove a folder and the file beside it, if nobody holds it and both are this user's own."""
    with suppress(OSError):
        seen = file.lstat()
        if not stat.S_ISREG(seen.st_mode) or _identity(seen) in _HELD:
            return
        descriptor = os.open(file, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        try:
            nobodys = try_lock(descriptor) and _is_still(file, descriptor) and _is_ours(seen)
            if nobodys:
                _empty(file.with_suffix(""))
        finally:
            os.close(descriptor)
        if nobodys:
            _forget(file)


def _remove(owner: Owner) -> None:
    try:
        _empty(owner.folder)
    finally:
        _HELD.discard(_identity(os.fstat(owner.descriptor)))
        os.close(owner.descriptor)  # Windows removes no open file
    _forget(owner.file)


def _empty(folder: Path) -> None:
    with suppress(OSError):
        seen = folder.lstat()
        if stat.S_ISDIR(seen.st_mode) and _is_ours(seen):
            remove_tree(folder)


def _forget(file: Path) -> None:
    """Remove the file beside a folder, unless something in that could not be removed."""
    with suppress(OSError):
        if not os.path.lexists(file.with_suffix("")):
            file.unlink()


def _is_still(file: Path, descriptor: int) -> bool:
    """Whether an open file is what its name leads to: somebody may have cleared it meanwhile."""
    try:
        return _identity(file.lstat()) == _identity(os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _is_ours(seen: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or seen.st_uid == os.getuid()


def _identity(seen: os.stat_result) -> tuple[int, int]:
    return seen.st_dev, seen.st_ino
