"""Opening an executor, and how long that takes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError
from pytest_speedup.worker.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.executors import Executor


@contextmanager
def opened(create: Callable[[], Executor]) -> Iterator[tuple[Executor, float]]:
    """Open an executor with every worker started, and close it whatever happens.

    Yields:
        The executor, and its cold start: seconds from its construction until every worker
        has answered.

    Raises:
        SpeedupError: it could not start.
    """
    start = now()
    with _told():
        executor = create()
    with executor:
        with _told():
            executor.start()
        yield executor, now() - start


@contextmanager
def _told() -> Iterator[None]:
    """Say in a line what the system refused: room for shared memory, another process."""
    try:
        yield
    except OSError as error:
        message = (
            f"the executor could not start: {error}; free what is missing, or use fewer workers"
        )
        raise SpeedupError(message) from error
