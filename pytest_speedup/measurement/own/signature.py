"""What the signature of a function tells: whether it takes a count, and whether it looks at it."""

from __future__ import annotations

import dis
import inspect
from contextlib import contextmanager, suppress
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError, UnsuitableError, first_line
from pytest_speedup.executors import TurnExecutor
from pytest_speedup.measurement.reference import UNUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_speedup.measurement.workload import Workload

COUNTS = frozenset(
    (
        *("max_workers", "workers", "n_workers", "num_workers", "nworkers", "n_jobs", "njobs"),
        *("threads", "n_threads", "num_threads", "nthreads", "max_threads", "concurrency"),
        *("processes", "n_processes", "num_processes", "n_process", "nproc", "nprocs"),
    )
)
"""Names that libraries give to a number of workers."""

ALL_LOCALS = frozenset(("locals", "vars", "eval", "exec"))
"""Names by which a function looks at its arguments without naming them."""

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def innermost(function: Callable[..., object]) -> Callable[..., object]:
    """Return what a ``functools.partial`` is of."""
    while isinstance(function, partial):
        function = function.func
    return function


def name_of(function: Callable[..., object]) -> str:
    """Name a function as messages do."""
    named = innermost(function)
    return str(getattr(named, "__name__", type(named).__name__))


def signature_of(function: Callable[..., object]) -> inspect.Signature | None:
    """Return the signature; None of a function of C that does not tell."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def refuse_uncallable(function: Callable[..., object], parameter: str | None, args: int) -> None:
    """Refuse a target that cannot be called with a count.

    Args:
        function: the target.
        parameter: the keyword that carries the count; None where the count goes first.
        args: how many arguments it gets besides.

    Raises:
        SpeedupError: it has no such parameter, or an argument takes its place.
    """
    signature, name = signature_of(function), name_of(function)
    if signature is None:
        return
    own = list(signature.parameters.values())
    if parameter is None:
        _refuse_count_first(signature, name, args)
        return
    takes_any = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in own)
    named = signature.parameters.get(parameter)
    if named is None and takes_any:
        return
    if named is None:
        has = ", ".join(signature.parameters) or "none"
        message = f"{name}() has no parameter {brief(parameter)}; it has {has}"
        raise SpeedupError(message)
    if named.kind is inspect.Parameter.POSITIONAL_ONLY:
        message = f"{parameter!r} of {name}() has no keyword: bind it with a lambda, count first"
        raise SpeedupError(message)
    if named in [one for one in own if one.kind in POSITIONAL][:args]:
        message = f"{parameter!r} of {name}() is taken by an argument; leave it out"
        raise SpeedupError(message)


def _refuse_count_first(signature: inspect.Signature, name: str, args: int) -> None:
    try:
        signature.bind(*[None] * (args + 1))
    except TypeError as error:
        message = (
            f"{name}() cannot take a count and {args} more: {error}; bind the rest with "
            f"functools.partial, and name the count's keyword, as in parameter={_likely(signature)}"
        )
        raise SpeedupError(message) from None
    first = next(iter(signature.parameters), "")
    if first not in COUNTS and _count_of(signature) is not None:
        message = (
            f"{name}() would get the count as {first!r}: name the parameter that is the number of "
            f"workers, parameter={_likely(signature)}"
        )
        raise SpeedupError(message)


def _likely(signature: inspect.Signature) -> str:
    return repr(_count_of(signature) or "max_workers")


def _count_of(signature: inspect.Signature) -> str | None:
    """Find the parameter that is a number of workers, by its name."""
    return next((name for name in signature.parameters if name in COUNTS), None)


def never_reads(function: Callable[..., object], parameter: str | None) -> str:
    """Name the parameter that a function of Python never looks at; empty if it may.

    Args:
        function: a function, a method or a ``functools.partial`` of one.
        parameter: its name; None for the first that a caller gives.
    """
    inner: Any = innermost(function)
    if isinstance(inner, MethodType):
        bound, inner = 1, inner.__func__
    else:
        bound = 0
    if not isinstance(inner, FunctionType) or hasattr(inner, "__wrapped__"):
        return ""
    code = inner.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if parameter is None:
        first = bound + (len(function.args) if isinstance(function, partial) else 0)
        if first >= code.co_argcount:
            return ""
        parameter = names[first]
    return parameter if parameter in names and not _loads(code, parameter) else ""


def _loads(code: CodeType, name: str) -> bool:
    return any(
        name in _names(one.argval) or (one.opname == "LOAD_GLOBAL" and one.argval in ALL_LOCALS)
        for one in dis.get_instructions(code)
        if "LOAD" in one.opname
    )


def _names(argument: object) -> tuple[object, ...]:
    """List what an instruction loads, which may be several names at once."""
    return argument if isinstance(argument, tuple) else (argument,)


UNUSED_BY = TurnExecutor.__name__
"""What errors name where an executor was taken for data."""


@contextmanager
def misuse_named(function: Callable[..., object], workload: Workload[Any]) -> Iterator[None]:
    """Say what to do where ``speedup(...)`` is given code with workers of its own.

    Args:
        function: what it is given.
        workload: the same with all else.

    Raises:
        SpeedupError: it cannot be called with an executor, or took one for its data.
    """
    signature = signature_of(function)
    hint = "" if signature is None else _word_misuse(signature, name_of(function), workload)
    try:
        yield
    except UnsuitableError:
        raise
    except SpeedupError as error:
        if hint and str(error) == UNUSED:
            raise SpeedupError(hint) from error
        raise
    except Exception as error:
        if hint and UNUSED_BY in str(error):
            message = f"{hint} ({first_line(error)})"
            raise SpeedupError(message) from error
        raise


def _refuse_unbound(signature: inspect.Signature, workload: Workload[Any]) -> None:
    """Raise TypeError where code cannot be called so, with what is set up for it or without."""
    if workload.setup is not None:
        with suppress(TypeError):
            signature.bind(None, None, *workload.args, **workload.kwargs)
            return
    signature.bind(None, *workload.args, **workload.kwargs)


def _word_misuse(
    signature: inspect.Signature,
    name: str,
    workload: Workload[Any],
) -> str:
    """Say how the code is measured; empty where no parameter is a number of workers by its name.

    Raises:
        SpeedupError: it cannot be called with an executor before the arguments.
    """
    count = _count_of(signature)
    first = next(iter(signature.parameters), "")
    rest = "".join(", ..." for _ in workload.args)
    hint = (
        f"{name}() got the executor as {first!r}: code with workers of its own takes the fixture "
        f"scaling, as in scaling({name}{rest}, parameter={count!r})"
    )
    try:
        _refuse_unbound(signature, workload)
    except TypeError as error:
        wrong = f"{name}() gets an executor first, and cannot be called so: {error}"
        raise SpeedupError(wrong if count is None else hint) from None
    return hint if count is not None and first != "executor" else ""
