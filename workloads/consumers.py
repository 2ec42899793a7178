"""Consumers: a producer and consumers over a queue."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from pytest_speedup import coroutine_of, with_coroutine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_speedup import AwaitableQueue, Executor, Queue

STOP = None
"""The last item of the queue: each consumer that sees it puts it back for the others."""

LATE = 10.0
"""Seconds after which an item that must be in the queue is taken for lost."""


class Load(NamedTuple):
    """How much is produced.

    Attributes:
        items: how many items.
        seconds: how long a consumer is busy with each.
    """

    items: int
    seconds: float


SIZES = {
    "quick": Load(items=8, seconds=0.001),
    "default": Load(items=8, seconds=0.0125),
    "seed": Load(items=5, seconds=0.1),
}

Handler = Callable[[int, float], str]


async def handle_async(item: int, seconds: float) -> str:
    """Do the same on an event loop."""
    import asyncio  # noqa: PLC0415 - slow, and no process or thread needs it

    await asyncio.sleep(seconds)
    return f"task-{item}"


@with_coroutine(handle_async)
def handle(item: int, seconds: float) -> str:
    """Be busy with an item for so many seconds, and say that it is done."""
    time.sleep(seconds)
    return f"task-{item}"


def produce(queue: Queue, items: int) -> None:
    """Fill the queue, and end it."""
    for item in range(items):
        queue.put(item)
    queue.put(STOP)


async def consume_async(
    queue: AwaitableQueue, seconds: float, handler: Handler, _consumer: int
) -> list[str]:
    """Do the same on an event loop, with the handler's own coroutine function."""
    handle_item = coroutine_of(handler)
    done = []
    while (item := await queue.aget()) is not STOP:
        done.append(await handle_item(item, seconds))
    queue.put(STOP)
    return done


def handled(queue: Queue, seconds: float, handler: Handler) -> Iterator[str]:
    """Handle items until the queue ends, and yield each that is done."""
    while (item := queue.get()) is not STOP:
        yield handler(item, seconds)
    queue.put(STOP)


@with_coroutine(consume_async)
def consume(queue: Queue, seconds: float, handler: Handler, _consumer: int) -> list[str]:
    """Handle items until the queue ends, and return what was done."""
    return list(handled(queue, seconds, handler))


Consumer = Callable[["Queue", float, Handler, int], list[str]]
"""Consumes what is in a queue; the last argument is its number, from 0."""


def drain(queue: Queue) -> int:
    """Empty the queue after all consumers have ended, and return how many items were left."""
    left = 0
    while queue.get(timeout=LATE) is not STOP:
        left += 1
    return left


def run(
    executor: Executor, load: Load, handler: Handler = handle, consumer: Consumer = consume
) -> list[str]:
    """Produce while every worker consumes, and return what was done in no special order.

    A consumer whose handler raises ends; the others handle what it leaves. Its error is raised
    when they have ended, with the queue empty.

    Raises:
        RuntimeError: the consumers ended before the queue did.
    """
    queue = executor.queue()
    work = executor.map(partial(consumer, queue, load.seconds, handler), range(executor.workers))
    produce(queue, load.items)
    try:
        done = list(chain.from_iterable(work))
    except Exception:
        drain(queue)
        raise
    if left := drain(queue):
        message = f"{left} of {load.items} items were left in the queue"
        raise RuntimeError(message)
    return done
