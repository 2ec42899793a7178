"""``--speedup-plan``: what a run would measure, how, and for how long at most; nothing is."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.base import checked_out, find_base, head_commit, tree_of
from pytest_speedup.against.schedule import BEYOND, expected_seconds, usual_seconds
from pytest_speedup.against.side import Code
from pytest_speedup.against.worktree import word_data_of_head
from pytest_speedup.errors import SpeedupError
from pytest_speedup.executors import SerialExecutor
from pytest_speedup.model import BASE, BASE_AGAIN, HEAD, InstallEnv, cell_name, shown
from pytest_speedup.plugin import against
from pytest_speedup.plugin.cells import is_cell, read_marks
from pytest_speedup.plugin.passing import passed_options, paths_of_side
from pytest_speedup.plugin.rules import rule
from pytest_speedup.plugin.scope import scope_of
from pytest_speedup.plugin.shard import take_part, word_part
from pytest_speedup.plugin.sides import lay_heads_tests, plans_of_sides, word_versions_of_base
from pytest_speedup.reports import word_ahead, word_saved_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_speedup.against.base import Base
    from pytest_speedup.against.cells import Wanted
    from pytest_speedup.against.making import SidePlan
    from pytest_speedup.model import BaseEnv
    from pytest_speedup.plugin.run import Run

FIRST_LINE = "PLAN: nothing was measured"

EMPTIED = re.compile(r"-ospeedup_\w+=")
"""A setting of the plugin's that a side is not to read in its own ini file."""

SHORT = 12
"""Letters of the name of a commit or a tree."""


