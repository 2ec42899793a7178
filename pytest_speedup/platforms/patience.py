"""Files that somebody else has open: Windows neither replaces, renames nor removes them.

Virus scanners and indexers open a new file for some milliseconds, and a file that was removed while
it was open keeps its name until it is closed; all of that is told as a missing permission.
Source: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-createfilew
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")

PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between attempts."""


def patiently(action: Callable[[], R]) -> R:
    """Do something with a file, on Windows again for two seconds while it is refused.

    Elsewhere a missing permission stays missing, and is told at once.

    Raises:
        PermissionError: it was refused to the end.
    """
    if sys.platform == "win32":
        for pause in PAUSES:
            with suppress(PermissionError):
                return action()
            time.sleep(pause)
    return action()
