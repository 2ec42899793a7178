from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor, plain
from pytest_speedup.executors.coroutines import AsyncioExecutor
from pytest_speedup.losses.recording import recording
from workloads.http_coroutines import CLIENTS, Load
from workloads.http_server import Network, content, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup.executors import Executor

pytest.importorskip("uvicorn")

EACH = pytest.mark.parametrize("name", CLIENTS)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(Network(latency=0.005, bandwidth=1e9)) as address:
        yield address


def run(name: str, executor: Executor, load: Load, url: str) -> Any:  # noqa: ANN401 - the workload's
    pytest.importorskip(name)
    return plain(CLIENTS[name])(executor, load, url)


@EACH
def test_what_the_server_has_arrives(name: str, url: str) -> None:
    """On both executors, with and without a limit."""
    expected = [zlib.crc32(content(item, 500)) for item in range(8)]
    assert run(name, SerialExecutor(), Load(8, 500), url) == expected
    with AsyncioExecutor(4) as executor:
        for limit in (1, 100):
            assert run(name, executor, Load(8, 500, limit), url) == expected


def share_of_limit_wait(name: str, limit: int, url: str) -> float:
    with AsyncioExecutor(4) as executor, recording(executor) as recorded:
        run(name, recorded.executor, Load(16, 500, limit), url)
    tasks = recorded.trace().tasks
    assert len(tasks) == 16
    waited = sum(one.waits["limit wait"] for one in tasks)
    return waited / sum(one.end - one.start for one in tasks)


@EACH
def test_a_limit_of_connections_is_what_tasks_wait_for(name: str, url: str) -> None:
    """With one connection for four workers, three of them do nothing else at any time.

    With enough of them httpx has short locks of its own.
    """
    one, enough = (share_of_limit_wait(name, limit, url) for limit in (1, 100))
    assert one > 0.5
    assert enough < one / 2


@EACH
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SpeedupError, match=f"HTTP need {name}: python -m pip install"):
        plain(CLIENTS[name])(SerialExecutor(), Load(1, 10), "http://127.0.0.1:9")
