"""Every test that uses the fixture becomes one test per cell: by its marker, and called once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pytest
from _pytest.outcomes import OutcomeException
from _pytest.unittest import TestCaseFunction

from pytest_speedup.documents import MAX_FLOOR, MAX_PEAK, brief
from pytest_speedup.errors import SpeedupError, first_line
from pytest_speedup.executors import OWN, is_coroutine_function
from pytest_speedup.gate import UNFINISHED, Ending, How
from pytest_speedup.measurement.own import EQUAL, check_compare
from pytest_speedup.model import STRONG, WEAK, Cell, CellRules, Floors, cell_name
from pytest_speedup.parsing import check_executors, check_workers
from pytest_speedup.plugin.run import RUN
from pytest_speedup.plugin.scaled import (
    BENCHMARK,
    check_adopted,
    count_of,
    own_id,
    parameter_of,
    refuse_both,
    refuse_others_marks,
)
from pytest_speedup.plugin.settings import cell_ids
from pytest_speedup.plugin.start import EXECUTOR, HAS_OWN, WORKERS
from pytest_speedup.reports import word_loss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeGuard

    from pytest_speedup.errors import UnsuitableError
    from pytest_speedup.measurement.own import Compare
    from pytest_speedup.model import Verdict
    from pytest_speedup.plugin.run import Run

D = TypeVar("D")

LOOP = "asyncio"
"""The executor with an event loop."""

"""Of what a test demands."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a test says about its own cells; None where it says nothing.

    Attributes:
        executors: the executors it runs on.
        workers: the worker counts it runs with.
        rounds: how many paired rounds are measured.
        margin: loss of speedup, as a fraction of the baseline's, that is still accepted; for
            all cells, or by the name of the cell, such as ``{"process-4": 0.2}``.
        at_least: speedup that every cell must reach, whatever the baseline.
        at_least_of_ceiling: share of the measured ceiling that every cell must reach, likewise.
        peak: tasks that every cell must have at work at once, likewise.
        tasks_per_second: tasks that it must run in a second, likewise.
        p50: seconds within which half of its tasks must be done; p95 is that of 95 % of them.
        scaling: strong where the work stays the same, weak where it grows with the workers.
        parameter: the parameter of a test of pytest-benchmark that is its number of workers.
        serial: the value of that parameter in serial turns; None for 1.
        compare: tells by what was got and what was expected whether they are the same; None where
            results are not compared.
    """

    executors: tuple[str, ...] | None = None
    workers: tuple[int, ...] | None = None
    rounds: int | None = None
    margin: float | Mapping[str, float] | None = None
    at_least: float | None = None
    at_least_of_ceiling: float | None = None
    peak: int | None = None
    tasks_per_second: float | None = None
    p50: float | None = None
    p95: float | None = None
    scaling: str = STRONG
    parameter: str | None = None
    serial: int | None = None
    compare: Compare = EQUAL

    @property
    def weak(self) -> bool:
        """Whether the work grows with the workers."""
        return self.scaling == WEAK

    @property
    def floors(self) -> Floors:
        """What every cell must reach."""
        return Floors(**{one.name: getattr(self, one.name) for one in fields(Floors)})

    def rules_of(self, cell_name: str) -> CellRules:
        """What is said of how a cell is judged."""
        return CellRules(self.margin_of(cell_name, None), self.floors)

    def margin_of(self, cell_name: str, default: D) -> float | D:
        """Look up the margin of one cell, and what holds where nobody names it."""
        if isinstance(self.margin, Mapping):
            return self.margin.get(cell_name, default)
        return default if self.margin is None else self.margin


def read_marker(args: Sequence[object], kwargs: Mapping[str, object]) -> Marks:
    """Check the arguments of the marker.

    Raises:
        SpeedupError: an argument is unknown, or its value is not valid.
    """
    known = [field.name for field in fields(Marks)]
    unknown = [brief(name) for name in kwargs if name not in known] + [brief(arg) for arg in args]
    if unknown:
        message = (
            f"@pytest.mark.speedup: unknown argument {', '.join(unknown)}; "
            f"it takes the keywords {', '.join(known)}"
        )
        raise SpeedupError(message)
    try:
        return Marks(
            executors=check_executors(_many(kwargs["executors"]))
            if "executors" in kwargs
            else None,
            workers=check_workers(_many(kwargs["workers"])) if "workers" in kwargs else None,
            rounds=_whole("rounds", kwargs),
            margin=_margins(kwargs["margin"]) if "margin" in kwargs else None,
            at_least=_floor("at_least", kwargs),
            at_least_of_ceiling=_floor("at_least_of_ceiling", kwargs),
            peak=_whole("peak", kwargs, most=MAX_PEAK),
            tasks_per_second=_floor("tasks_per_second", kwargs, "500"),
            p50=_floor("p50", kwargs, "0.02 seconds"),
            p95=_floor("p95", kwargs, "0.02 seconds"),
            scaling=_scaling(kwargs),
            **_adopting(kwargs),
        )
    except SpeedupError as error:
        message = f"@pytest.mark.speedup: {error}"
        raise SpeedupError(message) from error


def _scaling(kwargs: Mapping[str, object]) -> str:
    kind = kwargs.get("scaling", STRONG)
    if not isinstance(kind, str) or kind not in (STRONG, WEAK):
        message = (
            f"scaling is '{STRONG}', of the same work, or '{WEAK}', of work that grows with the "
            f"workers; got {brief(kind)}"
        )
        raise SpeedupError(message)
    return kind


def _adopting(kwargs: Mapping[str, object]) -> dict[str, Any]:
    """Check what makes cells of a test of pytest-benchmark."""
    given = {name: kwargs[name] for name in ("parameter", "serial", "compare") if name in kwargs}
    if not given:
        return {}
    parameter = given.get("parameter")
    if not isinstance(parameter, str) or not parameter.isidentifier():
        message = (
            "parameter is the name of the test's parameter that is the number of workers, such as "
            f"'num_threads'; got {brief(parameter)}"
        )
        raise SpeedupError(message)
    for name in ("executors", "workers"):
        if name in kwargs:
            message = f"{name} cannot be chosen where cells are the values of {parameter!r}"
            raise SpeedupError(message)
    if kwargs.get("scaling", STRONG) != STRONG:
        message = (
            "scaling='weak' is not for tests of pytest-benchmark, which do not tell whether their "
            "work grows: use the fixture scaling with tasks="
        )
        raise SpeedupError(message)
    serial = given.get("serial", 1)
    if type(serial) is not int or serial < 0:
        message = f"serial is a value of {parameter!r}, a whole number from 0; got {brief(serial)}"
        raise SpeedupError(message)
    check_compare(given.get("compare", EQUAL))
    return given


def _many(value: object) -> list[object]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return [value]


def _whole(name: str, kwargs: Mapping[str, object], most: float = math.inf) -> int | None:
    if name not in kwargs:
        return None
    value = kwargs[name]
    if type(value) is not int or not 1 <= value <= most:
        message = f"{name} is a whole number from 1; got {brief(value)}"
        raise SpeedupError(message)
    return value


def _margins(value: object) -> float | Mapping[str, float]:
    if isinstance(value, Mapping):
        return {str(name): _margin(margin) for name, margin in value.items()}
    return _margin(value)


def _margin(value: object) -> float:
    if not isinstance(value, int | float) or not 0 < value < 1:
        message = f"margin is a fraction between 0 and 1, such as 0.1; got {brief(value)}"
        raise SpeedupError(message)
    return float(value)


def _floor(name: str, kwargs: Mapping[str, object], example: str = "0.8") -> float | None:
    value = kwargs.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or not 0 < value <= MAX_FLOOR:
        message = f"{name} is a positive number, such as {example}; got {brief(value)}"
        raise SpeedupError(message)
    return float(value)


def read_marks(node: pytest.Item | pytest.Function) -> Marks:
    """Read the marker of a test.

    Raises:
        SpeedupError: it has an unknown argument or an invalid value.
    """
    marker = node.get_closest_marker("speedup")
    return Marks() if marker is None else read_marker(marker.args, marker.kwargs)


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Give a test that uses the fixture its cells, as parameters that JSON can hold."""
    if EXECUTOR not in metafunc.fixturenames:
        refuse_marker_alone(metafunc.definition)
        return
    has_own = HAS_OWN in metafunc.fixturenames
    try:
        marks = read_marks(metafunc.definition)
        refuse_others_marks(marks, metafunc.definition.name, has_own=has_own)
        refuse_both(metafunc.definition, has_own=has_own)
    except SpeedupError as error:
        pytest.fail(str(error), pytrace=False)
    settings = metafunc.config.stash[RUN].settings
    cells = settings.own_cells(marks) if has_own else settings.cells(marks)
    metafunc.parametrize((EXECUTOR, WORKERS), cells, ids=cell_ids(cells))


