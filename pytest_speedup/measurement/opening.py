"""Opening an executor, and how long that takes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

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
    """
    start = now()
    with create() as executor:
        executor.start()
        yield executor, now() - start
