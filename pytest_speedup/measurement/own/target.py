"""Code that takes a number of workers, as the fixture ``scaling`` is given it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.measurement.own.apart import observe_apart, ready_apart, refuse_unsendable
from pytest_speedup.measurement.own.signature import name_of, never_reads, refuse_uncallable
from pytest_speedup.measurement.own.surroundings import Turn, ready
from pytest_speedup.measurement.own.work import observe

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from pytest_speedup.measurement.own.surroundings import Kept
    from pytest_speedup.measurement.own.work import Activity

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """What is run, and what surrounds it.

    Attributes:
        function: the code, which takes a count.
        args: what it takes besides.
        parameter: the keyword that carries the count; None where it goes first.
        serial: the count of the serial turns, or a function that takes none.
        setup: called with the count before each turn; None for nothing.
        setup_once: called with it once for all turns; None for nothing.
        environ: variables that carry the count; none where turns are run in this process.
    """

    function: Callable[..., Any]
    args: tuple[object, ...] = ()
    parameter: str | None = None
    serial: int | Callable[..., object] = 1
    setup: Callable[..., object] | None = None
    setup_once: Callable[..., object] | None = None
    environ: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the code."""
        return name_of(self.function)

    @property
    def carrier(self) -> str:
        """What carries the count, as one asks for it."""
        return self.parameter or ", ".join(self.environ) or "the count"

    @property
    def alone(self) -> int:
        """The count that others are held against to see whether they make a difference."""
        return 1 if callable(self.serial) else self.serial

    @property
    def serial_counts(self) -> bool:
        """Whether serial turns are of the same code, with a count."""
        return not callable(self.serial)

    def ready(self, count: int | None, kept: Kept) -> AbstractContextManager[Callable[[], Any]]:
        """Set up a turn with a count; None for a serial one."""
        turn = self._turn(count)
        if not self.environ:
            return ready(turn, kept)
        return ready_apart(turn, kept, self._variables(turn))

    def observe(self, count: int, kept: Kept) -> Activity:
        """Tell what works in a turn with a count."""
        turn = self._turn(count)
        if self.environ:
            return observe_apart(turn, kept, self._variables(turn))
        with ready(turn, kept) as call:
            return observe(call)

    def _variables(self, turn: Turn) -> dict[str, str]:
        return dict.fromkeys(self.environ, str(turn.workers))

    def _turn(self, count: int | None) -> Turn:
        passes = self.parameter is not None or not self.environ
        around = (self.args, self.setup, self.setup_once)
        if count is not None:
            return Turn(self.function, count, passes, self.parameter, *around)
        if callable(self.serial):
            return Turn(self.serial, 1, False, None, *around)  # noqa: FBT003 - a tuple's field
        return Turn(self.function, self.serial, passes, self.parameter, *around)


def read_target(
    function: Callable[..., Any],
    args: tuple[object, ...],
    *,
    parameter: object,
    serial: object,
    setup: object,
    setup_once: object,
    environ: object,
) -> Target:
    """Check what the fixture ``scaling`` is given.

    Raises:
        SpeedupError: something of it cannot be, or the code never looks at the count.
    """
    _refuse_uncallable("target", function, optional=False)
    for name, given in (("setup", setup), ("setup_once", setup_once)):
        _refuse_uncallable(name, given, optional=True)
    if parameter is not None and not (isinstance(parameter, str) and parameter.isidentifier()):
        message = (
            "parameter is the name of the keyword that is the number of workers, such as "
            f"'max_workers'; got {brief(parameter)}"
        )
        raise SpeedupError(message)
    if not callable(serial) and (type(serial) is not int or serial < 0):
        message = (
            "serial is a number of workers from 0, or a function that has none; "
            f"got {brief(serial)}"
        )
        raise SpeedupError(message)
    target = Target(
        function,
        args,
        parameter,
        serial,  # either, as was seen above
        setup,  # type: ignore[arg-type] # likewise
        setup_once,  # type: ignore[arg-type] # likewise
        _names(environ),
    )
    _refuse_impossible(target)
    return target


def _refuse_uncallable(name: str, given: object, *, optional: bool) -> None:
    if callable(given) or (optional and given is None):
        return
    takes = "" if name == "target" else " that takes the number of workers"
    message = f"{name} is a function{takes}; got {brief(given)}"
    raise SpeedupError(message)


def _names(environ: object) -> tuple[str, ...]:
    given: Sequence[object] = ()
    if isinstance(environ, str):
        given = [environ]
    elif isinstance(environ, Sequence):
        given = environ
    names = [one for one in given if isinstance(one, str) and VARIABLE.fullmatch(one)]
    if len(names) < len(given) or not isinstance(environ, Sequence):
        message = f"environ is names of variables, such as 'OMP_NUM_THREADS'; got {brief(environ)}"
        raise SpeedupError(message)
    return tuple(dict.fromkeys(names))


def _refuse_impossible(target: Target) -> None:
    passes = target.parameter is not None or not target.environ
    if passes and not any(_set_up(target)):  # what is set up may turn out to be nothing
        refuse_uncallable(target.function, target.parameter, len(target.args))
    if target.environ:
        refuse_unsendable(target._turn(1))  # noqa: SLF001 - its own module
        refuse_unsendable(target._turn(None))  # noqa: SLF001 - likewise
        return
    unread = never_reads(target.function, target.parameter)
    if unread and not any(_set_up(target)):
        message = (
            f"{target.name}() never reads its parameter {unread!r}: any number of workers would "
            "run as one; hand it on, or set it up with setup="
        )
        raise SpeedupError(message)


def _set_up(target: Target) -> tuple[Any, Any]:
    return target.setup, target.setup_once
