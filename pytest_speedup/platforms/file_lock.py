"""Locking a file, so that others see whether the process that did so still runs.

The system lets go of a lock when its process ends, however that is. POSIX has ``flock``, Windows
locks on bytes; both are on an open file, so that a second one of this process is refused as well.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed, without waiting.

    Returns:
        Whether it is locked now; false where somebody else holds it.

    Raises:
        OSError: this file system has no locks.
    """
    if sys.platform == "win32":
        return _try_lock_byte(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_lock_byte(descriptor: int) -> bool:
    if sys.platform == "win32":
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
    return True
