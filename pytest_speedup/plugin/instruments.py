"""What a test gets as ``speedup``: it measures, judges, or serves a comparison."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import pytest

from pytest_speedup import executors
from pytest_speedup.errors import SpeedupError, UnsuitableError
from pytest_speedup.gate import KEEPS_GREEN
from pytest_speedup.losses.explanation import word_oversubscribed
from pytest_speedup.measurement import (
    AT_ONCE,
    Growing,
    OpenCell,
    Plan,
    Workload,
    WorkloadTurn,
    bound_of,
    computes_at_once,
    make_plan,
    now,
    opened,
    run_once,
    run_reference,
    warm_up,
    watch_reference,
)
from pytest_speedup.measurement.own import OwnWork, misuse_named
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Cell, Outcome, Samples
from pytest_speedup.plugin.benchmark import Benchmark
from pytest_speedup.plugin.cells import (
    begin_call,
    end_call,
    fail_red,
    matching_cell,
    read_marks,
    refuse_second_call,
    refuse_unmeasured,
)
from pytest_speedup.plugin.run import SERVING
from pytest_speedup.plugin.scaled import BENCHMARK, Adopted, Asked, tell_uncompared
from pytest_speedup.plugin.stacks import Recorder, refuse_switched
from pytest_speedup.reports import junit_properties, word_pace
from pytest_speedup.statistics import estimate_speedup, pace_of, summarize
from pytest_speedup.storage import KEY, to_extra_info

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_speedup.executors import Executor, Speedup
    from pytest_speedup.measurement import Expected, Reference, Timed
    from pytest_speedup.model import Round, Verdict
    from pytest_speedup.plugin.benchmark import Fixture
    from pytest_speedup.plugin.cells import Marks
    from pytest_speedup.plugin.run import Run

R = TypeVar("R")


OWN_WORK = (
    "it handed no task to its executor and read executor.workers: what is measured is work of its "
    "own, on whatever it runs that"
)


def questioned(verdict: Verdict | None, question: str) -> Verdict | None:
    """Take back that a cell did not lose, where its count seems to reach nothing."""
    if verdict is None or not question or verdict.outcome not in KEEPS_GREEN:
        return verdict
    return replace(verdict, outcome=Outcome.UNWATCHED, watches=False, reason=question)


MAY_COMPUTE_AT_ONCE = (executors.ThreadExecutor.name, executors.OWN)
"""Executors whose kernel holds the interpreter's lock, unless their workers are seen not to."""


COUNTED = "counted in each recorded run"
"""What makes one sure that passed by time, and is red by its counters."""


