"""A handler that raises, where worker processes find it."""

from __future__ import annotations

from pytest_speedup.executors import with_coroutine
from workloads import consumers


async def fail_at_two_async(item: int, seconds: float) -> str:
    return fail_at_two(item, seconds)


@with_coroutine(fail_at_two_async)
def fail_at_two(item: int, seconds: float) -> str:
    if item == 2:
        message = "item 2"
        raise ValueError(message)
    return consumers.handle(item, seconds)
