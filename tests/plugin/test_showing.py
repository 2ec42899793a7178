from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from _pytest._io import TerminalWriter
from _pytest.terminal import TerminalReporter

from pytest_speedup.model import Outcome
from pytest_speedup.plugin.gate import open_gate
from pytest_speedup.plugin.reporting import gather, show
from pytest_speedup.plugin.run import Run, Selected
from pytest_speedup.plugin.settings import read_settings
from tests.reports.many import CELLS, make_many, make_verdict
from tests.samples import MACHINE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_speedup.model import RunReport, Verdict

UNCLEAN = {
    50 * at + 7: make_verdict(one)
    for at, one in enumerate(one for one in Outcome if one is not Outcome.PASSED)
}


def made_run(config: pytest.Config, report: RunReport) -> Run:
    settings = replace(read_settings(config, timing=True), against="main")
    run = Run(settings, MACHINE, open_gate(config, settings, MACHINE))
    for one in report.cells:
        assert one.cell is not None
        assert one.verdict is not None
        run.selected[one.id] = Selected(one.cell, 1, one.cell.workload)
        run.gate.verdicts[one.id] = one.verdict
    return run


def lines_of(
    pytester: pytest.Pytester, others: Mapping[int, Verdict], *options: str, cells: int = CELLS
) -> list[str]:
    """Show a comparison in a log of 80 columns."""
    config = pytester.parseconfigure(*options)
    written = StringIO()
    writer = TerminalWriter(written)
    writer.fullwidth = 80
    config.get_terminal_writer = lambda: writer  # type: ignore[method-assign]
    reporter = TerminalReporter(config, written)
    reporter._tw.fullwidth = 80  # noqa: SLF001 - no other way
    show(reporter, made_run(config, make_many(others, cells=cells)))
    return written.getvalue().splitlines()


def test_a_thousand_cells_that_passed_take_some_sixty_lines(pytester: pytest.Pytester) -> None:
    """From the head of the section to its end."""
    lines = lines_of(pytester, {})
    assert len(lines) <= 62
    assert lines[1].startswith("GREEN: 1008 of 1008 cells passed")
    assert lines[-1] == f"speedup gate: {CELLS} passed"


def test_what_is_not_clean_comes_first_and_is_not_folded(pytester: pytest.Pytester) -> None:
    """A row for each, those first that fail the run; then what is to be said; then what passed."""
    lines = lines_of(pytester, UNCLEAN)
    report = make_many(UNCLEAN)
    names = [report.cells[at].name for at in UNCLEAN]
    rows = [line for line in lines if line.startswith("w") and "1.51x" in line]
    assert sorted(row.split()[0] for row in rows) == sorted(names)
    assert [row.rpartition(")")[2].split()[2] for row in rows[:2]] == ["broken", "regressed"]
    head = next(at for at, line in enumerate(lines) if line.startswith("passed  "))
    assert all(lines.index(row) < head for row in rows)
    assert any("a loss of 6 % would have shown" in line for line in lines[:head])
    assert len(lines) < 62 + 2 * len(UNCLEAN)


@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.PASSED])
def test_a_cell_among_a_thousand_is_seen(pytester: pytest.Pytester, outcome: Outcome) -> None:
    """Whatever it came to."""
    lines = lines_of(pytester, {505: make_verdict(outcome)})
    assert [line for line in lines if line.startswith("w028[thread-3]") and outcome.value in line]


def test_each_cell_is_shown_where_that_is_asked_for(pytester: pytest.Pytester) -> None:
    """With ``-v``, or where there are few."""
    rows = [line for line in lines_of(pytester, UNCLEAN, "-v") if line.startswith("w0")]
    assert len([row for row in rows if "1.51x" in row]) == CELLS
    few = lines_of(pytester, {3: make_verdict(Outcome.INCONCLUSIVE)}, cells=24)
    assert len([line for line in few if line.startswith("w0")]) == 24
    assert few[-2].endswith("inconclusive, a loss of 6 % would have shown")


def test_reports_get_the_same_groups(pytester: pytest.Pytester) -> None:
    """They fold what the terminal does."""
    made = make_many(UNCLEAN)
    config = pytester.parseconfigure()
    assert gather(pytester.path, made_run(config, made)).groups == made.groups