def is_cell(item: pytest.Item) -> TypeGuard[pytest.Function]:
    """Whether a test is a cell; one of which the command line chose no cell, pytest skips."""
    return _is_own_cell(item) or is_adopted(item)


def _is_own_cell(item: pytest.Item) -> bool:
    """Whether a test is a cell by a fixture of ours."""
    if not isinstance(item, pytest.Function) or EXECUTOR not in item.fixturenames:
        return False
    callspec = getattr(item, "callspec", None)
    return callspec is not None and isinstance(callspec.params.get(EXECUTOR), str)


def is_adopted(item: pytest.Item) -> TypeGuard[pytest.Function]:
    """Whether a test of pytest-benchmark is a cell."""
    if not isinstance(item, pytest.Function) or EXECUTOR in item.fixturenames:
        return False
    return count_of(item) is not None


def refuse_marker_alone(item: pytest.Item) -> None:
    """Fail a test whose marker demands what no fixture measures."""
    if item.get_closest_marker("speedup") is None or parameter_of(item) is not None:
        return
    instead = "move the marker to the tests that do"
    if BENCHMARK in getattr(item, "fixturenames", ()):
        instead = (
            "name the parameter of it that is its number of workers, as in "
            "@pytest.mark.speedup(parameter='num_threads')"
        )
    pytest.fail(
        f"{item.nodeid} is marked speedup and measures nothing: have it take the fixture, "
        f"as in def {getattr(item, 'originalname', item.name)}(speedup), and call it; or {instead}",
        pytrace=False,
    )


