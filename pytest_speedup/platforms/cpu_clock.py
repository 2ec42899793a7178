"""How finely a platform counts CPU time.

Windows charges a thread with a whole tick of its scheduler, 1/64 s, or with nothing, although
``time.get_clock_info`` says 100 ns. Source: https://bugs.python.org/issue37859
"""

from __future__ import annotations

import sys

TICK = 1 / 64


def cpu_clock_step() -> float:
    """Return the seconds that CPU time goes up by at once; 0 where that is negligible."""
    return TICK if sys.platform == "win32" else 0.0
