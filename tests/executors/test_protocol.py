from __future__ import annotations

import asyncio
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import UnsuitableError
from pytest_speedup.executors import Conditions, coroutine_of, create, with_coroutine
from pytest_speedup.executors.protocol import gather
from tests.executors.here import SENDING
from tests.executors.waiting import fail_beside_another

if TYPE_CHECKING:
    from collections.abc import Sequence


async def add_async(first: int, second: int) -> int:
    return first + second


@with_coroutine(add_async)
def add(first: int, second: int) -> int:
    return first + second


def test_a_function_stays_what_it_was() -> None:
    """It is named beside it."""
    assert add(1, 2) == 3
    assert coroutine_of(add) is add_async


def test_the_coroutine_of_a_partial_gets_its_arguments() -> None:
    """However deep, positional and named."""
    coroutine = coroutine_of(partial(partial(add, 1), second=5))
    assert asyncio.run(coroutine()) == 6  # type: ignore[arg-type]


def test_what_has_no_coroutine_function_is_refused_by_name() -> None:
    """Inside a partial as well."""
    for function in (abs, partial(abs, 1)):
        with pytest.raises(UnsuitableError, match=r"builtins\.abs is no coroutine"):
            coroutine_of(function)


class Interrupted(Future[int]):
    """Ctrl-C comes while the caller waits for it."""

    def result(self, timeout: float | None = None) -> int:  # noqa: ARG002 - as inherited
        raise KeyboardInterrupt


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[list[bool]]:
    """For each call of ``wait``: which of its futures were cancelled by then."""
    calls: list[list[bool]] = []

    def wait(futures: Sequence[Future[int]]) -> None:
        calls.append([future.cancelled() for future in futures])

    monkeypatch.setattr("pytest_speedup.executors.protocol.wait", wait)
    return calls


def test_an_error_cancels_what_has_not_begun_and_waits_for_the_rest(
    waits: list[list[bool]],
) -> None:
    """Of a failed, a running and a waiting task, the last is cancelled before the wait."""
    futures: list[Future[int]] = [Future(), Future(), Future()]
    futures[0].set_exception(ValueError("first"))
    futures[1].set_running_or_notify_cancel()
    with pytest.raises(ValueError, match="first"):
        next(gather(futures))
    assert waits == [[False, False, True]]


def test_an_interrupt_is_passed_on_at_once(waits: list[list[bool]]) -> None:
    """Neither cancelled nor waited for: whoever holds the executor ends its workers."""
    futures: list[Future[int]] = [Interrupted(), Future()]
    with pytest.raises(KeyboardInterrupt):
        next(gather(futures))
    assert waits == []
    assert not futures[1].cancelled()


@pytest.mark.parametrize("name", ["thread", *SENDING])
def test_nothing_of_a_failed_call_still_runs(name: str) -> None:
    """The task beside the failed one has ended when the error arrives."""
    with create(name, 2, Conditions(import_main=False)) as executor:
        executor.start()
        finished = executor.counter()
        task = partial(fail_beside_another, executor.queue(), finished)
        with pytest.raises(ValueError, match="first"):
            list(executor.map(task, ["fail", "work"]))
        assert finished.value == 1
