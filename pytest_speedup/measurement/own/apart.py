"""Turns in a process of their own, which was started with variables that carry the count."""

from __future__ import annotations

import gc
import os
import pickle
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_speedup.clock import leave_out, now, process_cpu, timed, untimed
from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.executors import Carrier, ProcessExecutor
from pytest_speedup.measurement.own.signature import name_of
from pytest_speedup.measurement.own.surroundings import Kept, Turn, ready
from pytest_speedup.measurement.own.work import Activity, observe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

STARTED_ANEW = "spawn"
"""The start method whose processes import everything after they have their variables."""


class Answer(NamedTuple):
    """What a turn came to in its process.

    Attributes:
        result: what the target returned.
        seconds: wall time of the turn alone.
        cpu_seconds: CPU time of the process meanwhile.
    """

    result: Any
    seconds: float
    cpu_seconds: float


_KEPT = Kept()
"""In such a process: what lasts for all its turns."""


def _take_turn(asked: tuple[Turn, bool]) -> Answer:
    turn, collect_garbage = asked
    with ready(turn, _KEPT) as call:
        ran = timed(call, collect_garbage=collect_garbage)
    try:
        pickle.dumps(ran.result)
    except Exception as error:  # noqa: BLE001 - pickling raises anything
        message = (
            f"what {name_of(turn.function)}() returned cannot be sent from its process "
            f"({first_line(error)}): return numbers, text, arrays or containers of them"
        )
        raise SpeedupError(message) from None
    return Answer(ran.result, ran.seconds, ran.cpu_seconds)


def _take_observed_turn(turn: Turn) -> Activity:
    with ready(turn, _KEPT) as call:
        return observe(call)


def _leave(_nothing: None) -> None:
    _KEPT.leave(None, None, None)


def refuse_unsendable(turn: Turn) -> None:
    """Refuse a turn that another process cannot have.

    Raises:
        SpeedupError: part of it cannot be pickled.
    """
    parts = (turn.function, turn.setup, turn.setup_once, *turn.args)
    for part in parts:
        try:
            pickle.dumps(part)
        except Exception as error:  # noqa: BLE001, PERF203 - pickling raises anything
            what = name_of(part) if callable(part) else type(part).__name__
            message = (
                f"environ= runs {name_of(turn.function)}() in processes of their own, where {what} "
                f"cannot be sent ({first_line(error)}): put it at the top of a module"
            )
            raise SpeedupError(message) from None


@contextmanager
def ready_apart(
    turn: Turn, kept: Kept, variables: Mapping[str, str]
) -> Iterator[Callable[[], Any]]:
    """Have a turn ready in its process; what sending takes is not timed.

    Args:
        turn: what is run there.
        kept: keeps the process.
        variables: what the process is started with.

    Yields:
        What is to be timed.
    """
    with untimed():
        process = _process(kept, variables)

    def call() -> Any:  # noqa: ANN401 - whatever the target returns
        cpu, start = process_cpu(), now()
        (answer,) = process.map(_take_turn, [(turn, gc.isenabled())])
        spent, cpu_spent = now() - start, process_cpu() - cpu
        leave_out(spent - answer.seconds, cpu_spent - answer.cpu_seconds)
        return answer.result

    yield call


def observe_apart(turn: Turn, kept: Kept, variables: Mapping[str, str]) -> Activity:
    """Tell what worked in the process of a turn."""
    (activity,) = _process(kept, variables).map(_take_observed_turn, [turn])
    return activity


def _process(kept: Kept, variables: Mapping[str, str]) -> ProcessExecutor:
    if kept.process is None:
        process = ProcessExecutor(1, start_method=STARTED_ANEW, import_main=False, kind=Carrier)
        with _set(variables):
            kept.stack.enter_context(process)
            process.start()
        kept.stack.push(partial(_leave_politely, process))
        kept.process = process
    found: ProcessExecutor = kept.process
    return found


def _leave_politely(
    process: ProcessExecutor, error: type[BaseException] | None, *_: object
) -> None:
    """Have a process leave what it entered, unless it is to be ended at once."""
    if error is None:
        list(process.map(_leave, [None]))


@contextmanager
def _set(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables of this process, which those that it starts get."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
