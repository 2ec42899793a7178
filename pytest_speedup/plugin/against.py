"""``--speedup-against``: base and head side by side, and what their tests report of it."""

from __future__ import annotations

import shutil
import signal
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_speedup import executors
from pytest_speedup.against import scratch
from pytest_speedup.against.base import checked_out, find_base, head_commit
from pytest_speedup.against.base_env import DependenciesError, given_python
from pytest_speedup.against.block import Processes
from pytest_speedup.against.cells import Wanted
from pytest_speedup.against.comparison import Comparison
from pytest_speedup.against.proof import Proof, Proven, tell_proofs
from pytest_speedup.against.schedule import Schedule, expected_seconds, usual_seconds
from pytest_speedup.against.side import SideError, copy_plugin
from pytest_speedup.against.worktree import word_missing_data
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor, TurnExecutor
from pytest_speedup.gate import BROKEN, BY_COUNTERS, BY_FLOOR, PairedPolicy
from pytest_speedup.measurement import Workload
from pytest_speedup.model import BASE, HEAD, GivenEnv, Outcome, TouchCounts, Verdict, shown
from pytest_speedup.plugin import options, serving
from pytest_speedup.plugin.benchmark import Benchmark
from pytest_speedup.plugin.cells import (
    cell_of,
    end_call,
    is_cell,
    matching_cell,
    refuse_second_call,
    shared_by,
)
from pytest_speedup.plugin.passing import Passed, passed_options
from pytest_speedup.plugin.rules import rule
from pytest_speedup.plugin.scaled import tell_uncompared
from pytest_speedup.plugin.scope import scope_of
from pytest_speedup.plugin.screen import ComparisonProgress, terminal_writer
from pytest_speedup.plugin.shard import identify, take_part
from pytest_speedup.plugin.sides import (
    MADE_OF,
    ask_standing,
    codes_of,
    lay_heads_tests,
    made_sides,
    refuse_dependencies,
    refuse_same,
    standing_workers,
)
from pytest_speedup.reports import NO_WORKLOAD, junit_properties, word_ahead, word_loss, word_proof

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from types import FrameType

    from pytest_speedup.against.base import Base
    from pytest_speedup.against.cells import Part
    from pytest_speedup.against.making import Made
    from pytest_speedup.model import Cell
    from pytest_speedup.plugin.benchmark import Fixture
    from pytest_speedup.plugin.run import Run
    from pytest_speedup.plugin.settings import Settings

CONFIRMATION = "seen in several pairs of processes"
"""What makes a red cell sure."""

COUNTED_IN_BOTH = "counted in recorded runs of both"
"""Likewise, where a count and not the time says it."""

BELOW = "seen in fresh processes of this change"
"""Likewise, where the cell is below its floor, whatever the base does."""


class Judged:
    """What a test gets as ``speedup``: runs the workload once, and reports the verdict."""

    def __init__(self, run: Run, cell: Cell, verdict: Verdict | None, broken: str) -> None:
        """Stand ready for one call."""
        self._broken = broken
        self.cell = cell
        self._run = run
        self._verdict = verdict
        self._called = False

    @property
    def size(self) -> str:
        """The size that the workload is to have."""
        return self.cell.size

    def __call__(
        self,
        workload: Callable[..., Any],
        /,
        *args: Any,  # noqa: ANN401 - the workload's
        **kwargs: Any,  # noqa: ANN401 - the workload's
    ) -> Any:  # noqa: ANN401 - what it returns
        """Run the workload serially, return what it returned, and fail where its cell is red.

        The workload of a broken cell does not run.
        """
        if self._called:
            refuse_second_call(self._run, self.cell)
        self._called = True
        tell_uncompared(self._run, self.cell, workload)
        if self._broken:  # what ended a side, or held it up for ever, would do so here as well
            pytest.fail(f"{Outcome.BROKEN.value}: {shown(self._broken)}", pytrace=False)
        verdict = self._verdict
        work, turn = Workload.of(workload, args, kwargs), TurnExecutor(SerialExecutor())
        with work.arguments() as arguments:
            result = work.call(turn, arguments)
        end_call(self._run, self.cell)
        if verdict is not None and verdict.is_red:
            pytest.fail(word_loss(self.cell, verdict, _confirmation(verdict)), pytrace=False)
        return result


