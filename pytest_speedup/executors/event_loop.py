"""The asyncio executor: its workers are asyncio tasks, which take turns on one thread."""

from __future__ import annotations

import asyncio
import queue
from collections import deque
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from pytest_speedup.errors import SpeedupError, UnsuitableError
from pytest_speedup.executors.protocol import LockedCounter, coroutine_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors.protocol import Counter

T = TypeVar("T")
R = TypeVar("R")


def refuse_running_loop() -> None:
    """Refuse to run an event loop inside another one.

    Raises:
        SpeedupError: this thread runs one.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    message = (
        "asyncio executor: this test runs on an event loop already, as async def tests do, and the "
        "workload is to have one of its own: write the test as a plain def"
    )
    raise SpeedupError(message)


class AsyncioExecutor:
    """Runs the coroutine twins of tasks on an event loop of its own, in the caller's thread."""

    name = "asyncio"
    pickles = False
    shares_clock = True

    def __init__(self, workers: int) -> None:
        """Make a loop for ``workers`` tasks at a time.

        Raises:
            SpeedupError: another loop runs in this thread.
        """
        refuse_running_loop()
        self.workers = workers
        self._loop = asyncio.new_event_loop()

    def start(self) -> None:
        """Run the loop once: it starts nothing else."""
        self._loop.run_until_complete(asyncio.sleep(0))

    def submit(self, _function: Callable[..., Any], /, *_args: object, **_kw: object) -> NoReturn:
        """Refuse the task: whoever waits for a future would hold up the loop that is to run it.

        Raises:
            UnsuitableError: always.
        """
        message = (
            "asyncio executor: who waits for a future of submit() holds up the event loop; have it "
            "run executor.map(function, tasks)"
        )
        raise UnsuitableError(message)

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Run the function's twin while results are asked for; see :meth:`Executor.map`.

        Raises:
            UnsuitableError: it has no twin.
        """
        return self._results(coroutine_of(function), list(tasks))

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function's twin once on every worker.

        Raises:
            UnsuitableError: it has no twin.
        """
        return self._loop.run_until_complete(_together(coroutine_of(function), self.workers))

    def counter(self) -> Counter:
        """Return a counter at zero; its lock is real, though nobody competes for it."""
        return LockedCounter()

    def queue(self) -> EventQueue:
        """Return an empty queue."""
        return EventQueue()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancel what runs, and close the loop."""
        running = asyncio.all_tasks(self._loop)
        for task in running:
            task.cancel()
        if running:
            self._loop.run_until_complete(asyncio.wait(running))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _results(self, function: Callable[[T], Awaitable[R]], tasks: list[T]) -> Iterator[R]:
        """Yield results in order; a worker ends with the last of its tasks."""
        futures = [self._loop.create_future() for _ in tasks]
        todo = iter(zip(futures, tasks, strict=True))
        count = min(self.workers, len(tasks))
        workers = [self._loop.create_task(_work(function, todo)) for _ in range(count)]
        try:
            for future in futures:
                yield future.result() if future.done() else self._loop.run_until_complete(future)
        except Exception:
            deque(todo, maxlen=0)  # what has not begun never will
            self._loop.run_until_complete(asyncio.wait(workers))
            for future in futures:  # the loop would complain of errors that nobody looked at
                if future.done():
                    future.exception()
            raise


async def _work(
    function: Callable[[T], Awaitable[R]], todo: Iterator[tuple[asyncio.Future[R], T]]
) -> None:
    """Be a worker: run task after task."""
    for future, task in todo:
        try:
            future.set_result(await function(task))
        except Exception as error:  # noqa: BLE001, PERF203 - for whoever asks for the result
            future.set_exception(error)


async def _together(function: Callable[[], Awaitable[R]], times: int) -> list[R]:
    return await asyncio.gather(*(function() for _ in range(times)))


class EventQueue:
    """An ``asyncio.Queue`` that the caller fills and empties while the loop stands still."""

    __slots__ = ("_queue",)

    def __init__(self) -> None:
        """Start empty."""
        self._queue: asyncio.Queue[Any] = asyncio.Queue()

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item."""
        self._queue.put_nowait(item)

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401, ARG002 - as for put
        """Take the oldest item, for the caller: no task can add one while it waits.

        Raises:
            queue.Empty: there is none.
        """
        try:
            return self._queue.get_nowait()
        except asyncio.QueueEmpty:
            raise queue.Empty from None

    async def aget(self) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item, once there is one."""
        return await self._queue.get()
