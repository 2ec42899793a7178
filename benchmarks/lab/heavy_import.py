"""A module that takes long to import, as heavy libraries do."""

from __future__ import annotations

import time

time.sleep(0.3)


def wait(seconds: float) -> float:
    time.sleep(seconds)
    return seconds