def check_marked(item: pytest.Function) -> None:
    """Refuse the marker of a test of pytest-benchmark that cannot be a cell.

    Raises:
        SpeedupError: it has an unknown argument or an invalid value, or the parameter that it
            names is none that could be another in the same test.
    """
    read_marks(item)
    check_adopted(item)


def workload_of(item: pytest.Function) -> str:
    """Identify a workload by its test, with the test's own parameters but without the cell.

    The cell's is the first of the parameters, since tests are made cells before all else, unless
    another plugin came before that.
    """
    name = f"{item.nodeid.removesuffix(item.name)}{item.originalname}"
    if is_adopted(item):
        own = own_id(item)
        return f"{name}[{own}]" if own else name
    own = _without(item.callspec.id, cell_name(*cell_of(item)))
    return f"{name}[{own}]" if own else name


def _without(ids: str, cell: str) -> str:
    """Take the cell out of a test's parameters, as they stand in its id."""
    if ids == cell or ids.startswith(f"{cell}-"):
        return ids[len(cell) + 1 :]
    before, found, after = f"{ids}-".partition(f"-{cell}-")
    return f"{before}-{after}".strip("-") if found else ids


def shared_by(item: pytest.Function) -> str:
    """Name what a cell shares with others of its workload: all of its test but executor and count.

    A test that asks for these itself may choose its arguments by them: its cells share nothing.
    The numbers that pytest gives to values of parameters do not tell, they go on from cell to cell.
    """
    return item.nodeid if is_adopted(item) or _asks_for_cell(item) else workload_of(item)


def _asks_for_cell(item: pytest.Function) -> bool:
    """Whether a test, or a fixture of it other than ours, takes the executor's name or count."""
    info = item._fixtureinfo  # noqa: SLF001 - pytest has no public way to a test's own arguments
    ours = {EXECUTOR, WORKERS}
    if ours & {*info.argnames}:
        return True
    return any(
        ours & {*definition.argnames}
        for name, definitions in info.name2fixturedefs.items()
        if name not in ("speedup", "scaling")
        for definition in definitions
    )


