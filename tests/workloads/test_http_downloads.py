from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import Conditions, SerialExecutor, create
from tests.executors.here import HERE
from workloads import http_downloads
from workloads.http_downloads import ATTEMPTS, DownloadError, Load
from workloads.http_server import CHUNK, Network, Server, content, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("httpx")
pytest.importorskip("uvicorn")

QUICK = Network(latency=0.0, bandwidth=1e9)


@pytest.fixture(scope="module")
def good() -> Iterator[str]:
    with serving(QUICK) as url:
        yield url


@pytest.fixture(scope="module")
def bad() -> Iterator[str]:
    with serving(QUICK._replace(error_rate=0.3, truncation_rate=0.3)) as url:
        yield url


def test_what_the_server_has_arrives(good: str) -> None:
    """Every byte, in the order in which it was asked for."""
    arrived = http_downloads.run(SerialExecutor(), Load(3, 2 * CHUNK + 5), good)
    sums = [zlib.crc32(content(item, 2 * CHUNK + 5)) for item in range(3)]
    assert arrived == [(one, 0, 0) for one in sums]
    assert len(set(sums)) == 3


@pytest.mark.parametrize("name", HERE)
def test_every_executor_has_the_same_luck(bad: str, name: str) -> None:
    """Refused and truncated attempts are repeated, and counted alike."""
    load = Load(10, 500)
    expected = http_downloads.run(SerialExecutor(), load, bad)
    assert [one.checksum for one in expected] == [zlib.crc32(content(n, 500)) for n in range(10)]
    assert sum(one.refused for one in expected) > 0
    assert sum(one.truncated for one in expected) > 0
    with create(name, 3, Conditions(import_main=False)) as executor:
        executor.start()
        assert [http_downloads.run(executor, load, bad) for _ in range(2)] == [expected] * 2


@pytest.mark.parametrize("name", ["serial", "process", "asyncio"])
@pytest.mark.parametrize(
    ("network", "counted"),
    [
        (QUICK._replace(error_rate=1.0), f"{ATTEMPTS} of them with status 503, 0 with"),
        (QUICK._replace(truncation_rate=1.0), f"0 of them with status 503, {ATTEMPTS} with"),
    ],
)
def test_an_item_that_never_arrives_is_an_error(network: Network, counted: str, name: str) -> None:
    """It names the item, and what came of the attempts."""
    with (
        serving(network) as url,
        create(name, 1, Conditions(import_main=False)) as executor,
        pytest.raises(
            DownloadError, match=f"item 0: {ATTEMPTS} attempts at {url} failed, {counted}"
        ),
    ):
        http_downloads.run(executor, Load(1, 500), url)


def test_another_status_is_an_error(good: str) -> None:
    """It is not repeated."""
    with pytest.raises(DownloadError, match=r"item 7: .* answered 500"):
        http_downloads.download(7, good, size="many")  # type: ignore[arg-type]


class Wire:
    """The server's end of a connection, and how long it slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.sent: list[dict[str, Any]] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def ask(self, network: Network, size: int) -> None:
        scope = {"path": "/3", "query_string": f"size={size}&attempt=0".encode()}
        asyncio.run(Server(network, self.sleep)(scope, None, self.send))


def test_the_network_takes_its_time() -> None:
    """Latency once, and what the bandwidth allows for each chunk."""
    wire = Wire()
    wire.ask(Network(latency=0.5, bandwidth=CHUNK / 4), 2 * CHUNK)
    assert wire.slept == [0.5, 4.0, 4.0]


def test_a_truncated_body_is_shorter_than_announced() -> None:
    """By half."""
    wire = Wire()
    wire.ask(Network(truncation_rate=1.0), 100)
    assert wire.sent[0]["headers"] == [(b"content-length", b"100")]
    assert b"".join(one.get("body", b"") for one in wire.sent) == content(3, 50)


def test_error_rates_are_kept() -> None:
    """Over many items; each attempt has its own luck."""
    network = Network(error_rate=0.2, truncation_rate=0.7)
    draws = [(item, attempt) for item in range(1_000) for attempt in range(3)]
    assert 0.17 < sum(network.refuses(*one) for one in draws) / len(draws) < 0.23
    assert 0.67 < sum(network.truncates(*one) for one in draws) / len(draws) < 0.73
    assert not Network().refuses(1, 1)


def start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "workloads.http_server", json.dumps(QUICK)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_server_ends_with_its_client() -> None:
    """However that ends: nobody holds the other end of its input any more."""
    with start() as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert int(process.stdout.readline()) > 0
        process.stdin.close()
        assert process.wait(60) == 0


def leave_by_an_error(urls: list[str]) -> None:
    with serving(QUICK) as url:
        urls.append(url)
        raise KeyboardInterrupt


def test_leaving_ends_the_server() -> None:
    """By an exception, too: nobody listens there any more."""
    urls: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        leave_by_an_error(urls)
    port = int(urls[0].rpartition(":")[2])
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("name", ["httpx", "uvicorn"])
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """With the command that installs it; the modules can be imported without."""
    monkeypatch.setitem(sys.modules, name, None)
    http_downloads._client.cache_clear()  # noqa: SLF001
    expected = rf"HTTP need {name}: python -m pip install 'pytest-speedup\[http\]'"
    with pytest.raises(SpeedupError, match=expected), serving(QUICK) as url:
        http_downloads.run(SerialExecutor(), Load(1, 10), url)
