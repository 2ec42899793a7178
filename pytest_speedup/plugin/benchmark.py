"""What the plugin needs of pytest-benchmark's fixture, which has no types of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

R = TypeVar("R")


class _Durations(Protocol):
    data: list[float]


class _Metadata(Protocol):
    stats: _Durations


class Benchmark(Protocol):
    """``pytest_benchmark.fixture.BenchmarkFixture``.

    Attributes:
        disabled: whether it is told not to time.
        enabled: whether it times; it only runs its target once otherwise.
        group: the group under which its table shows the cell.
        extra_info: what is stored with the cell.
        has_error: whether the cell is kept out of saved files.
        stats: what it has timed so far, in ``stats.stats.data``.
        _mode: how it was used; it complains when it was not.
        _max_time: seconds a cell may take, from option or marker.
        _min_rounds: fewest rounds, from option or marker.
        _disable_gc: whether the garbage collector is off while it times, likewise.
    """

    disabled: bool
    enabled: bool
    group: str | None
    extra_info: dict[str, Any]
    has_error: bool
    stats: _Metadata
    _mode: str | None
    _max_time: float
    _min_rounds: int
    _disable_gc: bool

    def pedantic(
        self,
        target: Callable[[], R],
        *,
        setup: Callable[[], None] | None = None,
        teardown: Callable[[], None] | None = None,
        rounds: int = 1,
    ) -> R:
        """Run and time the target once per round, ``setup`` before and ``teardown`` after each."""
