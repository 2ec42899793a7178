"""How many worker processes one pool may have.

Windows waits for at most 64 handles at once (``MAXIMUM_WAIT_OBJECTS`` of WaitForMultipleObjects),
of which the pool needs three: ``ProcessPoolExecutor`` refuses more than 61 with a ValueError, and
loky makes do with 61. Source: https://docs.python.org/3/library/concurrent.futures.html
"""

from __future__ import annotations

import sys

from pytest_speedup.errors import SpeedupError

MOST_ON_WINDOWS = 61


def refuse_too_many(executor: str, workers: int) -> None:
    """Refuse a pool of more processes than this platform can wait for.

    Raises:
        SpeedupError: there are too many.
    """
    if sys.platform == "win32" and workers > MOST_ON_WINDOWS:
        message = (
            f"{executor} executor: Windows waits for at most {MOST_ON_WINDOWS} processes, and "
            f"{workers} workers were asked for: choose fewer with --speedup-workers or the marker"
        )
        raise SpeedupError(message)
