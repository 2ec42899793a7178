"""Coroutines: workloads that are coroutine functions, and tasks as the workers of an executor."""

from __future__ import annotations

import asyncio
import inspect
import queue
from collections import deque
from contextvars import ContextVar
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from pytest_speedup.errors import SpeedupError, UnsuitableError
from pytest_speedup.executors.in_process import SerialExecutor
from pytest_speedup.executors.protocol import (
    COROUTINE,
    LockedCounter,
    coroutine_of,
    is_coroutine_function,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
    from types import TracebackType

    from typing_extensions import Self

    from pytest_speedup.executors.protocol import AwaitableQueue, Counter, Executor


T = TypeVar("T")
R = TypeVar("R")

ELSEWHERE = (
    "{name} executor: the workload is a coroutine function, which runs on event loops alone: "
    'measure it with @pytest.mark.speedup(executors=["asyncio"])'
)
NESTED = (
    "a task of executor.map(...) called executor.map(...), whose workers may all be waiting for it "
    "by then: have the workload make one list of all tasks"
)
UNTAKEN = (
    "the workload returned before it had taken all results of executor.map(...), whose tasks are "
    "not timed then: await it, or take them with async for"
)
LEFT = (
    "the workload returned while {count} of its asyncio tasks still ran ({names}), which is not "
    "timed: await or cancel them before it returns"
)
NOT_AWAITABLE = (
    "executor.map(...) of a workload that is a coroutine function takes coroutine functions, and "
    "{function} returned {kind}, which nobody can await: write it as async def"
)

MAX_TASKS_NAMED = 3
"""Tasks that a message names of those that were left."""

_inside: ContextVar[bool] = ContextVar("inside a task", default=False)
"""Whether what runs is a task of a map."""


class LoopWorkload(Generic[R]):
    """A workload that can be called as any other one, and runs a coroutine function."""

    def __init__(self, function: Callable[..., Awaitable[R]]) -> None:
        """Wrap a coroutine function, which takes a :class:`LoopExecutor` first."""
        update_wrapper(self, function)
        self._function = function

    def __call__(self, executor: Executor, /, *args: object, **kwargs: object) -> R:
        """Run it to its end on a new event loop, and return its result.

        Raises:
            UnsuitableError: the executor has no event loop.
            SpeedupError: another loop runs in this thread, or it left tasks unfinished.
        """
        if executor.name not in (SerialExecutor.name, AsyncioExecutor.name):
            raise UnsuitableError(ELSEWHERE.format(name=executor.name))
        refuse_running_loop()
        return asyncio.run(self._run(executor, *args, **kwargs))

    async def _run(self, executor: Executor, *args: object, **kwargs: object) -> R:
        own = LoopExecutor(executor)
        try:
            result = await self._function(own, *args, **kwargs)
        finally:
            own.look_at_errors()
        own.refuse_untaken()
        await _refuse_left()
        return result


class LoopExecutor:
    """What a workload that is a coroutine function gets as its executor, for one turn."""

    def __init__(self, inner: Executor) -> None:
        """Make one for the event loop that runs, with the workers of a serial or asyncio one."""
        self._inner = inner
        self._is_serial = inner.name == SerialExecutor.name
        # A serial one is watched for whether the workload asks for its workers.
        self._count = 1 if self._is_serial else inner.workers
        self._slots = asyncio.Semaphore(self._count)
        self._maps: list[Results[Any]] = []

    @property
    def name(self) -> str:
        """The name by which users choose it."""
        return self._inner.name

    @property
    def workers(self) -> int:
        """How many tasks it runs at once, all maps together."""
        return self._inner.workers

    def map(self, function: Callable[[T], Awaitable[R]], tasks: Iterable[T]) -> Results[R]:
        """Run a coroutine function, or that of a function, over tasks.

        Serial code begins a task when its result is asked for. Else as many tasks as there are
        workers begin with the next await. An error of a task is raised in its place, once none runs
        any more.

        Returns:
            The results in the tasks' order: ``async for`` takes them as they come, ``await`` all.

        Raises:
            SpeedupError: a task called this.
        """
        if _inside.get():
            raise SpeedupError(NESTED)
        run: Callable[[Any], Awaitable[Any]] = _awaiting(function)
        every: list[Any] = list(tasks)
        follow = getattr(self._inner, "follow", None)
        if follow is not None:
            run, every = follow(run, every)
        run = partial(_in_turn, self._slots, run)
        iterator = _serially(run, every) if self._is_serial else _at_once(run, every, self._count)
        results: Results[R] = Results(iterator)
        self._maps.append(results)
        return results

    def counter(self) -> Counter:
        """Return a counter at zero."""
        return self._inner.counter()

    def queue(self) -> AwaitableQueue:
        """Return an empty queue, whose ``aget()`` waits for an item."""
        return EventQueue() if self._is_serial else self._inner.queue()  # type: ignore[return-value]

    def look_at_errors(self) -> None:
        """Spare the user warnings of errors that nobody came to look at."""
        for one in self._maps:
            one.look_at_errors()

    def refuse_untaken(self) -> None:
        """Refuse a workload that has returned without all of its results.

        Raises:
            SpeedupError: it did.
        """
        if not all(one.ended for one in self._maps):
            raise SpeedupError(UNTAKEN)


class Results(Generic[R]):
    """The results of a map, in the tasks' order.

    Attributes:
        ended: whether the last one was taken, or an error raised in place of one.
    """

    def __init__(self, iterator: Begun[R] | AsyncIterator[R]) -> None:
        """Take results from an iterator."""
        self._iterator = iterator
        self.ended = False

    async def __aiter__(self) -> AsyncIterator[R]:
        """Yield each when it is there."""
        try:
            async for result in self._iterator:
                yield result
        except GeneratorExit:
            raise
        except BaseException:
            self.ended = True
            raise
        self.ended = True

    def __await__(self) -> Generator[Any, None, list[R]]:
        """Wait for all of them."""
        return self._all().__await__()

    def look_at_errors(self) -> None:
        """Spare the user warnings of errors that nobody came to look at."""
        if isinstance(self._iterator, Begun):
            self._iterator.look_at_errors()

    async def _all(self) -> list[R]:
        return [result async for result in self]


async def _serially(run: Callable[[T], Awaitable[R]], tasks: Iterable[T]) -> AsyncIterator[R]:
    for task in tasks:
        yield await run(task)


def _at_once(run: Callable[[T], Awaitable[R]], tasks: list[T], count: int) -> Begun[R]:
    return Begun(run, tasks, count)


class Begun(Generic[R]):
    """Tasks that workers of a running loop have begun."""

    def __init__(self, run: Callable[[Any], Awaitable[R]], tasks: list[Any], count: int) -> None:
        """Have so many workers share the tasks."""
        loop = asyncio.get_running_loop()
        self._futures: list[asyncio.Future[R]] = [loop.create_future() for _ in tasks]
        self._todo = iter(zip(self._futures, tasks, strict=True))
        self._workers = [
            loop.create_task(_work(run, self._todo)) for _ in range(min(count, len(tasks)))
        ]

    async def __aiter__(self) -> AsyncIterator[R]:
        """Yield results in order; a worker ends with the last of its tasks."""
        try:
            for future in self._futures:
                yield await future
        except Exception:
            for _ in self._todo:  # what has not begun never will
                pass
            await asyncio.wait(self._workers)
            raise
        if self._workers:
            await asyncio.wait(self._workers)

    def look_at_errors(self) -> None:
        """The loop would complain of errors that nobody looked at."""
        for future in self._futures:
            if future.done() and not future.cancelled():
                future.exception()


async def _work(
    run: Callable[[T], Awaitable[R]], todo: Iterator[tuple[asyncio.Future[R], T]]
) -> None:
    """Be a worker: run task after task."""
    for future, task in todo:
        try:
            future.set_result(await run(task))
        except Exception as error:  # noqa: BLE001, PERF203 - for whoever asks for the result
            future.set_exception(error)


async def _in_turn(slots: asyncio.Semaphore, run: Callable[[T], Awaitable[R]], task: T) -> R:
    """Run a task once a worker is free of those of other maps."""
    async with slots:
        token = _inside.set(True)
        try:
            return await run(task)
        finally:
            _inside.reset(token)


def _awaiting(function: Callable[[Any], Any]) -> Callable[[Any], Awaitable[Any]]:
    """Make sure that what a function returns can be awaited, or take its coroutine function."""
    if is_coroutine_function(function):
        return function
    innermost: Any = function
    while isinstance(innermost, partial):
        innermost = innermost.func
    if hasattr(innermost, COROUTINE):
        return coroutine_of(function)

    async def call(task: object) -> object:
        returned = function(task)
        if not inspect.isawaitable(returned):
            name, kind = (
                getattr(innermost, "__qualname__", repr(innermost)),
                type(returned).__name__,
            )
            raise SpeedupError(NOT_AWAITABLE.format(function=name, kind=kind))
        return await returned

    return call


async def _refuse_left() -> None:
    """Refuse a workload that has returned while tasks of its loop run.

    Raises:
        SpeedupError: there are some, beyond those that were cancelled.
    """
    if not _others():
        return
    await asyncio.sleep(0)  # what was cancelled has yet to hear of it
    if left := sorted(_names(_others())):
        names = ", ".join(left[:MAX_TASKS_NAMED])
        raise SpeedupError(LEFT.format(count=len(left), names=names))


def _others() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


def _names(tasks: Iterable[asyncio.Task[Any]]) -> list[str]:
    coroutines = (task.get_coro() for task in tasks)
    return [getattr(coroutine, "__qualname__", repr(coroutine)) for coroutine in coroutines]


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
    """Runs the coroutine functions of tasks on an event loop of its own, in the caller's thread."""

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
        """Run its coroutine function while results are asked for; see :meth:`Executor.map`.

        Raises:
            UnsuitableError: it has no coroutine function.
        """
        return self._results(coroutine_of(function), list(tasks))

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function's coroutine function once on every worker.

        Raises:
            UnsuitableError: it has no coroutine function.
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
        workers = [self._loop.create_task(_work_off(function, todo)) for _ in range(count)]
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


async def _work_off(
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
