"""Executors that run on this machine, in this Python, with nothing else started first."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from pytest_speedup.executors import USUAL

HERE = (
    *USUAL,
    "asyncio",
    *(("interpreter",) if sys.version_info >= (3, 14) else ()),
    *(("loky",) if find_spec("loky") else ()),
)

SENDING = tuple(name for name in HERE if name in ("process", "interpreter", "loky"))
"""Those whose workers share no objects with the caller."""
