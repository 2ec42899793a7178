"""The Dask executor: workers of a cluster, one of its own or one that runs already.

Source: https://distributed.dask.org/en/stable/api.html
"""

from __future__ import annotations

import asyncio
import gc
import pickle
import queue
import uuid
from concurrent.futures import Future as StandardFuture
from contextlib import ExitStack, suppress
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

import distributed
from distributed import Client, KilledWorker, Lock, Variable

from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.executors.dask_cluster import choose_workers, connect, own_cluster
from pytest_speedup.executors.shared import START_TIMEOUT, not_all_answered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import TracebackType

    from distributed import Future
    from typing_extensions import Self

    from pytest_speedup.executors.protocol import Counter, Queue


class DaskCounter:
    """A handle on a cluster's counter. A task that carries it has the worker use its own."""

    __slots__ = ("_name", "_number", "lock")

    def __init__(self, name: str, lock: Lock, number: Variable) -> None:
        """Point at a lock and a variable of the scheduler, both of that name."""
        self._name = name
        self.lock = lock
        self._number = number

    @property
    def value(self) -> int:
        """The number that all see."""
        number: int = self._number.get()
        return number

    @value.setter
    def value(self, number: int) -> None:
        self._number.set(number)

    def __reduce__(self) -> tuple[Callable[[str], DaskCounter], tuple[str]]:
        """Send the name."""
        return _counter_here, (self._name,)


class DaskQueue:
    """A handle on a cluster's queue. A task that carries it has the worker use its own."""

    __slots__ = ("_queue",)

    def __init__(self, channel: distributed.Queue) -> None:
        """Point at a queue of the scheduler."""
        self._queue = channel

    def put(self, item: Any, /) -> None:  # noqa: ANN401 - a queue takes anything
        """Add an item: as bytes, since Dask's own queue makes lists of tuples."""
        self._queue.put(pickle.dumps(item))

    def get(self, *, timeout: float | None = None) -> Any:  # noqa: ANN401 - as for put
        """Take the oldest item.

        Raises:
            queue.Empty: nothing came within ``timeout`` seconds.
        """
        try:
            item = self._queue.get(timeout=timeout)
        except asyncio.TimeoutError:
            raise queue.Empty from None
        return pickle.loads(item)  # noqa: S301 - it comes from our own workers

    def __reduce__(self) -> tuple[Callable[[str], DaskQueue], tuple[str]]:
        """Send the name."""
        return _queue_here, (self._queue.name,)


@lru_cache(maxsize=16)
def _counter_here(name: str) -> DaskCounter:
    """In a worker: the one handle on a counter, since each announces itself to the scheduler."""
    return DaskCounter(name, Lock(name), Variable(name))


@lru_cache(maxsize=16)
def _queue_here(name: str) -> DaskQueue:
    """In a worker: the one handle on a queue, since the scheduler counts them."""
    return DaskQueue(distributed.Queue(name))


T = TypeVar("T")
R = TypeVar("R")


LOOK_INTERVAL = 0.5
"""Seconds between two looks at whether the scheduler is still connected."""


