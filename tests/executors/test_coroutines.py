from __future__ import annotations

import asyncio
from functools import partial

import pytest

from pytest_speedup.errors import UnsuitableError
from pytest_speedup.executors import coroutine_of, with_coroutine


async def add_async(first: int, second: int) -> int:
    return first + second


@with_coroutine(add_async)
def add(first: int, second: int) -> int:
    return first + second


def test_a_function_stays_what_it_was() -> None:
    """Its twin is beside it."""
    assert add(1, 2) == 3
    assert coroutine_of(add) is add_async


def test_the_twin_of_a_partial_gets_its_arguments() -> None:
    """However deep, positional and named."""
    twin = coroutine_of(partial(partial(add, 1), second=5))
    assert asyncio.run(twin()) == 6  # type: ignore[arg-type]


def test_what_has_no_twin_is_refused_by_name() -> None:
    """Inside a partial as well."""
    for function in (abs, partial(abs, 1)):
        with pytest.raises(UnsuitableError, match=r"builtins\.abs is no coroutine"):
            coroutine_of(function)
