"""The event loop that Dask's clients and clusters run on, which may take long to start."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

from tornado.ioloop import IOLoop

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors.inherited import START_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

STOP_TIMEOUT = 10.0
"""Seconds in which the loop is to end; its thread does not keep the process alive."""


@contextmanager
def running_loop() -> Iterator[IOLoop]:
    """Run an event loop in a thread of its own.

    Dask starts one by itself, and gives its thread ten seconds: on a busy machine that is too few.

    Raises:
        SpeedupError: it did not start.
    """
    began = Event()
    running: list[tuple[IOLoop, asyncio.Event]] = []

    async def run() -> None:
        end = asyncio.Event()
        running.append((IOLoop.current(), end))
        began.set()
        await end.wait()

    thread = Thread(target=lambda: asyncio.run(run()), daemon=True, name="speedup's loop of Dask")
    thread.start()
    if not began.wait(START_TIMEOUT):
        message = f"dask executor: its event loop did not start within {START_TIMEOUT:.0f} s"
        raise SpeedupError(message)
    loop, end = running[0]
    try:
        yield loop
    finally:
        loop.add_callback(end.set)
        thread.join(STOP_TIMEOUT)