class DaskExecutor:
    """Runs tasks on the workers of a Dask cluster, each with one thread."""

    name = "dask"
    pickles = True

    def __init__(
        self, workers: int, *, scheduler: str | None = None, collect_garbage: bool = True
    ) -> None:
        """Plan for ``workers`` workers; :meth:`start` starts or finds them.

        Args:
            workers: how many workers.
            scheduler: address of a scheduler that runs already, as ``tcp://host:port``; None for
                a cluster on this machine that lives as long as the executor.
            collect_garbage: whether the cyclic garbage collector is on in the workers.
        """
        self.workers = workers
        self.shares_clock = scheduler is None
        self._scheduler = scheduler
        self._collect_garbage = collect_garbage
        self._shared = f"speedup-{uuid.uuid4().hex}"
        self._ending = ExitStack()
        self._client: Client
        self._channel: distributed.Queue
        self._addresses: list[str] = []
        self._loss = asyncio.Event()
        self._lost = ""
        self._losing: asyncio.Future[None] | None = None

    def start(self) -> None:
        """Start the workers, or find them, and return when each has answered.

        Raises:
            SpeedupError: they did not start, nobody answers at the scheduler's address, or what
                is there does not suit.
        """
        if self._scheduler is None:
            self._client = self._ending.enter_context(own_cluster(self.workers))
            self._addresses = sorted(self._client.nthreads())
        else:
            self._client = self._ending.enter_context(connect(self._scheduler))
            self._addresses = choose_workers(self._client, self._scheduler, self.workers)
            self._ending.callback(self._clear)
        self._ending.callback(self._look_out_no_more)
        for address in self._addresses:
            self._client.subscribe_topic(address, partial(self._hear, address))
        self._channel = distributed.Queue(self._shared, self._client)
        prepared = self._submit_each(partial(_prepare, self._collect_garbage))
        self._gather(prepared, START_TIMEOUT)
        for future in prepared:
            if future.status == "error":
                raise _unprepared(future.exception())

    def submit(
        self,
        function: Callable[..., R],
        /,
        *args: Any,  # noqa: ANN401 - the function's
        **kwargs: Any,  # noqa: ANN401 - the function's
    ) -> StandardFuture[R]:
        """Hand a task to the scheduler, and return a future of the standard library.

        Its error is a SpeedupError where a worker or the scheduler was lost. It cannot be
        cancelled: the scheduler tells nobody whether a task has begun by then.
        """
        standard: StandardFuture[R] = StandardFuture()
        standard.set_running_or_notify_cancel()
        task = partial(function, *args, **kwargs)
        future = self._client.submit(task, pure=False, workers=self._bound)
        self._client.loop.add_callback(self._pass_on, future, standard)
        return standard

    def map(self, function: Callable[[T], R], tasks: Iterable[T]) -> Iterator[R]:
        """Hand every task to the scheduler at once; see :meth:`Executor.map`.

        All results come together, in one message, when no task runs any more.

        Raises:
            SpeedupError: a worker or the scheduler was lost.
        """
        futures = self._client.map(function, list(tasks), pure=False, workers=self._bound)
        return self._results(futures)

    @property
    def _bound(self) -> list[str] | None:
        """The workers that tasks keep to.

        Those of an own cluster are all there is: tasks that may run anywhere stay in the scheduler
        until one is free, whereas those that are bound are dealt out beforehand.
        """
        return None if self._scheduler is None else self._addresses

    def each(self, function: Callable[[], R]) -> list[R]:
        """Run the function once on every worker, as a task that is bound to it."""
        return list(self._results(self._submit_each(function)))

    def counter(self) -> Counter:
        """Set the counter to zero: a variable of the scheduler, guarded by one of its locks."""
        lock = Lock(self._shared, scheduler_rpc=self._client.scheduler, loop=self._client.loop)
        counter = DaskCounter(self._shared, lock, Variable(self._shared, self._client))
        counter.value = 0
        return counter

    def queue(self) -> Queue:
        """Return the queue, which lives in the scheduler."""
        return DaskQueue(self._channel)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End an own cluster, at once when left by an exception; leave another's as it was.

        Tasks that still run on another's workers end by themselves: they cannot be stopped.
        """
        self._ending.__exit__(exc_type, exc, traceback)

    def _clear(self) -> None:
        """Take what was put into another's cluster out of it, unless it is gone."""
        client = self._client
        if client.status != "running":
            return
        with suppress(OSError):
            Variable(self._shared, client).delete()
            for _ in range(1 + self.workers):  # the handles there are, or were
                self._channel.close()
            client.sync(client.scheduler.semaphore_close, name=self._shared)
            if not self._collect_garbage:
                client.run(gc.enable, workers=self._addresses, on_error="ignore")

    def _submit_each(self, function: Callable[[], R]) -> list[Future[R]]:
        return [
            self._client.submit(function, pure=False, workers=[address])
            for address in self._addresses
        ]

    def _results(self, futures: Sequence[Future[R]]) -> Iterator[R]:
        results: Iterator[R] = iter(self._gather(futures))
        for future in futures:
            if future.status == "finished":
                yield next(results)
            elif isinstance(error := future.exception(), KilledWorker):
                raise _lost(error.last_worker.address)
            else:
                future.result()

    def _gather(self, futures: Sequence[Future[R]], timeout: float | None = None) -> list[R]:
        """Wait until no task runs any more, and fetch the results of those that did not fail."""
        try:
            results: list[R] = self._client.sync(self._gather_here, futures, timeout)
        except OSError as error:
            raise self._disconnected() from error
        return results

    async def _gather_here(self, futures: Sequence[Future[R]], timeout: float | None) -> object:
        """Wait for the tasks or, since Dask would run them again or wait on, for a loss."""
        results = asyncio.ensure_future(
            self._client.gather(futures, errors="skip", asynchronous=True)
        )
        results.add_done_callback(_look_at_error)
        losses = [asyncio.ensure_future(one) for one in (self._loss.wait(), self._disconnection())]
        done, _ = await asyncio.wait(
            {results, *losses}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )
        for loss in losses:
            loss.cancel()
        if results not in done:
            results.cancel()
        if self._lost:
            raise _lost(self._lost)
        if not done:
            raise not_all_answered(self.name, self.workers)
        if results not in done or any(future.cancelled() for future in futures):
            raise self._disconnected()
        return results.result()

    async def _pass_on(self, future: Future[R], standard: StandardFuture[R]) -> None:
        try:
            standard.set_result(await self._result_of(future))
        except BaseException as error:  # noqa: BLE001 - for whoever waits, when the loop ends too
            standard.set_exception(error)

    async def _result_of(self, future: Future[R]) -> R:
        """Wait for one task or, as for all of them, for a loss, which all tasks look out for."""
        result = asyncio.ensure_future(self._client.gather(future, asynchronous=True))
        result.add_done_callback(_look_at_error)
        if self._losing is None:
            self._losing = asyncio.ensure_future(self._any_loss())
        await asyncio.wait({result, self._losing}, return_when=asyncio.FIRST_COMPLETED)
        if self._lost:
            raise _lost(self._lost)
        if not result.done() or future.cancelled():
            raise self._disconnected()
        try:
            value: R = result.result()
        except KilledWorker as error:
            raise _lost(error.last_worker.address) from None
        return value

    async def _any_loss(self) -> None:
        """Wait until a worker or the scheduler is gone."""
        losses = [asyncio.ensure_future(one) for one in (self._loss.wait(), self._disconnection())]
        try:
            await asyncio.wait(losses, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for loss in losses:
                loss.cancel()

    def _look_out_no_more(self) -> None:
        """Leave no task in a loop that ends."""
        losing = self._losing
        if losing is not None:
            self._client.loop.add_callback(losing.cancel)

    async def _disconnection(self) -> None:
        """Wait until the scheduler is gone: what it was to do is lost, even if it comes back."""
        while self._client.status == "running":  # noqa: ASYNC110 - Dask tells nobody
            await asyncio.sleep(LOOK_INTERVAL)

    def _hear(self, address: str, event: tuple[float, dict[str, Any]]) -> None:
        """Listen to what the scheduler says about a worker, in order with its results."""
        if event[1].get("action") == "remove-worker":
            self._lost = address
            self._loss.set()

    def _disconnected(self) -> SpeedupError:
        return SpeedupError(
            f"dask executor: the connection to the scheduler at {self._scheduler} was lost; "
            "look at what it printed last, and start it again"
        )


def _prepare(collect_garbage: bool) -> None:  # noqa: FBT001 - by position
    """Prepare a worker."""
    if not collect_garbage:
        gc.disable()


def _unprepared(error: BaseException) -> SpeedupError:
    return SpeedupError(
        f"dask executor: a worker cannot run tasks ({first_line(error)}); pytest-speedup and what "
        "is measured must be importable where the workers run"
    )


def _lost(address: str) -> SpeedupError:
    return SpeedupError(
        f"dask executor: worker {address} was lost in mid-task; "
        "look for who killed it (out of memory?), and run again"
    )


def _look_at_error(task: asyncio.Future[Any]) -> None:
    """Keep asyncio from printing an error that came when nobody waited any more."""
    if not task.cancelled():
        task.exception()
