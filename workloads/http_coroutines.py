"""Downloads by coroutines over real sockets, with the clients that people have: httpx and aiohttp.

Each run has a client of its own, which is closed when the run ends; its server is
:mod:`workloads.http_server`. A client's limit of connections is what loses speedup, once it is
below the number of workers.
"""

from __future__ import annotations

import zlib
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from workloads.http_library import library

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from pytest_speedup import AwaitableExecutor


class Load(NamedTuple):
    """How much is downloaded.

    Attributes:
        items: how many downloads.
        size: bytes of each.
        limit: connections to a host that the client has at most.
    """

    items: int
    size: int
    limit: int = 100


SIZES = {
    "quick": Load(items=8, size=1_000),
    "default": Load(items=16, size=20_000),
    "seed": Load(items=50, size=100_000),
}


async def by_httpx(executor: AwaitableExecutor, load: Load, url: str) -> list[int]:
    """Download everything with httpx, and return the CRC-32 of each."""
    httpx = library("httpx")
    client = httpx.AsyncClient(
        limits=httpx.Limits(max_connections=load.limit),
        verify=False,  # nothing is encrypted, and loading certificates takes long
        trust_env=False,
        timeout=60.0,
    )
    async with client:
        return await executor.map(partial(_get_by_httpx, client, url, load.size), range(load.items))


async def _get_by_httpx(client: Any, url: str, size: int, item: int) -> int:  # noqa: ANN401 - httpx's
    response = await client.get(_address(url, size, item))
    return zlib.crc32(response.raise_for_status().content)


async def by_aiohttp(executor: AwaitableExecutor, load: Load, url: str) -> list[int]:
    """Download everything with aiohttp, and return the CRC-32 of each."""
    aiohttp = library("aiohttp")
    connector = aiohttp.TCPConnector(limit_per_host=load.limit)
    async with aiohttp.ClientSession(connector=connector, raise_for_status=True) as session:
        get = partial(_get_by_aiohttp, session, url, load.size)
        return await executor.map(get, range(load.items))


async def _get_by_aiohttp(session: Any, url: str, size: int, item: int) -> int:  # noqa: ANN401 - aiohttp's
    async with session.get(_address(url, size, item)) as response:
        return zlib.crc32(await response.read())


def _address(url: str, size: int, item: int) -> str:
    return f"{url}/{item}?size={size}&attempt=0"


CLIENTS: dict[str, Callable[[AwaitableExecutor, Load, str], Coroutine[Any, Any, list[int]]]] = {
    "httpx": by_httpx,
    "aiohttp": by_aiohttp,
}