class Measured:
    """Measures one workload on the cell's executor against serial code.

    Attributes:
        cell: the cell.
    """

    def __init__(
        self,
        run: Run,
        benchmark: Benchmark,
        cell: Cell,
        marks: Marks,
        properties: list[tuple[str, object]],
    ) -> None:
        """Stand ready for one call."""
        self._properties = properties
        self._called = False
        self._own: OwnWork | None = None
        self.cell = cell
        self._run = run
        self._benchmark = benchmark
        self._marks = marks

    @property
    def size(self) -> str:
        """The size that the workload is to have, one of quick, default and seed."""
        return self.cell.size

    def __call__(
        self,
        workload: Callable[..., Any],
        /,
        *args: Any,  # noqa: ANN401 - the workload's
        **kwargs: Any,  # noqa: ANN401 - the workload's
    ) -> Any:  # noqa: ANN401 - what it returns
        """Measure a workload, and return what it returned; see :class:`Speedup`."""
        benchmark = self._benchmark
        if self._called:
            benchmark.keep_out()
            refuse_second_call(self._run, self.cell)
        self._called = True
        begin_call(self._run, self.cell)
        tell_uncompared(self._run, self.cell, workload)
        self._own = workload if isinstance(workload, OwnWork) else None
        # Until it is whole, pytest-benchmark is not to save it: Ctrl-C may come at any time.
        benchmark.keep_out()
        try:
            benchmark.use(self.cell.title)
            work = Workload.of(workload, args, kwargs)
            with misuse_named(workload, work):
                return self._measure(work) if benchmark.enabled else self._check_once(work)
        except UnsuitableError as error:
            refuse_unmeasured(workload, self._run.settings.cells(self._marks), error)
            pytest.skip(str(error))
        except SpeedupError as error:
            # What led to it would be shown above it, each time with the same message again.
            raise pytest.fail.Exception(str(error), pytrace=False) from None

    def _check_once(self, workload: Workload[R]) -> R:
        reference = self._reference(workload, run_once)
        with opened(self._create) as (executor, _):
            growing = self._growing(workload)
            expected = (reference if growing is None else growing.run(executor)).expected
            result: R = self._turn(workload, executor, expected).run().result
        self._benchmark.let_in()
        end_call(self._run, self.cell)
        return result

    def _measure(self, workload: Workload[R]) -> R:
        reference = self._reference(workload, run_reference)
        with opened(self._create) as (executor, cold_start):
            expected = self._expected(workload, executor, reference)
            turn = self._turn(workload, executor, expected)
            warm = self._warm_up(turn, reference)
            cell = self._open_cell(turn, cold_start, reference, warm.seconds)
            rounds = cell.rounds(cell.plan.rounds)
            self._hand_over(rounds, turn)
            samples = self._recorded(turn, reference, self._samples(cell, rounds))
            question = self._question(samples)
            self._tell_oversubscribed(samples)
        blocks = [samples]
        verdict = self._look_until_decided(workload, reference, blocks)
        refuse_switched(was_on=self._run.machine.gil)
        self._tell_pace(samples)
        self._close(blocks, questioned(verdict, question))
        result: R = warm.result
        return result

    def _question(self, samples: Samples) -> str:
        """Ask whether the count arrives, where the code has workers of its own."""
        if self._own is None:
            return ""
        alike = estimate_speedup(samples.rounds).value / self.cell.growth
        question = self._own.question(self.cell.workers, alike)
        if question:
            self._run.notices.append(f"speedup: {self._name}: {question}")
        return question

    def _tell_oversubscribed(self, samples: Samples) -> None:
        """Say where native threads are many more than CPUs: a cause that no loss of time names."""
        workers = self.cell.workers
        beside = min((one.counts.own_threads for one in samples.stacks), default=0.0)
        # Where the code has workers of its own, these are among the threads that it brings.
        beside -= workers if self._own is not None else 0
        said = word_oversubscribed(workers, beside, self._run.machine.cpus.effective)
        if said and samples.bound is Bound.CPU:
            self._run.notices.append(f"speedup: {self._name}: {said}")

    def _tell_pace(self, samples: Samples) -> None:
        """Store how quickly tasks run, and say it where somebody asks."""
        pace = pace_of(samples)
        if pace is None:
            return
        self._benchmark.store("tasks", asdict(pace))
        told = self._own is not None and self._own.tasks is not None
        if told or self._marks.floors.of_tasks:
            self._run.notices.append(f"speedup: {self._name}: {word_pace(pace)}")

    def _reference(
        self,
        workload: Workload[Any],
        run: Callable[[Callable[[], Timed[object]]], Timed[object]],
    ) -> Reference[object]:
        """Run serially once for all cells whose serial code is the same."""
        references, key = self._run.references, self._shares
        if key not in references:
            reference = watch_reference(workload, run)
            if reference.runs_its_own and self._own is None:
                self._run.notices.append(f"speedup: {self.cell.title}: {OWN_WORK}")
            references[key] = reference
            self._run.seconds_inside += reference.run.seconds
        return references[key]

    def _warm_up(self, turn: WorkloadTurn, reference: Reference[object]) -> Timed[Any]:
        """Run the workload untimed, and return its last run."""
        for warm in warm_up(turn.run, bound_of(reference.run)):
            self._run.seconds_inside += warm.seconds
            if turn.executor.name in MAY_COMPUTE_AT_ONCE and computes_at_once(warm):
                self._run.at_once.add(self._shares)
        return warm

    @property
    def _shares(self) -> str:
        return self._run.selected[self.cell.id].shares

    def _open_cell(
        self,
        turn: WorkloadTurn,
        cold_start: float,
        reference: Reference[object],
        seconds: float,
    ) -> OpenCell:
        """Plan what to measure, by the seconds of a parallel run."""
        bound = bound_of(reference.run)
        return OpenCell(
            turn.executor,
            cold_start,
            bound,
            self._plan(reference.run.seconds, seconds, bound),
            serial=self._serial_turn(turn.workload, reference),
            parallel=turn,
            at_once=self._computes_at_once(turn.executor),
        )

    def _computes_at_once(self, executor: Executor) -> bool:
        """Whether workers compute at once although there is a lock, as was seen of some cell."""
        may = executor.name in MAY_COMPUTE_AT_ONCE and self._run.machine.gil
        return may and self._shares in self._run.at_once

    def _seen(self, cell: OpenCell, rounds: tuple[Round, ...]) -> OpenCell:
        """Note that workers computed at once, where a neighbour hid it while they warmed up.

        Computing code that waits for a lock is no faster than serial code.
        """
        may = cell.bound is Bound.CPU and cell.executor.name in MAY_COMPUTE_AT_ONCE
        if may and estimate_speedup(rounds).low > AT_ONCE:
            self._run.at_once.add(self._shares)
        return replace(cell, at_once=self._computes_at_once(cell.executor))

    def _hand_over(self, rounds: Sequence[Round], turn: WorkloadTurn) -> None:
        """Give pytest-benchmark what its table and files show: the parallel turns."""
        self._benchmark.hand(seconds for one in rounds for seconds in one.seconds(PARALLEL))
        self._benchmark.profile(turn.run_by)

    def _turn(
        self, workload: Workload[Any], executor: Executor, expected: Expected
    ) -> WorkloadTurn:
        collect_garbage = self._benchmark.collect_garbage
        return WorkloadTurn(self._name, workload, executor, expected, collect_garbage)

    def _serial_turn(self, workload: Workload[Any], reference: Reference[object]) -> WorkloadTurn:
        serial = self._turn(workload, executors.SerialExecutor(), reference.expected)
        return replace(serial, times=self.cell.growth)

    def _expected(
        self, workload: Workload[Any], executor: Executor, reference: Reference[object]
    ) -> Expected:
        """What a turn is to return; of work that grows with the workers, once it is seen to."""
        growing = self._growing(workload)
        if growing is None:
            return reference.expected
        known = self._run.grown.setdefault(self._shares, {})
        if self.cell.workers not in known:
            known[self.cell.workers] = many = growing.seen(reference, executor)
            self._run.seconds_inside += many.run.seconds
        return known[self.cell.workers].expected

    def _growing(self, workload: Workload[Any]) -> Growing | None:
        if self.cell.growth == 1:
            return None
        return Growing(workload, self.cell.workers, self._own)

    def _plan(self, serial: float, parallel: float, bound: Bound) -> Plan:
        options = self._benchmark
        plan = make_plan(
            serial,
            parallel,
            bound,
            max_seconds=options.max_seconds,
            min_rounds=options.min_rounds,
        )
        return plan if self._marks.rounds is None else Plan(self._marks.rounds, plan.repeats)

    def _samples(self, cell: OpenCell, rounds: tuple[Round, ...]) -> Samples:
        self._run.seconds_inside += sum(
            seconds for one in rounds for arm in (SERIAL, PARALLEL) for seconds in one.seconds(arm)
        )
        effective = self._run.machine.cpus.effective
        return Samples(
            cell=self.cell,
            rounds=rounds,
            ceiling=self._seen(cell, rounds).ceiling(rounds, self._run.ceilings),
            cold_start=cell.cold_start,
            bound=cell.bound,
            oversubscribed=cell.kernel is Bound.CPU and self.cell.workers > effective,
        )

    def _recorded(
        self, turn: WorkloadTurn, reference: Reference[object], samples: Samples
    ) -> Samples:
        expected = reference.expected, turn.expected
        recorder = Recorder(self._run, self.cell, turn.workload, *expected)
        return replace(samples, stacks=recorder.stacks(turn.executor, samples))

    def _look_until_decided(
        self,
        workload: Workload[Any],
        reference: Reference[object],
        blocks: list[Samples],
    ) -> Verdict | None:
        """Judge after each block, as long as another one could decide and there is time for it.

        Args:
            workload: the workload.
            reference: its serial run.
            blocks: the first one, to which the others are added.
        """
        gate, first, own = self._run.gate, blocks[0], self._marks.rules_of(self.cell.name)
        self._run.moved.extend(gate.moved(self.cell.id, own))
        rules = gate.rules_of(self.cell.id, own)
        seconds = sum(one.total for one in first.rounds)
        verdict = gate.look(blocks, rules)
        while gate.wants_another_block(verdict, len(blocks), seconds):
            start = now()
            blocks.append(self._another_block(workload, reference, len(first.rounds)))
            seconds = now() - start
            gate.budget -= seconds
            verdict = gate.look(blocks, rules)
        return verdict

    def _another_block(
        self, workload: Workload[Any], reference: Reference[object], rounds: int
    ) -> Samples:
        """Measure in a fresh pool of workers."""
        with opened(self._create) as (executor, cold_start):
            expected = self._expected(workload, executor, reference)
            turn = self._turn(workload, executor, expected)
            warm = self._warm_up(turn, reference)
            cell = self._open_cell(turn, cold_start, reference, warm.seconds)
            return self._recorded(turn, reference, self._samples(cell, cell.rounds(rounds)))

    def _close(self, blocks: Sequence[Samples], verdict: Verdict | None) -> None:
        """Store the cell by its first block, and fail its test if it is red."""
        summary = summarize(blocks[0])
        end_call(self._run, self.cell)
        self._run.put(summary)
        own, begins = self._marks.rules_of(self.cell.name), self._run.settings.reset
        rules = self._run.gate.rules_of(self.cell.id, own)  # what it was judged by
        self._benchmark.store(KEY, to_extra_info(summary, begins=begins, rules=rules))
        settled = self._run.gate.settle(blocks, verdict)
        self._properties.extend(junit_properties(summary, settled))
        # A loss is never saved: the next run would be compared with it.
        if settled is None or not settled.outcome.is_loss:
            self._benchmark.let_in()
        elif settled.is_red:
            if len(blocks) > 1:
                fail_red(self.cell, settled)
            fail_red(self.cell, settled, COUNTED)

    def _create(self) -> Executor:
        conditions = self._run.conditions(collect_garbage=self._benchmark.collect_garbage)
        return executors.create(self.cell.executor, self.cell.workers, conditions)

    @property
    def _name(self) -> str:
        return f"{self.cell.title} {self.cell.name}"


