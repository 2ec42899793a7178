"""What saved runs leave open is measured side by side with the code that they were saved from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.against.base import find_base, head_commit, tree_of
from pytest_speedup.against.cells import WHOLE
from pytest_speedup.errors import SpeedupError
from pytest_speedup.gate import (
    STAGES,
    ErrorBudget,
    base_of,
    changed_versions,
    confirmed,
    to_confirm,
)
from pytest_speedup.model import shown
from pytest_speedup.plugin.against import CONFIRMATION, NOT_SELECTED, Against, wanted_cells
from pytest_speedup.plugin.gate import Gate
from pytest_speedup.plugin.loaded import loaded_versions
from pytest_speedup.plugin.run import Run
from pytest_speedup.reports import junit_properties, word_cells, word_loss

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from pytest_speedup.against.cells import Wanted
    from pytest_speedup.model import SavedCell, Verdict


def prepare(config: pytest.Config, run: Run) -> None:
    """Stand ready to compare with the commit of the saved runs, where there is one.

    Where there is none, the verdict of the saved runs stands, and a notice says why.
    """
    gate = run.gate
    base = base_of([one.chosen for one in (gate.baselines or {}).values()], run.machine)
    try:
        missing = _why_not(config, base)
    except SpeedupError as error:
        missing = str(error).partition("\n")[0]
    if base is None or missing:
        run.notices.append(f"speedup: what saved runs leave open stays open: {shown(missing)}")
        return
    policy = replace(gate.policy, error_rate=gate.policy.error_rate / STAGES)
    gate.policy, gate.confirms = policy, True
    gate.errors = ErrorBudget(policy.error_rate, cells=0)
    config.pluginmanager.register(Confirming(config, run, base))


def _why_not(config: pytest.Config, base: SavedCell | None) -> str:
    if base is None:
        return "none of this machine names a commit whose code it measured as it was"
    root, number = config.rootpath, base.run.partition("_")[0]
    commit = find_base(root, base.commit)
    if commit == head_commit(root):
        return f"the newest, {number}, was saved from HEAD itself"
    if tree_of(root, commit) == tree_of(root, "HEAD"):
        return f"the newest, {number}, was saved from {commit[:12]}, whose files are those of HEAD"
    return ""


@dataclass(frozen=True, slots=True, eq=False)  # pytest 8.4 hashes its plugins
class Confirming:
    """The plugin of a run that compares with the code of its saved runs.

    Attributes:
        config: pytest's.
        run: the session's state.
        base: a cell of the saved run whose commit it is.
    """

    config: pytest.Config
    run: Run
    base: SavedCell

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Compare once all tests have run."""
        result = yield
        if not (session.shouldstop or session.shouldfail):
            self._confirm(session)
        return result

    def _confirm(self, session: pytest.Session) -> None:
        cells = {*to_confirm(self.run.gate.verdicts)}
        wanted = [one for one in wanted_cells(session) if one.id in cells]
        if not wanted:
            return
        by_code = self._by_code(wanted)
        if by_code is None:
            return
        changed = changed_versions(self.base.loaded, loaded_versions(self.config.rootpath))
        for one in wanted:
            self._take(one.id, by_code.get(one.id), changed)
        for item in session.items:
            verdict = self.run.gate.verdicts.get(item.nodeid)
            if item.nodeid in cells and verdict is not None and verdict.is_red:
                self._fail(item, verdict)

    def _take(self, cell: str, code: Verdict | None, changed: Sequence[str]) -> None:
        """Put together what is known of a cell."""
        gate = self.run.gate
        verdict = confirmed(gate.verdicts[cell], code, self._base_in_words, changed)
        gate.take(verdict)
        if code is not None and code.outcome.is_good:
            gate.code_held.add(cell)

    def _by_code(self, wanted: Sequence[Wanted]) -> Mapping[str, Verdict] | None:
        """Compare the code of cells; None where that cannot be done, and a notice says why."""
        beside = self._beside()
        against = Against(
            self.config, beside, self.base.commit, by_base=not self.run.settings.rules
        )
        try:
            against.measure(wanted, WHOLE)
        except (SpeedupError, OSError) as error:
            why = shown(str(error).partition("\n")[0])
            self.run.notices.append(
                f"speedup: {word_cells(len(wanted))} could not be compared with "
                f"{self._base_in_words}: {why}"
            )
            return None
        finally:
            # Cells that saved runs decide are left out of the comparison, and not of the run.
            self.run.notices += [one for one in beside.notices if not one.startswith(NOT_SELECTED)]
        self.run.proof, self.run.touches = beside.proof, beside.touches
        return beside.gate.verdicts

    def _beside(self) -> Run:
        """Make the state of the comparison, which has verdicts of its own."""
        gate = self.run.gate
        settings = replace(
            self.run.settings, against=self.base.commit, rules=True, harness="base", plan=False
        )
        own = Gate(gate.policy, gate.machine, None, {}, ErrorBudget(0.0, cells=0), budget=0.0)
        return Run(settings, self.run.machine, own)

    @property
    def _base_in_words(self) -> str:
        return f"{self.base.commit[:12]}, saved as {self.base.run.partition('_')[0]}"

    def _fail(self, item: pytest.Item, verdict: Verdict) -> None:
        """Have a test fail that had passed: its cell is known to be red now."""
        cell = self.run.selected[item.nodeid].cell
        report = pytest.TestReport(
            item.nodeid,
            item.location,
            dict.fromkeys(item.keywords, 1),
            "failed",
            word_loss(cell, verdict, CONFIRMATION),
            "call",
            user_properties=list(junit_properties(None, verdict)),
        )
        item.ihook.pytest_runtest_logreport(report=report)
