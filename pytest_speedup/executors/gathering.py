"""Results of futures, leaving nothing running behind an error."""

from __future__ import annotations

from concurrent.futures import wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

R = TypeVar("R")


def gather(futures: Sequence[Future[R]]) -> Iterator[R]:
    """Yield results in order.

    When a task raises, the tasks that have not begun are cancelled and those that run are
    waited for, so that no work of this call disturbs the next one. An interrupt of the caller
    is passed on at once: whoever holds the executor ends its workers.
    """
    try:
        for future in futures:
            yield future.result()
    except Exception:
        for future in futures:
            future.cancel()
        wait(futures)
        raise
