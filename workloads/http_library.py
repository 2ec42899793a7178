"""The libraries of downloads over real sockets, which nothing else here needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pytest_speedup import SpeedupError


def library(name: str) -> Any:  # noqa: ANN401 - a module
    """Import httpx, aiohttp or uvicorn.

    Raises:
        SpeedupError: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        what = "aiohttp" if name == "aiohttp" else "'pytest-speedup[http]'"
        message = f"downloads over HTTP need {name}: python -m pip install {what}"
        raise SpeedupError(message) from error