@dataclass(frozen=True, slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Plan:
    """The plugin of a run that only says what it would do.

    Attributes:
        config: pytest's.
        run: the session's state.
    """

    config: pytest.Config
    run: Run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Print the plan in place of running tests; what cannot be collected is pytest's to say."""
        option = self.config.option
        stopped = session.testsfailed and not option.continue_on_collection_errors
        if self.run.settings.collects or stopped:
            return None
        try:
            lines = list(self._lines(session))
        except SpeedupError as error:
            raise pytest.UsageError(str(error)) from error
        for line in (FIRST_LINE, *lines):
            self._write(shown(line))
        return True

    def _lines(self, session: pytest.Session) -> Iterator[str]:
        wanted, settings = against.wanted_cells(session), self.run.settings
        part = take_part(session, self.run, wanted)
        yield from word_part(self.run, part, wanted)
        cells = partial(self._cells, session, part.own(wanted))
        if settings.timing and settings.against is not None:
            yield from self._compared(cells, wanted, settings.against)
            return
        yield from cells()
        if settings.timing:
            yield from self._saved(wanted)
        else:
            yield "each cell would run once, for correctness, and nothing would be timed"

    def _cells(self, session: pytest.Session, wanted: Sequence[Wanted]) -> Iterator[str]:
        items = {item.nodeid: item for item in session.items if is_cell(item)}
        yield f"cells: {len(wanted)}"
        for one in wanted:
            item, is_serial = items[one.id], one.executor == SerialExecutor.name
            asked = "" if is_serial else self._margin(item, one) + _demands(item)
            yield f"  {one.id}: {one.executor}, workers {one.workers}{asked}"

    def _margin(self, item: pytest.Function, one: Wanted) -> str:
        settings = self.run.settings
        if settings.against is None and settings.margin is None:
            return ""
        name, marks = cell_name(one.executor, one.workers), read_marks(item)
        policy = against.policy_of(settings).of_cell(marks.margin_of(name, None))
        coarse = f" to {100 * policy.coarse:g} %" if policy.coarse else ""
        return f", margin {100 * policy.margin:g} %{coarse}"

    def _saved(self, wanted: Sequence[Wanted]) -> Iterator[str]:
        """Name the saved runs of a gate, and the time for more than the first block of cells."""
        gate = self.run.gate
        if gate.baselines is None:
            yield "compared with nothing: neither --speedup-against nor --speedup-fail was given"
            return
        judged = [one.id for one in wanted if one.executor != SerialExecutor.name]
        runs = word_saved_runs(saved for cell in judged for saved in gate.saved(cell))
        yield f"compared with: {runs or 'no saved run of these cells'}"
        for cell in judged:
            if not gate.saved(cell):
                yield f"  new, no saved run has it: {cell}"
        yield (
            f"seconds: {gate.budget:g} at most for more blocks of cells that the first does not "
            f"decide, {gate.beyond:g} more where a loss is to be confirmed; the first block of "
            "each comes before"
        )

    def _compared(
        self, cells: Callable[[], Iterator[str]], wanted: Sequence[Wanted], ref: str
    ) -> Iterator[str]:
        find_base(self.config.rootpath, ref)
        with checked_out(self.config.rootpath, ref) as base:
            ruled = rule(self.config, self.run.settings, base.root)
            self.run.settle(ruled.settings)
            yield from cells()  # by the settings of the base
            yield from ruled.moved
            scope = scope_of(self.config)
            lay_heads_tests(self.config, self.run, base, wanted, scope)
            yield from self.run.notices
            for line in self._sides(base, wanted):
                yield line.replace(str(base.top), "<base>")
        if wanted:
            yield "margin and floors are those of the base's test, where that names others"
        parallel = [one for one in wanted if one.executor != SerialExecutor.name]
        yield from self._seconds(len(parallel))

    def _sides(self, base: Base, wanted: Sequence[Wanted]) -> Iterator[str]:
        root = self.config.rootpath
        commit, tree = head_commit(root), tree_of(root, "HEAD")
        plans = plans_of_sides(self.config, self.run, base)
        yield f"{BASE}: {base.ref}, commit {base.commit[:SHORT]}, tree {base.tree[:SHORT]}"
        yield from self._side(plans[BASE], wanted, self.run.settings.base_env)
        yield f"  own versions: {word_versions_of_base(self.config, self.run, base, plans)}"
        lacks = word_data_of_head(plans[HEAD].start.tree.top, base.top)
        yield f"  lacks data of head's tree that git ignores: {lacks}"
        yield f"{HEAD}: the working tree, on commit {commit[:SHORT]}, tree {tree[:SHORT]}"
        yield from self._side(plans[HEAD], wanted, None)
        yield f"{BASE_AGAIN}: the base once more, which shows what no commit changes"

    def _side(self, plan: SidePlan, wanted: Sequence[Wanted], env: BaseEnv | None) -> Iterator[str]:
        root, sources = plan.start.root, plan.sources
        if isinstance(env, InstallEnv):
            extras = f" with {env.extras}" if env.extras else ""
            yield f"  built: environment of its own, installed{extras}"
        else:
            yield f"  built: {plan.how}"
        yield f"  python: made with {plan.start.python}"
        yield f"  path: {', '.join(map(str, sources))}"
        files = {one.id.partition("::")[0] for one in wanted}
        code = Code(root, sources, paths=paths_of_side(self.config, root, ()))
        yield f"  collects: {', '.join(code.collecting_too(files).paths) or 'nothing'}"
        passed = passed_options(self.config, root)
        told = [word for word in passed.arguments if not EMPTIED.fullmatch(word)]
        yield f"  options passed: {' '.join(told)}"
        yield f"  options not passed, not known to be needed: {', '.join(passed.unknown) or 'none'}"

    def _seconds(self, cells: int) -> Iterator[str]:
        settings = self.run.settings
        policy = against.policy_of(settings)
        usual = usual_seconds(cells, policy.margin)
        seconds = usual if settings.budget is None else settings.budget
        yield word_ahead(cells, expected_seconds(cells, policy.margin, seconds), seconds)
        yield (
            f"seconds: {seconds:g} at most, {BEYOND * seconds:g} where a loss is to be confirmed; "
            "the block that has begun by then is finished"
        )
        yield f"blocks: {policy.most} at most; red takes {policy.fewest}"

    def _write(self, line: str) -> None:
        if self.config.pluginmanager.hasplugin("terminalreporter"):
            self.config.get_terminal_writer().line(line)
        else:
            print(line)  # noqa: T201 - pytest has nothing to say it with


def _demands(item: pytest.Function) -> str:
    """Name what a cell must reach, whatever it is compared with."""
    marks = read_marks(item)
    scaling = ", weak scaling" if marks.weak else ""
    floors = asdict(marks.floors)
    return scaling + "".join(f", {name} {one:g}" for name, one in floors.items() if one is not None)
