"""A Dask cluster that runs already."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING

from distributed import Client
from distributed.versions import VersionMismatchWarning, scheduler_relevant_packages

from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.executors.dask_loop import running_loop

if TYPE_CHECKING:
    from collections.abc import Sequence

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
