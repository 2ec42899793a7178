"""Code with workers of its own, by the fixture ``scaling`` or as tests of pytest-benchmark."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import pytest
from _pytest.unittest import TestCaseFunction

from pytest_speedup.documents import brief
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import OWN
from pytest_speedup.measurement.own import (
    EQUAL,
    Handed,
    HandedPair,
    OwnWork,
    check_compare,
    check_tasks,
    name_of,
    never_reads,
    read_target,
)
from pytest_speedup.plugin import start
from pytest_speedup.plugin.benchmark import Benchmark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_speedup.executors import Speedup
    from pytest_speedup.measurement.own import Compare
    from pytest_speedup.model import Cell
    from pytest_speedup.plugin.benchmark import Fixture
    from pytest_speedup.plugin.cells import Marks
    from pytest_speedup.plugin.run import Run


BENCHMARK = "benchmark"
"""The fixture of pytest-benchmark, and the argument that a test gets it by."""

DIRECT = "get_direct_param_fixture_func"
"""The function by which pytest gives a test the values that it is parametrized over."""

SERIAL = 1
"""The value of a parameter in serial turns, unless the marker says otherwise."""


def parameter_of(item: pytest.Item) -> str | None:
    """Name the parameter that a test's marker says is its number of workers; None for none."""
    marker = item.get_closest_marker("speedup")
    named = None if marker is None else marker.kwargs.get("parameter")
    return named if isinstance(named, str) else None


def count_of(item: pytest.Item) -> int | None:
    """Return the number of workers of a test that is to be a cell; None of any other."""
    parameter, callspec = parameter_of(item), getattr(item, "callspec", None)
    if parameter is None or callspec is None or not isinstance(item, pytest.Function):
        return None
    value = callspec.params.get(parameter)
    return value if type(value) is int and value > 0 else None


def own_id(item: pytest.Function) -> str:
    """Say what a test's parameters are but its number of workers.

    As in its id, where each parameter has a part of that; else by values that are text or numbers,
    and by their places.
    """
    spec, parameter = item.callspec, parameter_of(item)
    parts = spec._idlist  # noqa: SLF001 - pytest has no public way to the parts of an id
    if len(parts) == len(spec.params):
        pairs = zip(spec.params, parts, strict=True)
        return "-".join(part for name, part in pairs if name != parameter)
    others = {name: value for name, value in spec.params.items() if name != parameter}
    return "-".join(
        str(value) if isinstance(value, str | int | float) else f"{name}{spec.indices[name]}"
        for name, value in others.items()
    )


def check_adopted(item: pytest.Function) -> None:
    """Refuse what cannot be measured so.

    Raises:
        SpeedupError: it has no such parameter, or the parameter goes elsewhere than into the test.
    """
    parameter, name = parameter_of(item) or "", item.originalname
    info = item._fixtureinfo  # noqa: SLF001 - pytest has no public way to a test's own arguments
    if isinstance(item, TestCaseFunction) or BENCHMARK not in info.argnames:
        message = (
            f"{item.nodeid} is marked speedup(parameter=...), and does not take benchmark itself: "
            "have it take benchmark and call it, or use the fixture scaling"
        )
        raise SpeedupError(message)
    if inspect.iscoroutinefunction(item.function):
        message = f"{item.nodeid} is a coroutine function: write a plain one with scaling"
        raise SpeedupError(message)
    callspec = getattr(item, "callspec", None)
    params = {} if callspec is None else callspec.params
    if parameter not in params:
        over = f"it is over {', '.join(params)}" if params else "it has no parameters"
        message = f"{name} is not parametrized over {parameter!r}; {over}"
        raise SpeedupError(message)
    _refuse_in_fixtures(parameter, name, info.name2fixturedefs)
    if never_reads(item.function, parameter):
        message = f"{name} never reads its parameter {parameter!r}: hand it on to what is timed"
        raise SpeedupError(message)


def _refuse_in_fixtures(
    parameter: str, name: str, definitions: Mapping[str, Sequence[pytest.FixtureDef[Any]]]
) -> None:
    """Refuse a parameter that is a fixture, or that a fixture takes: it is made once in a test."""
    way_out = "take it in the test, or use scaling(..., setup_once=...)"
    own = definitions.get(parameter, ())
    if own and own[-1].func.__name__ != DIRECT:
        message = (
            f"{parameter!r} of {name} is indirect, made by a fixture once in a test: {way_out}"
        )
        raise SpeedupError(message)
    for fixture, some in definitions.items():
        if any(parameter in one.argnames for one in some):
            message = (
                f"{parameter!r} of {name} goes into the fixture {fixture!r}, which is made once in "
                f"a test: {way_out}"
            )
            raise SpeedupError(message)


