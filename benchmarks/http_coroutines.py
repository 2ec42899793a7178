"""Downloads by coroutines: ``pytest benchmarks/http_coroutines.py --benchmark-only``.

pytest does not collect this file by itself, since it needs libraries. To see what a limit of
connections does to speedup, give ``Load`` one below the number of workers.
"""

from collections.abc import Iterator

import pytest

from pytest_speedup import Speedup
from workloads import http_coroutines
from workloads.http_server import Network, serving

NETWORK = Network(latency=0.01, bandwidth=10e6)

pytest.importorskip("uvicorn", reason="python -m pip install 'pytest-speedup[http]'")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(NETWORK) as address:
        yield address


@pytest.mark.speedup(executors=["serial", "asyncio"])
@pytest.mark.parametrize("client", http_coroutines.CLIENTS)
def test_http_coroutines(speedup: Speedup, url: str, client: str) -> None:
    pytest.importorskip(client, reason=f"python -m pip install {client}")
    speedup(http_coroutines.CLIENTS[client], http_coroutines.SIZES[speedup.size], url)