def matching_cell(item: pytest.Function, size: str) -> Cell:
    """Describe the cell that a test is."""
    executor, workers = cell_of(item)
    weak = read_marks(item).weak
    return Cell(item.nodeid, workload_of(item), executor, workers, size, weak)


def cell_of(item: pytest.Function) -> tuple[str, int]:
    """Executor and worker count of a test that is a cell."""
    if is_adopted(item):
        return OWN, count_of(item) or 1
    executor, workers = item.callspec.params[EXECUTOR], item.callspec.params[WORKERS]
    return str(executor), int(str(workers))


MAX_REASON_CHARACTERS = 300
"""Letters of a reason."""


def note_ending(run: Run, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Note how a phase of a cell's test ended, unless the cell was measured by then.

    What ``xfail`` and other plugins make of it in reports does not count: what was not measured
    cannot be vouched for.
    """
    cell = item.nodeid
    if cell not in run.selected:
        return
    how = run.endings.get(cell, Ending(How.NOT_CALLED)).how
    if call.excinfo is not None and how not in (How.MEASURED, How.TWICE):
        run.endings[cell] = _ending(call.excinfo.value)
    elif call.when == "call":
        run.endings.setdefault(cell, Ending(How.NOT_CALLED))


def _ending(error: BaseException) -> Ending:
    """Tell a test that was not to run, by skip or an ``xfail`` without one, from a failed one."""
    reason = error.msg if isinstance(error, OutcomeException) and error.msg else first_line(error)
    skipped = isinstance(error, pytest.skip.Exception | pytest.xfail.Exception)
    line = " ".join(str(reason).split())[:MAX_REASON_CHARACTERS]
    return Ending(How.SKIPPED if skipped else How.FAILED, line)


CONFIRMATION = "seen in two pools"
"""What makes a red cell sure."""

TWICE = (
    "call speedup once in a test: a cell has one workload; write a test, or a parameter, for "
    "each of the others"
)


def refuse_uncelled(item: pytest.Item) -> NoReturn:
    """Fail a test that gets the fixture by a way on which it has no cells."""
    if isinstance(item, TestCaseFunction):
        how = "a unittest.TestCase, whose tests pytest does not parametrize: write a function"
    else:
        how = "request.getfixturevalue, which comes too late: have the test take it as an argument"
    pytest.fail(
        f"speedup runs a test once in each cell, and {item.name} gets it by {how}", pytrace=False
    )


def begin_call(run: Run, cell: Cell) -> None:
    """Note that the cell's test has called ``speedup``; it fails if the cell was red before.

    Plugins run a test that failed again: by then chance may have made it pass.
    """
    verdict = run.gate.verdicts.get(cell.id)
    if verdict is not None and verdict.is_red:
        fail_red(cell, verdict, f"{CONFIRMATION}, before this rerun, which takes nothing back")
    run.endings[cell.id] = UNFINISHED


def refuse_second_call(run: Run, cell: Cell) -> None:
    """Fail a test that calls ``speedup`` once more, whatever it makes of that."""
    run.endings[cell.id] = Ending(How.TWICE)
    pytest.fail(TWICE, pytrace=False)


def refuse_unmeasured(
    workload: Callable[..., object], cells: Iterable[tuple[str, int]], error: UnsuitableError
) -> None:
    """Fail a test whose workload is a coroutine function, where no cell of it has an event loop.

    Each of its cells would be skipped, and nothing measured.
    """
    if is_coroutine_function(workload) and LOOP not in {executor for executor, _ in cells}:
        pytest.fail(str(error), pytrace=False)


def fail_red(cell: Cell, verdict: Verdict, confirmation: str = CONFIRMATION) -> None:
    """Fail the test of a red cell."""
    pytest.fail(word_loss(cell, verdict, confirmation), pytrace=False)


def end_call(run: Run, cell: Cell) -> None:
    """Note that the cell was measured."""
    run.endings[cell.id] = Ending(How.MEASURED)
