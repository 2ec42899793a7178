"""A server for downloads over real sockets: a process of its own, with a network of your choice."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs

from workloads.http_library import library

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

CHUNK = 16_384
"""Bytes that are sent at once."""

CLOSING_SECONDS = 10.0
"""How long the server may take to end."""


class Network(NamedTuple):
    """What lies between a client and the server.

    Attributes:
        latency: seconds before the first byte of each response.
        bandwidth: bytes per second of each response.
        error_rate: share of requests that are answered with 503.
        truncation_rate: share of responses that end before all was sent.
    """

    latency: float = 0.01
    bandwidth: float = 10e6
    error_rate: float = 0.0
    truncation_rate: float = 0.0

    def refuses(self, item: int, attempt: int) -> bool:
        """Whether this attempt at an item is answered with 503; the same in every run."""
        return _draw("refuse", item, attempt) < self.error_rate

    def truncates(self, item: int, attempt: int) -> bool:
        """Whether what is sent at this attempt is cut short; the same in every run."""
        return _draw("truncate", item, attempt) < self.truncation_rate


def _draw(what: str, item: int, attempt: int) -> float:
    """Return a number from 0 to 1 that looks like chance, and is always the same one."""
    return zlib.crc32(f"{what} {item} {attempt}".encode()) / 2**32


def content(item: int, size: int) -> bytes:
    """Return what the server sends of an item: so many bytes, other ones for each item."""
    pattern = f"item-{item} ".encode()
    return (pattern * (size // len(pattern) + 1))[:size]


class Server:
    """An ASGI application: ``/ITEM?size=BYTES&attempt=NUMBER``.

    Source: https://asgi.readthedocs.io/en/latest/specs/www.html
    """

    def __init__(
        self, network: Network, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        """Serve through a network; ``sleep`` takes its time."""
        self.network = network
        self.sleep = sleep

    async def __call__(self, scope: dict[str, Any], _receive: object, send: Any) -> None:  # noqa: ANN401
        """Answer a request."""
        item = int(scope["path"].removeprefix("/"))
        query = {key: int(values[0]) for key, values in parse_qs(scope["query_string"]).items()}
        size, attempt = query[b"size"], query[b"attempt"]
        await self.sleep(self.network.latency)
        if self.network.refuses(item, attempt):
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body"})
            return
        headers = [(b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        sent = size // 2 if self.network.truncates(item, attempt) else size
        body = content(item, size)[:sent]
        for start in range(0, sent, CHUNK):
            chunk = body[start : start + CHUNK]
            await self.sleep(len(chunk) / self.network.bandwidth)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body"})


@contextmanager
def serving(network: Network) -> Iterator[str]:
    """Run a server, and end it whatever happens.

    Yields:
        Its address, such as ``http://127.0.0.1:40123``.

    Raises:
        SpeedupError: a library is missing.
    """
    library("uvicorn")
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(  # noqa: S603 - this module
        [sys.executable, "-m", "workloads.http_server", json.dumps(network)],
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,  # it ends when this end is closed, however this process ends
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None, "it is a pipe"  # noqa: S101 - for the type checker
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()
            process.wait(CLOSING_SECONDS)


def main(network: Network) -> None:
    """Serve on a free port, and print it, until the other end of standard input is closed."""
    uvicorn = library("uvicorn")
    config = uvicorn.Config(
        Server(network), log_level="critical", lifespan="off", timeout_keep_alive=3600
    )
    server = uvicorn.Server(config)
    threading.Thread(target=_end_with_input, args=[server], daemon=True).start()
    with _listening() as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        server.run(sockets=[listener])


def _listening() -> socket.socket:
    """Open a free port; who connects before the server has started waits.

    Only where the protocol is named does asyncio switch off Nagle's algorithm, which would hold
    back the second part of each response for 40 ms.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def _end_with_input(server: Any) -> None:  # noqa: ANN401 - uvicorn's
    sys.stdin.read()
    server.should_exit = True


if __name__ == "__main__":
    main(Network(*json.loads(sys.argv[1])))