def word_unjudged(items: Sequence[pytest.Item]) -> list[str]:
    """Name values of parameters that are no number of workers, and stay plain benchmarks.

    Raises:
        SpeedupError: a test has no other.
    """
    values: dict[tuple[str, str], list[tuple[object, bool]]] = {}
    for item in items:
        parameter = parameter_of(item)
        if parameter is None or not isinstance(item, pytest.Function):
            continue
        params = item.callspec.params
        value, is_count = params.get(parameter), count_of(item) is not None
        key = item.nodeid.partition("[")[0], parameter
        values.setdefault(key, []).append((value, is_count))
    said = []
    for (test, parameter), found in values.items():
        wrong = list(dict.fromkeys(brief(value) for value, is_count in found if not is_count))
        if wrong and len([one for one in found if one[1]]) == 0:
            message = (
                f"{test}: no value of {parameter!r} is a number of workers, a whole number from "
                f"1; got {', '.join(wrong)}"
            )
            raise SpeedupError(message)
        if wrong:
            said.append(
                f"speedup: {test}: {parameter} = {', '.join(wrong)} is no number of workers, and "
                "is not judged"
            )
    return said


class Asked:
    """What an adopted test gets as ``benchmark``; all but its calls is pytest-benchmark's."""

    def __init__(self, fixture: Fixture, take: Callable[[Handed], Any], **own: object) -> None:
        """Stand ready.

        Args:
            fixture: what the test would have got.
            take: is handed what is to be timed, and returns its result.
            **own: attributes that it does not share with it.
        """
        vars(self).update(own, _fixture=fixture, _take=take, _own=frozenset(own))

    def __call__(self, function: Callable[..., Any], /, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - whatever the function returns
        """Take what is to be timed."""
        return self._take(Handed(function, args, kwargs))

    def pedantic(  # noqa: PLR0917 - pytest-benchmark's own signature
        self,
        target: Callable[..., Any],
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
        setup: Callable[[], Any] | None = None,
        teardown: Callable[..., object] | None = None,
        rounds: int = 1,  # noqa: ARG002 - how many there are, the plan says
        warmup_rounds: int = 0,  # noqa: ARG002 - likewise
        iterations: int = 1,  # noqa: ARG002 - likewise
    ) -> Any:  # noqa: ANN401 - whatever the target returns
        """Take what is to be timed, with what surrounds it."""
        return self._take(Handed(target, args, kwargs or {}, setup, teardown))

    def weave(self, *_args: object, **_kwargs: object) -> NoReturn:
        """Refuse it: what it times is not a call that could be made again."""
        pytest.fail("benchmark.weave cannot be measured serially, too: call benchmark(...)", False)  # noqa: FBT003 - pytrace

    patch = weave

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the fixture has
        """Pass on what is not measured."""
        return getattr(self._fixture, name)

    def __setattr__(self, name: str, value: object) -> None:
        """Set it where it is shown and stored, unless it is one's own."""
        if name in self._own:
            vars(self)[name] = value
        else:
            setattr(self._fixture, name, value)


class Adopted:
    """One call of an adopted test."""

    def __init__(
        self, item: pytest.Function, speedup: Speedup, serial: int | None, compare: Compare
    ) -> None:
        """Stand ready.

        Args:
            item: the test, with its number of workers.
            speedup: what takes its workload.
            serial: the serial value; None for 1.
            compare: how results are compared.
        """
        self._item = item
        self._speedup = speedup
        self._serial = SERIAL if serial is None else serial
        self._compare = compare
        self._parameter = parameter_of(item) or ""

    def measure(self, parallel: Handed) -> Any:  # noqa: ANN401 - whatever is timed returns
        """Run the body of the test with the serial value, and measure what both hand over."""
        item = self._item
        results: list[Any] = []

        def measured(serial: Handed) -> Any:  # noqa: ANN401 - likewise
            pair = HandedPair(parallel, serial, self._parameter, self._serial)
            results.append(self._take(OwnWork(pair, self._compare), parallel))
            return results[-1]

        arguments = {name: item.funcargs[name] for name in item._fixtureinfo.argnames}  # noqa: SLF001 - as pytest does
        fixture: Any = arguments[BENCHMARK]
        arguments[self._parameter] = self._serial
        arguments[BENCHMARK] = Asked(
            fixture, measured, extra_info=dict(fixture.extra_info), group=fixture.group
        )
        item.obj(**arguments)
        if not results:
            pytest.fail(
                f"with {self._parameter} = {self._serial} the test does not call benchmark, and "
                "there is nothing to measure against: name another value, as in serial=1",
                pytrace=False,
            )
        return results[0]

    def _take(self, work: OwnWork, parallel: Handed) -> Any:  # noqa: ANN401 - likewise
        named = {key: one for key, one in parallel.kwargs.items() if key != self._parameter}
        return take(self._speedup, work, *parallel.args, *([named] if named else []))


R = TypeVar("R")

KEYWORDS = ("parameter", "serial", "setup", "setup_once", "environ", "compare", "tasks")


class Scaled:
    """Has code with workers of its own measured, judged or served, as workloads are.

    Attributes:
        speedup: what takes it as a workload.
    """

    def __init__(self, speedup: Speedup, benchmark: Fixture) -> None:
        """Stand ready for one call.

        Args:
            speedup: what takes it as a workload.
            benchmark: pytest-benchmark's, which complains where it is not used.
        """
        self.speedup = speedup
        self._benchmark = Benchmark(benchmark)

    @property
    def size(self) -> str:
        """The size that the work is to have."""
        return self.speedup.size

    def __call__(
        self,
        target: Callable[..., R],
        /,
        *args: object,
        parameter: str | None = None,
        serial: int | Callable[..., object] = 1,
        setup: Callable[..., object] | None = None,
        setup_once: Callable[..., object] | None = None,
        environ: str | Sequence[str] = (),
        compare: Any = EQUAL,  # noqa: ANN401 - see check_compare
        tasks: float | Callable[[Any], float] | None = None,
        **unknown: object,
    ) -> R:
        """Run ``target(count, *args)`` as often as is needed, and return its result."""
        try:
            refuse_unknown(target, unknown)
            code = read_target(
                target,
                args,
                parameter=parameter,
                serial=serial,
                setup=setup,
                setup_once=setup_once,
                environ=environ,
            )
            work = OwnWork(code, check_compare(compare), check_tasks(tasks))
            return cast("R", take(self.speedup, work, *args))
        except SpeedupError as error:
            self._benchmark.need_not_be_used()
            raise pytest.fail.Exception(str(error), pytrace=False) from None


def take(speedup: Speedup, work: OwnWork, /, *args: object) -> Any:  # noqa: ANN401 - whatever the target returns
    """Have a workload taken, and return its result as the target did.

    Args:
        speedup: what takes it.
        work: the workload, which is left afterwards.
        *args: described where arguments are compared.
    """
    with work:
        compared: dict[str, Any] = {"compare": work.comparison}
        return speedup(work, *args, **compared)


def refuse_unknown(target: object, unknown: Mapping[str, object]) -> None:
    """Refuse keywords that are not the fixture's: those of the target are bound by who calls.

    Raises:
        SpeedupError: there are some.
    """
    if not unknown:
        return
    named = ", ".join(map(brief, unknown))
    name = name_of(target) if callable(target) else brief(target)
    message = (
        f"scaling() has no {named}: its keywords are {', '.join(KEYWORDS)}; bind those of {name} "
        "with functools.partial"
    )
    if "weak" in unknown:
        message += "; a test of weak scaling is marked @pytest.mark.speedup(scaling='weak')"
    raise SpeedupError(message)


def tell_uncompared(run: Run, cell: Cell, workload: object) -> None:
    """Say of code whose results nobody compares that it is so, once."""
    if not isinstance(workload, OwnWork) or workload.compare is not None:
        return
    notice = f"speedup: {cell.title}: its results are not compared"
    if notice not in run.notices:
        run.notices.append(notice)


def refuse_both(item: pytest.Function, *, has_own: bool) -> None:
    """Refuse a test that takes both fixtures of ours: its cells are of one kind.

    Raises:
        SpeedupError: it does.
    """
    definitions = item._fixtureinfo.name2fixturedefs.get("speedup", ())  # noqa: SLF001 - pytest has no public way
    if has_own and any(one.func.__module__ == start.__name__ for one in definitions[-1:]):
        message = (
            f"{item.name} takes speedup and scaling, which time the same: write a test for each"
        )
        raise SpeedupError(message)


def refuse_others_marks(marks: Marks, name: str, *, has_own: bool) -> None:
    """Refuse what only makes sense for tests of the other kind.

    Raises:
        SpeedupError: there is some.
    """
    if marks.parameter is not None:
        message = (
            f"@pytest.mark.speedup: parameter is for tests of pytest-benchmark, and {name} has a "
            "fixture of ours: give it to scaling(..., parameter=...)"
        )
        raise SpeedupError(message)
    if has_own and marks.executors is not None:
        message = (
            f"@pytest.mark.speedup: {name} takes scaling, whose code has workers of its own: leave "
            "executors out"
        )
        raise SpeedupError(message)
    if not has_own and OWN in (marks.executors or ()):
        message = (
            f"@pytest.mark.speedup: executor {OWN!r} is that of the fixture scaling, for code with "
            f"workers of its own; {name} takes speedup"
        )
        raise SpeedupError(message)
