"""Downloads over real sockets: ``pytest benchmarks/http_downloads.py --benchmark-only``.

pytest does not collect this file by itself: the downloads that sleep take less time, and need no
library. To see what a slow or a bad network does to speedup, change ``NETWORK``.
"""

from collections.abc import Iterator

import pytest

from pytest_speedup import Executor, SerialExecutor, Speedup
from workloads import http_downloads
from workloads.http_server import Network, serving

NETWORK = Network(latency=0.01, bandwidth=10e6, error_rate=0.05)

for library in ("httpx", "uvicorn"):
    pytest.importorskip(library, reason="python -m pip install 'pytest-speedup[http]'")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(NETWORK) as address:
        # Loading the client's library is no part of a download.
        http_downloads.run(SerialExecutor(), http_downloads.SIZES["quick"], address)
        yield address


def test_http_downloads(speedup: Speedup, url: str) -> None:
    def download_all(
        executor: Executor, load: http_downloads.Load
    ) -> list[http_downloads.Downloaded]:
        return http_downloads.run(executor, load, url)

    speedup(download_all, http_downloads.SIZES[speedup.size])
