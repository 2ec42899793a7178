"""Downloads over real sockets; their server is :mod:`workloads.http_server`."""

from __future__ import annotations

import atexit
import zlib
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from pytest_speedup import with_coroutine
from workloads.http_library import library

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncIterator, Iterator

    import httpx

    from pytest_speedup import Executor

ATTEMPTS = 5
"""How often an item is asked for before it is given up."""

REFUSED = 503
"""Status of a request that may be repeated."""


class Load(NamedTuple):
    """How much is downloaded.

    Attributes:
        items: how many downloads.
        size: bytes of each.
    """

    items: int
    size: int


SIZES = {
    "quick": Load(items=8, size=1_000),
    "default": Load(items=8, size=20_000),
    "seed": Load(items=10, size=1_000_000),
}


class Downloaded(NamedTuple):
    """What came of one item.

    Attributes:
        checksum: CRC-32 of its content.
        refused: attempts that were answered with 503.
        truncated: attempts whose body was cut short.
    """

    checksum: int
    refused: int
    truncated: int


class DownloadError(RuntimeError):
    """An item that could not be had."""


class Attempts:
    """What came of the attempts at one item so far."""

    def __init__(self, item: int, url: str, size: int) -> None:
        """Begin with none."""
        self.item = item
        self.url = url
        self.size = size
        self.refused = self.truncated = 0

    def requests(self) -> Iterator[str]:
        """Yield the address to ask, attempt by attempt.

        Raises:
            DownloadError: there were enough of them.
        """
        for attempt in range(ATTEMPTS):
            yield f"{self.url}/{self.item}?size={self.size}&attempt={attempt}"
        message = (
            f"item {self.item}: {ATTEMPTS} attempts at {self.url} failed, {self.refused} of them "
            f"with status {REFUSED}, {self.truncated} with a truncated body"
        )
        raise DownloadError(message)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Count a body that is cut short."""
        try:
            yield
        except library("httpx").RemoteProtocolError:
            self.truncated += 1

    def take(self, response: httpx.Response) -> bytes | None:
        """Return what was read, or None if it was refused.

        Raises:
            DownloadError: the server answered something else.
        """
        if response.status_code == REFUSED:
            self.refused += 1
            return None
        if response.is_error:
            message = f"item {self.item}: {self.url} answered {response.status_code}"
            raise DownloadError(message)
        return response.content

    def result(self, content: bytes) -> Downloaded:
        """Sum up."""
        return Downloaded(zlib.crc32(content), self.refused, self.truncated)


async def download_async(item: int, url: str, size: int) -> Downloaded:
    """Do the same on an event loop."""
    client = await _client_of_loop()
    attempts = Attempts(item, url, size)
    for address in attempts.requests():
        async with client.stream("GET", address) as response:
            with attempts.reading():
                await response.aread()
                if (content := attempts.take(response)) is not None:
                    return attempts.result(content)
    raise AssertionError


@with_coroutine(download_async)
def download(item: int, url: str, size: int) -> Downloaded:
    """Download an item, again if need be.

    Raises:
        DownloadError: every attempt failed.
    """
    attempts = Attempts(item, url, size)
    for address in attempts.requests():
        with _client().stream("GET", address) as response, attempts.reading():
            response.read()
            if (content := attempts.take(response)) is not None:
                return attempts.result(content)
    raise AssertionError


def run(executor: Executor, load: Load, url: str) -> list[Downloaded]:
    """Download everything from a server."""
    return list(executor.map(partial(download, url=url, size=load.size), range(load.items)))


@cache
def _client() -> httpx.Client:
    """Return the client of this process, which keeps its connections."""
    client: httpx.Client = library("httpx").Client(**_unlimited())
    atexit.register(client.close)
    return client


_of_loops: WeakKeyDictionary[AbstractEventLoop, Any] = WeakKeyDictionary()
"""Clients and what closes them."""


async def _client_of_loop() -> httpx.AsyncClient:
    """Return the client of this event loop, which keeps its connections until the loop ends."""
    import asyncio  # noqa: PLC0415 - slow, and no process or thread needs it

    loop = asyncio.get_running_loop()
    if loop not in _of_loops:
        client = library("httpx").AsyncClient(**_unlimited())
        closer = _closed_with_loop(client)
        await anext(closer)
        _of_loops[loop] = client, closer
    own: httpx.AsyncClient = _of_loops[loop][0]
    return own


async def _closed_with_loop(client: httpx.AsyncClient) -> AsyncIterator[None]:
    """Close a client when the loop closes its asynchronous generators, as it does at its end."""
    try:
        yield
    finally:
        await client.aclose()


def _unlimited() -> dict[str, Any]:
    """As many connections as there are workers, and no environment's proxy to this machine."""
    limits = library("httpx").Limits(max_connections=None, max_keepalive_connections=None)
    return {"limits": limits, "trust_env": False, "timeout": 60.0}
