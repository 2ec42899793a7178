from __future__ import annotations

from pytest_speedup.model import Outcome, RunReport, Verdict
from pytest_speedup.reports import render_commands
from pytest_speedup.reports.markdown import MAX_ERRORS
from tests.reports.builders import make_cell_report, make_report, one_of_each


def verdicts(report: RunReport) -> list[Verdict]:
    return [cell.verdict for cell in report.cells if cell.verdict is not None]


def test_a_red_cell_gets_an_error_on_its_test() -> None:
    """And so does one that was not confirmed, or is broken; no other cell."""
    cell = "benchmarks/test_work.py::test_regressed[thread-2]"
    line, unconfirmed, broken = render_commands(verdicts(one_of_each()), {cell: 12})
    assert line.startswith(
        "::error file=benchmarks/test_work.py,line=12,title=speedup of regressed[thread-2]::"
        f"{cell}: regressed, speedup 2.14x -> 1.50x, -30 %25 (-34 to -27), margin 10 %25"
    )
    assert "::benchmarks/test_work.py::test_unconfirmed[thread-2]: unconfirmed, " in unconfirmed
    assert "::benchmarks/test_work.py::test_broken[thread-2]: broken, " in broken


def test_nothing_in_a_name_ends_the_command() -> None:
    """Or begins another."""
    name = "test_a[b:c,d%\n::set-output name=x::y"
    report = make_report(make_cell_report(Outcome.REGRESSED, name=name))
    (line,) = render_commands(verdicts(report), {})
    assert "\n" not in line
    head, _, _ = line.removeprefix("::error ").partition("::")
    assert head.count(",") == 2
    assert "%25\\n%3A%3Aset-output" in head


def test_no_more_are_given_than_github_shows() -> None:
    """The rest is in the log."""
    cells = [make_cell_report(Outcome.REGRESSED, name=f"test_{n}") for n in range(30)]
    assert len(list(render_commands(verdicts(make_report(*cells)), {}))) == MAX_ERRORS
