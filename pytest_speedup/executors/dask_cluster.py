"""A Dask cluster on this machine that lives as long as its executor."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from distributed import Client, LocalCluster

from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.executors.dask_loop import running_loop
from pytest_speedup.executors.main_module import main_module_hidden

if TYPE_CHECKING:
    from collections.abc import Iterator

KILL_TIMEOUT = 1.0
"""Seconds in which a worker is to end when the executor is left by an exception."""


@contextmanager
def own_cluster(workers: int) -> Iterator[Client]:
    """Start a cluster of so many processes, and end it: at once when left by an exception.

    Raises:
        SpeedupError: they did not start.
    """
    with _empty_cluster() as cluster:
        try:
            with Client(cluster, set_as_default=False) as client:
                _start(cluster, workers)
                client.run(_ignore_interrupts)
                yield client
        except BaseException:
            cluster.sync(_kill_workers, cluster)
            raise


def _empty_cluster() -> LocalCluster:
    """Make a cluster without workers, so that it is known here while they start."""
    return LocalCluster(
        n_workers=0,
        threads_per_worker=1,
        processes=True,
        memory_limit=None,  # or workers that need much would be paused and restarted
        dashboard_address="127.0.0.1:0",  # None would claim port 8787
        scheduler_kwargs={"dashboard": False},
        silence_logs=logging.CRITICAL,
        loop=running_loop(),
    )


def _start(cluster: LocalCluster, workers: int) -> None:
    try:
        # What is defined in the main module is sent by value.
        with main_module_hidden():
            cluster.scale(workers)
            cluster.sync(_complete, cluster)
    except Exception as error:
        message = f"dask executor: the workers did not start ({first_line(error)})"
        raise SpeedupError(message) from error


async def _complete(cluster: LocalCluster) -> None:
    """Wait until every worker runs, or one failed; whoever is lost later is not replaced."""
    await cluster
    for nanny in cluster.workers.values():
        nanny.close_gracefully()


def _ignore_interrupts() -> None:
    """In a worker: Ctrl-C reaches the whole process group, and the caller answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


async def _kill_workers(cluster: LocalCluster) -> None:
    """Give busy workers less time than Dask does by itself."""
    nannies = cluster.workers.values()
    closed = [nanny.close(timeout=KILL_TIMEOUT) for nanny in nannies]
    await asyncio.gather(*closed, return_exceptions=True)
