"""Dask clusters: one on this machine that its executor starts, or one that runs already."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import warnings
from contextlib import contextmanager
from functools import lru_cache
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from distributed import Client, LocalCluster
from distributed.versions import VersionMismatchWarning, scheduler_relevant_packages
from tornado.ioloop import IOLoop

from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.executors.process import main_module_hidden
from pytest_speedup.executors.shared import START_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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


CONNECT_TIMEOUT = 30.0
"""Seconds that a scheduler may take to answer: a busy machine has taken more than five."""


class _Client(Client):  # type: ignore[misc]
    """One that is closed when its address could not be read.

    Dask leaves it open, and closes it in its ``__del__``: there, on the thread of the loop,
    nobody awaits that, and Python warns of it wherever it happens to be.
    """

    def start(self, **options: object) -> None:
        """Connect, or be closed."""
        try:
            super().start(**options)
        except BaseException:
            self.close()
            raise


def connect(scheduler: str) -> Client:
    """Connect.

    Raises:
        SpeedupError: nobody answers, or it is no address.
    """
    loop = running_loop()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VersionMismatchWarning)  # which is refused later
            return _Client(scheduler, timeout=CONNECT_TIMEOUT, set_as_default=False, loop=loop)
    except (OSError, asyncio.TimeoutError) as error:
        message = (
            f"dask executor: no scheduler answers at {scheduler}; start one with "
            "'dask scheduler', or leave --speedup-dask-scheduler out"
        )
        raise SpeedupError(message) from error
    except ValueError as error:
        message = (
            f"dask executor: {scheduler!r} is no address of a scheduler ({first_line(error)}); "
            "give it as tcp://host:port"
        )
        raise SpeedupError(message) from error


def choose_workers(client: Client, scheduler: str, workers: int) -> list[str]:
    """Choose as many workers as are wanted, and return their addresses.

    Raises:
        SpeedupError: there are fewer, or they do not suit.
    """
    threads = client.nthreads()
    addresses = sorted(threads)[:workers]
    if len(threads) < workers:
        message = (
            f"dask executor: {workers} workers are wanted and {scheduler} has {len(threads)}; "
            f"start more with 'dask worker {scheduler} --nthreads 1'"
        )
        raise SpeedupError(message)
    for address in addresses:
        if threads[address] != 1:
            message = (
                f"dask executor: worker {address} has {threads[address]} threads, and one task at "
                "a time is measured; start the workers with --nthreads 1"
            )
            raise SpeedupError(message)
    _refuse_other_versions(client, addresses)
    return addresses


def _refuse_other_versions(client: Client, addresses: Sequence[str]) -> None:
    """Compare what tasks and messages depend on.

    Raises:
        SpeedupError: it differs between here, the scheduler and the workers.
    """
    versions = client.get_versions()
    there = {"on the scheduler": versions["scheduler"]}
    there |= {f"on worker {address}": versions["workers"][address] for address in addresses}
    differing = [
        f"{package} is {ours} here, {theirs} {where}"
        for package, ours in versions["client"]["packages"].items()
        for where, system in there.items()
        if package in scheduler_relevant_packages
        and (theirs := system["packages"].get(package)) != ours
    ]
    if differing:
        more = f" (and {len(differing) - 1} more)" if len(differing) > 1 else ""
        message = f"dask executor: {differing[0]}{more}; install the same versions everywhere"
        raise SpeedupError(message)
