"""What a function's signature and code tell of its number of workers."""

from __future__ import annotations

import functools
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import SpeedupError, UnsuitableError
from pytest_speedup.measurement import Workload
from pytest_speedup.measurement.own import misuse_named, name_of, never_reads
from pytest_speedup.measurement.own.signature import refuse_uncallable
from pytest_speedup.measurement.reference import UNUSED

if TYPE_CHECKING:
    from collections.abc import Callable


def fetch(urls: list[str], max_workers: int = 2) -> list[str]:
    return urls * max_workers


def deaf(urls: list[str], max_workers: int) -> list[str]:
    return urls


def overwritten(n: int) -> int:
    n = 2
    return n + 0


def looks_around(n: int) -> object:
    return locals()


def closed_over(n: int) -> Callable[[], int]:
    return lambda: n


def positional(n: int, /) -> int:
    return n


def with_data(executor: object, data: object) -> object:
    return executor, data


def noted(*given: object) -> object:
    return given


def anything(**named: object) -> object:
    return named


@functools.wraps(deaf)
def wrapped(*args: object, **kwargs: object) -> object:
    return args, kwargs


class Index:
    def query(self, threads: int) -> int:
        return threads

    def ignore(self, threads: int) -> None:
        pass


@pytest.mark.parametrize(
    ("function", "parameter", "args", "said"),
    [
        (fetch, "worker", 1, "fetch() has no parameter 'worker'; it has urls, max_workers"),
        (fetch, "max_workers", 2, "'max_workers' of fetch() is taken by an argument; leave it out"),
        (positional, "n", 0, "'n' of positional() has no keyword"),
        (fetch, None, 1, "would get the count as 'urls': name the parameter"),
        (fetch, None, 2, "cannot take a count and 2 more: too many positional arguments"),
    ],
)
def test_what_cannot_be_called_with_a_count_is_refused(
    function: Callable[..., object], parameter: str | None, args: int, said: str
) -> None:
    """In one line, with the names that there are."""
    with pytest.raises(SpeedupError) as refusal:
        refuse_uncallable(function, parameter, args)
    assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("function", "parameter", "args"),
    [
        (fetch, "max_workers", 1),
        (anything, "n_jobs", 0),
        (positional, None, 0),
        (partial(fetch, ["a"]), "max_workers", 0),
        (Index().query, None, 0),
        (min, None, 1),
    ],
)
def test_what_can_be_called_is_not_refused(
    function: Callable[..., object], parameter: str | None, args: int
) -> None:
    """Nor what does not tell."""
    refuse_uncallable(function, parameter, args)


@pytest.mark.parametrize(
    ("function", "parameter", "unread"),
    [
        (deaf, "max_workers", "max_workers"),
        (partial(deaf, ["a"]), None, "max_workers"),
        (overwritten, None, ""),  # what is stored is read
        (lambda n: 1, None, "n"),  # noqa: ARG005 - that is the point
        (Index().ignore, None, "threads"),
        (Index().query, None, ""),
        (fetch, "max_workers", ""),
        (looks_around, None, ""),
        (closed_over, None, ""),
        (anything, "n_jobs", ""),
        (wrapped, "max_workers", ""),
        (print, None, ""),
        (partial(deaf, ["a"], 2), None, ""),
    ],
)
def test_a_parameter_that_is_never_read_is_named(
    function: Callable[..., object], parameter: str | None, unread: str
) -> None:
    """And no other."""
    assert never_reads(function, parameter) == unread


@pytest.mark.parametrize(
    ("workload", "args", "kwargs", "said"),
    [
        (fetch, (["a"],), {"max_workers": 2}, "scaling(fetch, ..., parameter='max_workers')"),
        (positional, (1,), {}, "positional() gets an executor first, and cannot be called so"),
    ],
)
def test_what_cannot_take_an_executor_is_refused_before_it_runs(
    workload: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    said: str,
) -> None:
    """With the way out where it has workers of its own."""
    with (
        pytest.raises(SpeedupError) as refusal,
        misuse_named(workload, Workload(workload, args, kwargs)),
    ):
        pytest.fail("it was not refused")
    assert said in str(refusal.value)


def test_an_executor_that_was_taken_for_data_is_named() -> None:
    """Whatever the error says; the errors of a workload itself stay as they are."""
    with (
        pytest.raises(SpeedupError, match=r"fetch\(\) got the executor as 'urls'.*\(TypeError: "),
        misuse_named(fetch, Workload(fetch)),
    ):
        raise TypeError("'TurnExecutor' object is not iterable")  # noqa: TRY003, EM101 - as Python says it
    with pytest.raises(ValueError, match="of its own"), misuse_named(fetch, Workload(fetch)):
        raise ValueError("of its own")  # noqa: TRY003, EM101 - an error of the workload
    with (
        pytest.raises(SpeedupError, match="takes the fixture scaling"),
        misuse_named(fetch, Workload(fetch)),
    ):
        raise SpeedupError(UNUSED)
    with pytest.raises(UnsuitableError), misuse_named(fetch, Workload(fetch)):
        raise UnsuitableError
    with pytest.raises(TypeError), misuse_named(noted, Workload(noted)):
        raise TypeError("'TurnExecutor' object is not iterable")  # noqa: TRY003, EM101 - as above


def test_what_is_set_up_is_an_argument_that_counts() -> None:
    """Or is none, where the setup makes nothing: only what fits neither way is refused."""
    for args in ((), (2,)):
        with misuse_named(with_data, Workload(with_data, args, setup=list)):
            pass
    with (
        pytest.raises(SpeedupError, match="cannot be called so"),
        misuse_named(with_data, Workload(with_data, (1, 2), setup=list)),
    ):
        pytest.fail("it was not refused")


def test_functions_are_named_as_they_are_called() -> None:
    """Objects that are called by their types."""
    assert [name_of(one) for one in (fetch, partial(fetch), Index().query)] == [
        "fetch",
        "fetch",
        "query",
    ]
    assert name_of(functools.lru_cache(fetch)) == "fetch"