@dataclass(frozen=True, slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Measuring:
    """The instrument of a run that measures.

    Attributes:
        run: the session's state.
    """

    run: Run

    def speedup(self, request: pytest.FixtureRequest, benchmark: Fixture) -> Measured:
        """Measure the workload of a test."""
        size = self.run.settings.size
        known = Benchmark(benchmark)
        if not self.run.settings.timing:
            known.disable()
        node = request.node
        cell = matching_cell(node, size)
        return Measured(self.run, known, cell, read_marks(node), node.user_properties)


class Instrument(Protocol):
    """A plugin that makes what tests get as ``speedup``."""

    def speedup(self, request: pytest.FixtureRequest, benchmark: Fixture) -> Speedup:
        """Make it for the test that asks."""


INSTRUMENT = pytest.StashKey[Instrument]()


@contextmanager
def adopted(item: pytest.Function, instrument: Instrument) -> Iterator[None]:
    """Give a test of pytest-benchmark what measures it, for as long as it runs."""
    fixture, marks = cast("Fixture", item.funcargs[BENCHMARK]), read_marks(item)
    speedup = instrument.speedup(item._request, fixture)  # noqa: SLF001 - of the test itself
    call = Adopted(item, speedup, marks.serial, marks.compare)
    item.funcargs[BENCHMARK] = Asked(fixture, call.measure)
    try:
        yield
    finally:
        item.funcargs[BENCHMARK] = fixture


def choose(config: pytest.Config, run: Run) -> Instrument:
    """Choose the instrument of a run.

    Raises:
        pytest.UsageError: there is no such commit as the run is to be compared with.
    """
    serving = config.stash.get(SERVING, None)
    if serving is not None:
        return serving
    if run.settings.against is not None and not run.settings.plan:
        from pytest_speedup.plugin.against import open_comparison  # noqa: PLC0415 - few runs do

        return open_comparison(config, run, run.settings.against)
    return Measuring(run)
