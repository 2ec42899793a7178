from __future__ import annotations

import errno
from typing import TYPE_CHECKING, cast

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.measurement import opened

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_speedup.executors import Executor


class FakePool(SerialExecutor):
    """Notes what happens to it."""

    def __init__(self, events: list[str]) -> None:
        self.events = events
        events.append("made")

    def start(self) -> None:
        self.events.append("started")

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.events.append(f"closed by {exc_type.__name__ if exc_type else 'nothing'}")


def test_cold_start_is_from_construction_to_the_last_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock is read before the executor is made and after it has started."""
    events: list[str] = []
    times = iter([1.0, 3.5])

    def now() -> float:
        events.append("clock")
        return next(times)

    monkeypatch.setattr("pytest_speedup.measurement.loop.now", now)
    with opened(lambda: cast("Executor", FakePool(events))) as (_, cold_start):
        assert cold_start == 2.5
    assert events == ["clock", "made", "started", "clock", "closed by nothing"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_it_is_closed_whatever_happens(error: type[BaseException]) -> None:
    """The executor learns of the error, and ends its workers at once."""
    events: list[str] = []
    with pytest.raises(error), opened(lambda: cast("Executor", FakePool(events))):
        raise error
    assert events[-1] == f"closed by {error.__name__}"


@pytest.mark.parametrize("part", ["__init__", "start"])
def test_what_the_system_refuses_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    """Shared memory takes a file, and workers take processes; what the caller does is not meant."""

    def refuse(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="mine"), opened(lambda: cast("Executor", FakePool([]))):
        raise OSError("mine")  # noqa: EM101 - the caller's own
    monkeypatch.setattr(FakePool, part, refuse)
    with (
        pytest.raises(SpeedupError, match=r"could not start: .*No space left on device; free"),
        opened(lambda: cast("Executor", FakePool([]))),
    ):
        pass
