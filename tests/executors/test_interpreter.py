"""What interpreters share works among threads alike."""

from __future__ import annotations

import pickle
import queue
import threading
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.executors.interpreter import CountedQueue, PipeSemaphore, SocketSemaphore
from tests.executors.waiting import PATIENCE
from tests.posix import posix_only

if TYPE_CHECKING:
    from collections.abc import Iterator


Semaphore = PipeSemaphore | SocketSemaphore


@pytest.fixture(
    params=[pytest.param(PipeSemaphore, marks=posix_only), SocketSemaphore],
    ids=["pipe", "sockets"],
)
def semaphore(request: pytest.FixtureRequest) -> Iterator[Semaphore]:
    one: Semaphore = request.param.create(2)
    yield one
    one.close()


def test_a_semaphore_has_as_many_as_it_was_made_with(semaphore: Semaphore) -> None:
    """And one more for each that is given back."""
    taken = [semaphore.acquire(block=False) for _ in range(3)]
    assert taken == [True, True, False]
    semaphore.release()
    assert semaphore.acquire(timeout=0.01)
    assert not semaphore.acquire(timeout=0.01)


def test_whoever_waits_gets_what_is_given_back(semaphore: Semaphore) -> None:
    """However long it takes, unless a limit was set."""
    with semaphore, semaphore:
        assert not semaphore.acquire(block=False)
        threading.Timer(0.01, semaphore.release).start()
        assert semaphore.acquire()


def test_a_copy_is_the_same_semaphore(semaphore: Semaphore) -> None:
    """An interpreter of the same process gets it as bytes."""
    copy = pickle.loads(pickle.dumps(semaphore))  # noqa: S301 - our own bytes
    copy.acquire()
    copy.acquire()
    assert not semaphore.acquire(block=False)


def test_a_copy_of_sockets_has_its_own() -> None:
    """An interpreter that ends closes them; the others' stay open, and none waits for more."""
    semaphore = SocketSemaphore.create(0)
    pickle.loads(pickle.dumps(semaphore)).close()  # noqa: S301 - our own bytes
    semaphore.release()
    assert semaphore.acquire(timeout=PATIENCE)
    semaphore.close()


class Items(queue.Queue[object]):
    """A queue with the names of an interpreter's."""


def test_a_queue_waits_for_its_items(semaphore: Semaphore) -> None:
    """The oldest first; Empty when nothing comes."""
    semaphore.acquire()
    semaphore.acquire()
    channel = CountedQueue(Items(), semaphore)
    for item in ("first", "second"):
        channel.put(item)
    assert [channel.get(), channel.get(timeout=PATIENCE)] == ["first", "second"]
    with pytest.raises(queue.Empty):
        channel.get(timeout=0.01)
