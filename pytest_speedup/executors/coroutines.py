"""Functions that have a coroutine function for a twin, which an event loop runs in their place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_speedup.errors import UnsuitableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

F = TypeVar("F")

TWIN = "coroutine"
"""Name of the attribute with the twin."""


def with_coroutine(twin: Callable[..., Awaitable[Any]]) -> Callable[[F], F]:
    """Decorate a function with its twin: a coroutine function of the same arguments and results."""

    def decorate(function: F) -> F:
        setattr(function, TWIN, twin)
        return function

    return decorate


def coroutine_of(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """Return the twin of a function, or of a ``functools.partial`` of one.

    Raises:
        UnsuitableError: it has none.
    """
    if isinstance(function, partial):
        return partial(coroutine_of(function.func), *function.args, **function.keywords)
    twin: Callable[..., Awaitable[Any]] | None = getattr(function, TWIN, None)
    if twin is None:
        name = f"{function.__module__}.{getattr(function, '__qualname__', function)}"
        message = (
            f"asyncio executor: {name} is no coroutine, and computing gains nothing from an event "
            "loop; where it waits, give it a twin with @with_coroutine(...)"
        )
        raise UnsuitableError(message)
    return twin