def _confirmation(verdict: Verdict) -> str:
    if verdict.reason.startswith(BY_FLOOR):
        return BELOW
    return COUNTED_IN_BOTH if verdict.reason.startswith(BY_COUNTERS) else CONFIRMATION


UNRUN = (Outcome.NEW, Outcome.INCOMPARABLE, Outcome.BROKEN)
"""Outcomes of cells that a side may have failed to run."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be compared.

    Attributes:
        wanted: the cells of the whole suite.
        part: which of them are judged here.
        standing: executors whose workers were there before.
    """

    wanted: Sequence[Wanted]
    part: Part
    standing: Sequence[str]


def open_comparison(config: pytest.Config, run: Run, ref: str) -> Against:
    """Make sure that there is such a commit, before anything runs.

    Raises:
        pytest.UsageError: there is none, or the environment for it is none that can measure.
    """
    try:
        find_base(config.rootpath, ref)
        env = run.settings.base_env
        if isinstance(env, GivenEnv):
            given_python(Path(env.path))
    except SpeedupError as error:
        raise pytest.UsageError(str(error)) from error
    return Against(config, run, ref, by_base=not run.settings.rules)


@dataclass(frozen=True, slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Against:
    """The plugin of a run that compares with a base commit.

    Attributes:
        config: pytest's.
        run: the session's state, whose gate gets the verdicts.
        ref: the base, as the user named it.
        by_base: whether cells go by what the base's tests say of their rules.
        broken: what went wrong in workloads that broke on a side, by what their cells share.
        refused: why cells are not judged whose workers run other code than the sides, by id.
        deselected: ids of cells that were found and are not to be compared.
    """

    config: pytest.Config
    run: Run
    ref: str
    by_base: bool
    broken: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    deselected: list[str] = field(default_factory=list)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Compare before the first test runs."""
        wanted = wanted_cells(session)
        option = self.config.option
        stopped = session.testsfailed and not option.continue_on_collection_errors
        asked = bool(wanted) or options.AGAINST.is_said(self.config)
        if asked and not stopped and not self.run.settings.collects:
            self._compare(wanted, take_part(session, self.run, wanted))
        if not wanted and not self.run.gate.verdicts:
            self.run.notices[:] = _deselected(self.deselected)
        return (yield)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note the cells that are not to be compared; those of other shards are, elsewhere."""
        if self.run.shard is not None:
            return
        self.deselected.extend(
            item.nodeid
            for item in items
            if is_cell(item) and cell_of(item)[0] != executors.SerialExecutor.name
        )

    def speedup(self, request: pytest.FixtureRequest, benchmark: Fixture) -> Judged:
        """Report the verdict instead of measuring."""
        Benchmark(benchmark).need_not_be_used()  # both sides were timed, in their own processes
        cell = matching_cell(request.node, self.run.settings.size)
        verdict = self.run.gate.verdicts.get(cell.id)
        if verdict is not None and verdict.outcome is Outcome.SKIPPED:
            pytest.skip(shown(verdict.reason))
        request.node.user_properties.extend(junit_properties(None, verdict))
        broken = self.refused.get(cell.id) or self.broken.get(shared_by(request.node), "")
        return Judged(self.run, cell, verdict, broken)

    def _compare(self, wanted: Sequence[Wanted], part: Part) -> None:
        own = part.own(wanted)
        try:
            self.measure(wanted, part)
        except DependenciesError as error:
            refuse_dependencies(self.run, own, error)
        except (SideError, OSError) as error:
            reason = shown(str(error).partition("\n")[0])
            for one in own:
                if one.executor != executors.SerialExecutor.name:
                    verdict = Verdict(one.id, Outcome.BROKEN, reason=reason)
                    self.run.gate.verdicts[one.id] = verdict
            pytest.exit(f"speedup: {error}", returncode=BROKEN)
        except SpeedupError as error:
            raise pytest.UsageError(str(error)) from error

    def measure(self, wanted: Sequence[Wanted], part: Part) -> None:
        """Compare, and have the gate get the verdicts.

        Args:
            wanted: the cells of the whole suite.
            part: which of them are judged here.

        Raises:
            DependenciesError: the base cannot have what it depends on.
            SideError, OSError: a side cannot be made, or ran code that is not its own.
            SpeedupError: there is no such base.
        """
        own = part.own(wanted)
        with (
            _ended_by_runner(),
            checked_out(self.config.rootpath, self.ref) as base,
            scratch.made("sides") as folder,
        ):
            ruled = rule(self.config, self.run.settings, base.root)
            self.run.settle(ruled.settings)
            self.run.moved = list(ruled.moved)
            identify(self.config, self.run, base, policy_of(ruled.settings))
            if refuse_same(self.config, self.run, base, own):
                return
            if self.run.shard is not None and self.run.shard.is_idle:
                self.run.notices.append(f"speedup: {self.run.shard}: {NO_WORKLOAD}")
                return
            lay_heads_tests(self.config, self.run, base, wanted, scope_of(self.config))
            with made_sides(self.config, self.run, base, folder) as sides:
                self._run_where_asked(base, sides, wanted, part, folder)

    def _run_where_asked(
        self,
        base: Base,
        sides: Mapping[str, Made],
        wanted: Sequence[Wanted],
        part: Part,
        folder: Path,
    ) -> None:
        """Compare the cells whose workers do not have the project already, before or afterwards."""
        own = part.own(wanted)
        standing = standing_workers(self.run, own, sides)
        before = ask_standing(standing)
        left = [one for one in wanted if one.executor not in before.refused]
        self._refuse(before.over(own))
        mine = part.own(left)
        # Where none was wanted at all, the base is still asked what the change deselects.
        if not before.refused or any(one.executor != executors.SerialExecutor.name for one in mine):
            asked = Asked(left, part, [one.executor for one in standing])
            self._run(base, sides, asked, folder)
            after = ask_standing([one for one in standing if one.executor not in before.refused])
            self._refuse(after.over(own))
            self._keep_remarks(after.remarks)

    def _keep_remarks(self, remarks: Sequence[str]) -> None:
        """Say what is proven, before what is to be said of workloads."""
        if self.run.proof is not None:
            said = (*self.run.proof.remarks, *remarks)
            self.run.proof = replace(self.run.proof, remarks=said)
            self.run.notices[:0] = word_proof(self.run.proof)

    def _refuse(self, verdicts: Mapping[str, Verdict]) -> None:
        """Leave cells unjudged, whatever was measured of them."""
        self.run.gate.verdicts |= verdicts
        self.refused.update({cell: verdict.reason for cell, verdict in verdicts.items()})
        reasons = dict.fromkeys(verdict.reason for verdict in verdicts.values())
        self.run.notices += [f"speedup: {reason}" for reason in reasons]

    def _run(
        self,
        base: Base,
        sides: Mapping[str, Made],
        asked: Asked,
        folder: Path,
    ) -> None:
        settings = self.run.settings
        passed = {
            name: passed_options(self.config, sides[made].root) for name, made in MADE_OF.items()
        }
        self._name_unknown(passed[HEAD])
        proofs = {name: Proof(name, sides[made]) for name, made in MADE_OF.items()}
        evidence = Proven(proofs, asked.standing)
        commits = {BASE: base.commit, HEAD: head_commit(self.config.rootpath)}
        self._say(f"speedup: comparing with {shown(self.ref)} ({base.commit[:12]})")
        self.run.base_commit = base.commit
        policy = replace(policy_of(settings), error_rate=self.run.gate.policy.error_rate)
        cells = len(_parallel(asked.part.own(asked.wanted)))
        budget = usual_seconds(cells, policy.margin) if settings.budget is None else settings.budget
        likely = expected_seconds(cells, policy.margin, budget)
        self._say(f"speedup: {word_ahead(cells, likely, budget)}")
        progress = ComparisonProgress.of(self.config)
        logs, plugin = folder / "logs", folder / "plugin"
        logs.mkdir()
        plugin.mkdir()
        comparison = Comparison(
            codes_of(self.config, sides, passed, folder, plugin),
            Processes(copy_plugin(plugin, serving.__name__), settings.timeout),
            evidence,
            asked.wanted,
            scope_of(self.config),
            policy,
            Schedule(budget),
            progress,
            logs,
            BASE if self.by_base else HEAD,
            asked.part,
        )
        try:
            self._take(comparison.run())
        except SideError as error:
            progress.over()
            for line in _missing_data(base, sides, [str(error)]):
                self._say(shown(line))
            self._keep_logs(logs)
            self._say(shown(self.run.notices[-1]))  # pytest ends without a summary
            raise
        finally:
            progress.over()
        self._note_shares(comparison)
        failed = [one.reason for one in self.run.gate.verdicts.values() if one.outcome in UNRUN]
        self.run.moved += comparison.moved
        self.run.notices += _missing_data(base, sides, failed)
        self.run.touches = evidence.touches(_parallel(asked.wanted))
        told = tell_proofs({name: proofs[name] for name in sides}, commits)
        self.run.proof = replace(told, touches=TouchCounts.of(self.run.touches.values()))
        deselected = [one for one in comparison.deselected if one not in self.refused]
        self.run.notices += [*comparison.notes, *_deselected(deselected)]
        self.run.notices += [
            f"{workload}: {notice}" for workload, notice in comparison.notices.items()
        ]
        for one in asked.wanted:
            verdict = self.run.gate.verdicts.get(one.id)
            if verdict is not None and verdict.outcome is Outcome.BROKEN:
                self.broken[one.workload] = verdict.reason
        if self.broken:
            self._keep_logs(logs)

    def _note_shares(self, comparison: Comparison) -> None:
        """Note what the workloads took, and what divided the error rate."""
        self.run.spent = dict(comparison.spent)
        if self.run.shard is not None:
            self.run.shard = replace(self.run.shard, dividing=comparison.dividing)

    def _name_unknown(self, passed: Passed) -> None:
        if passed.unknown:
            names = ", ".join(passed.unknown)
            message = (
                f"speedup: not passed to base and head, which is not known to need it: {names}"
            )
            self._say(shown(message))

    def _say(self, line: str) -> None:
        writer = terminal_writer(self.config)
        if writer is not None:
            writer.line(line)

    def _keep_logs(self, logs: Path) -> None:
        """Keep what the sides said, where it is not lost with them."""
        cache = self.config.cache if self.config.pluginmanager.hasplugin("cacheprovider") else None
        if cache is None:
            kept = Path(tempfile.mkdtemp(prefix="pytest-speedup-logs-"))
        else:
            kept = cache.mkdir("speedup-logs")
            shutil.rmtree(kept, ignore_errors=True)
        try:
            shutil.copytree(logs, kept, dirs_exist_ok=True)
        except OSError as error:
            self.run.notices.append(f"the logs of the sides cannot be kept: {error.strerror}")
            return
        self.run.notices.append(f"what base and head said: {kept}")

    def _take(self, verdicts: Mapping[str, Verdict]) -> None:
        """Keep the verdicts, acknowledged where the project did so."""
        for verdict in verdicts.values():
            self.run.gate.take(verdict)


def _missing_data(base: Base, sides: Mapping[str, Made], reasons: Sequence[str]) -> list[str]:
    """Name the data for want of which the base failed."""
    return word_missing_data(reasons, sides[HEAD].tree.top, base.top)


def _parallel(wanted: Sequence[Wanted]) -> list[Wanted]:
    return [one for one in wanted if one.executor != SerialExecutor.name]


def wanted_cells(session: pytest.Session) -> list[Wanted]:
    """List the cells that this run selected."""
    return [
        Wanted(item.nodeid, shared_by(item), *cell_of(item))
        for item in session.items
        if is_cell(item)
    ]


NOT_SELECTED = "not selected, and not compared: "
"""How the notice begins that names what this run left out."""


def _deselected(cells: Sequence[str]) -> list[str]:
    return [NOT_SELECTED + ", ".join(cells)] if cells else []


def policy_of(settings: Settings) -> PairedPolicy:
    """Find the rules of a comparison."""
    return PairedPolicy().told(settings.margin, settings.detect)


@contextmanager
def _ended_by_runner() -> Iterator[None]:
    """Clean up when a runner ends this process, as on Ctrl-C."""

    def interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = {each: signal.signal(each, interrupt) for each in _ending_signals()}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _ending_signals() -> list[signal.Signals]:
    """Runners send SIGTERM, a terminal that closes SIGHUP; Windows has Ctrl-Break alone.

    What is ignored, as SIGHUP is under nohup, stays so.
    """
    ending = [one for one in signal.Signals if one.name in ("SIGTERM", "SIGHUP", "SIGBREAK")]
    return [one for one in ending if signal.getsignal(one) != signal.SIG_IGN]
