"""Downloads: simulated I/O wait."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup import with_coroutine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup import Executor


class Load(NamedTuple):
    """How much is downloaded.

    Attributes:
        items: how many downloads.
        seconds: how long each one takes.
    """

    items: int
    seconds: float


SIZES = {
    "quick": Load(items=8, seconds=0.001),
    "default": Load(items=8, seconds=0.0125),
    "seed": Load(items=10, seconds=0.4),
}


async def download_async(item: int, seconds: float) -> str:
    """Do the same on an event loop."""
    import asyncio  # noqa: PLC0415 - slow, and no process or thread needs it

    await asyncio.sleep(seconds)
    return f"item-{item}"


@with_coroutine(download_async)
def download(item: int, seconds: float) -> str:
    """Wait as for a server, and return what it sent."""
    time.sleep(seconds)
    return f"item-{item}"


def arrivals(executor: Executor, load: Load) -> Iterator[str]:
    """Download everything, and yield what came in the order in which it was asked for."""
    return executor.map(partial(download, seconds=load.seconds), range(load.items))


def run(executor: Executor, load: Load) -> list[str]:
    """Download everything."""
    return list(arrivals(executor, load))
