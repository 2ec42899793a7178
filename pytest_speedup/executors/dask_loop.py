"""The event loop that Dask's clients and clusters run on, which may take long to start."""

from __future__ import annotations

import asyncio
import os
from functools import lru_cache
from queue import Empty, SimpleQueue
from threading import Thread

from tornado.ioloop import IOLoop

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors.inherited import START_TIMEOUT


def running_loop() -> IOLoop:
    """Return the event loop of this process, which runs in a thread of its own.

    Dask starts one by itself, and gives its thread ten seconds: on a busy machine that is too few.
    It is never stopped: a client that failed to connect closes itself on it, whenever that is.

    Raises:
        SpeedupError: it did not start.
    """
    return _loop_of(os.getpid())  # a forked process has the loop, and not its thread


@lru_cache(maxsize=1)
def _loop_of(_pid: int) -> IOLoop:
    running: SimpleQueue[IOLoop] = SimpleQueue()

    async def run() -> None:
        running.put(IOLoop.current())
        await asyncio.Event().wait()

    Thread(target=lambda: asyncio.run(run()), daemon=True, name="speedup's loop of Dask").start()
    try:
        return running.get(timeout=START_TIMEOUT)
    except Empty:
        message = f"dask executor: its event loop did not start within {START_TIMEOUT:.0f} s"
        raise SpeedupError(message) from None
