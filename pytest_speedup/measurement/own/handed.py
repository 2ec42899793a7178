"""What tests of pytest-benchmark hand to its fixture, serially and with a number of workers."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_speedup.clock import untimed
from pytest_speedup.errors import SpeedupError
from pytest_speedup.measurement.own.signature import name_of
from pytest_speedup.measurement.own.surroundings import finished
from pytest_speedup.measurement.own.work import observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from pytest_speedup.measurement.own.surroundings import Kept
    from pytest_speedup.measurement.own.work import Activity


@dataclass(frozen=True, slots=True)
class Handed:
    """What ``benchmark(...)`` or ``benchmark.pedantic(...)`` got.

    Attributes:
        function: what is timed.
        args: its arguments.
        kwargs: likewise those that have names.
        setup: called before each turn; what it returns, if anything, are the arguments.
        teardown: called with the arguments after each turn.
    """

    function: Callable[..., Any]
    args: Sequence[object] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)
    setup: Callable[[], Any] | None = None
    teardown: Callable[..., object] | None = None

    @contextmanager
    def ready(self) -> Iterator[Callable[[], Any]]:
        """Set up a turn, and tear it down; neither is timed.

        Yields:
            What is to be timed.

        Raises:
            SpeedupError: arguments are given, and the setup returns some, too.
        """
        if self.setup is None and self.teardown is None:
            yield lambda: finished(self.function(*self.args, **self.kwargs))
            return
        with untimed():
            args, kwargs = self._set_up()
        yield lambda: finished(self.function(*args, **kwargs))
        with untimed():
            if self.teardown is not None:
                self.teardown(*args, **kwargs)

    def _set_up(self) -> tuple[Sequence[object], Mapping[str, object]]:
        given = None if self.setup is None else self.setup()
        if not given:
            return self.args, self.kwargs
        if self.args or self.kwargs:
            message = "pedantic: setup returns arguments, so that args and kwargs cannot be given"
            raise SpeedupError(message)
        args, kwargs = given
        return args, kwargs


@dataclass(frozen=True, slots=True)
class HandedPair:
    """What a test hands over with its number of workers, and with the serial one.

    Attributes:
        parallel: with its number.
        serial: with the serial one.
        parameter: the parameter of the test that is the number.
        alone: the serial number.
    """

    parallel: Handed
    serial: Handed
    parameter: str
    alone: int

    @property
    def name(self) -> str:
        """The name of what is timed."""
        return name_of(self.parallel.function)

    @property
    def carrier(self) -> str:
        """What carries the count, as one asks for it."""
        return self.parameter

    @property
    def serial_counts(self) -> bool:
        """That serial turns are of the same code, with a count."""
        return True

    def ready(self, count: int | None, _kept: Kept) -> AbstractContextManager[Callable[[], Any]]:
        """Set up a turn: a serial one for None."""
        return (self.serial if count is None else self.parallel).ready()

    def observe(self, count: int, kept: Kept) -> Activity:
        """Tell what works in a turn with a count."""
        with self.ready(None if count == self.alone else count, kept) as call:
            return observe(call)
