from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_speedup.model import MARK, Outcome, RunReport, Verdict
from pytest_speedup.reports import render_commands, render_markdown
from pytest_speedup.reports.markdown import MAX_ERRORS, MAX_REPORT_BYTES
from tests.reports.builders import make_cell_report, make_report, one_of_each


def test_the_verdict_comes_first() -> None:
    """After a mark by which a comment is found again."""
    lines = render_markdown(one_of_each()).splitlines()
    assert lines[0] == MARK
    judged = sum(one.is_judged for one in Outcome)
    assert lines[1].startswith(
        f"**BROKEN: 1 of {judged} cells broken: broken\\[thread-2\\]; 1 regressed: "
        "regressed\\[thread-2\\] \\(2.14x -&gt; 1.50x\\); 1 unconfirmed: "
    )
    green = render_markdown(make_report(make_cell_report())).splitlines()
    assert green[1] == (
        "**GREEN: 1 of 1 cell passed; a loss of 5 % or more would have shown in each**"
    )


def test_what_changed_or_is_open_is_shown_and_what_passed_is_folded() -> None:
    """The gravest cells first."""
    shown, _, folded = render_markdown(one_of_each()).partition("<details>")
    rows = [line for line in shown.splitlines() if line.startswith("| ") and "[" in line]
    assert len(rows) == len(Outcome) - len({Outcome.PASSED})
    assert rows[0].startswith("| broken")
    assert rows[1] == (
        "| regressed\\[thread-2\\] | 2.14x | 1.50x | -30 % (-34 to -27) | 10 % | **regressed** |  |"
    )
    assert any(row.startswith("| inconclusive") for row in rows)
    assert "<summary>1 passed</summary>" in folded
    assert "passed\\[thread-2\\]" in folded


def test_a_chart_shows_the_changes() -> None:
    """In a language that GitHub draws."""
    text = render_markdown(make_report(make_cell_report(Outcome.REGRESSED)))
    assert "```mermaid\nxychart-beta\n" in text
    assert 'x-axis ["work thread-2"]\n    bar [-30.0]\n```' in text
    assert "mermaid" not in render_markdown(make_report(make_cell_report()))


def test_without_anything_to_compare_with_cells_are_listed() -> None:
    """Nothing is claimed."""
    text = render_markdown(make_report(make_cell_report(None), gated=False))
    assert "**1 cell measured, compared with nothing**" in text
    assert "| cell | saved | now |" in text
    assert "| work\\[thread-2\\] | 2.10x | 1.50x |\n" in text


def test_a_gate_that_could_not_compare_is_not_green() -> None:
    """It says why."""
    complaint = "speedup gate: 1 cell missing, which fails it"
    report = make_report(make_cell_report(Outcome.MISSING), complaints=(complaint,))
    text = render_markdown(report)
    assert "**NOT GREEN: 1 of 1 cell missing: work\\[thread-2\\]**" in text
    assert complaint in text


def test_a_complaint_beside_green_cells_is_not_green() -> None:
    """Whatever it is about."""
    complaint = "speedup gate: no proof of what the base loaded"
    text = render_markdown(make_report(make_cell_report(), complaints=(complaint,)))
    assert "**NOT GREEN: no proof of what the base loaded**" in text
    assert "GREEN: 1" not in text


def test_a_green_line_does_not_hide_the_exit_code() -> None:
    """A test that is no cell failed, say."""
    report = replace(make_report(make_cell_report()), exit_code=1)
    assert "; the run ends with exit code 1 all the same**" in render_markdown(report)


def test_what_it_was_compared_with_is_named() -> None:
    """The commit by its name, and the saved runs by number, commit and date."""
    report = replace(make_report(make_cell_report()), against="HEAD~1", base_commit="fedcba" * 7)
    assert "commit 0123456789ab, compared with HEAD\\~1 \\(fedcbafedcba\\); " in render_markdown(
        report
    )
    assert "| cell | base | head | change |" in render_markdown(report)
    report = replace(make_report(make_cell_report()), baseline="1 saved run, 0002 of 93563e2")
    assert "compared with 1 saved run, 0002 of 93563e2; " in render_markdown(report)


def test_an_acknowledged_loss_is_no_red_cell() -> None:
    """It is named all the same."""
    cell = make_cell_report(Outcome.REGRESSED, acknowledged="reviewed")
    text = render_markdown(make_report(cell, make_cell_report(Outcome.PASSED)))
    assert "**GREEN: 2 of 2 cells decided" in text
    assert "1 regressed and acknowledged" in text
    assert "| regressed |" in text


def test_an_inconclusive_cell_says_what_would_have_been_seen() -> None:
    """So that nobody takes it for passed."""
    text = render_markdown(make_report(make_cell_report(Outcome.INCONCLUSIVE)))
    assert "| inconclusive | a loss of 5 % would have shown |" in text


def test_reasons_are_given() -> None:
    """Those of the gate, and those of whoever accepted a loss."""
    cell = make_cell_report(Outcome.REGRESSED, reason="another machine", acknowledged="reviewed")
    text = render_markdown(make_report(cell))
    assert "| another machine; acknowledged: reviewed |" in text


@pytest.mark.parametrize("count", [10, 500, 5_000])
def test_it_stays_below_the_limit_however_many_cells(count: int) -> None:
    """What is left out is counted; tags stay closed."""
    cells = [
        make_cell_report(outcome, name=f"test_{index}", reason="x" * 100)
        for index in range(count)
        for outcome in (Outcome.PASSED, Outcome.REGRESSED)
    ]
    text = render_markdown(make_report(*cells))
    assert len(text.encode()) < MAX_REPORT_BYTES + 200
    assert ("Left out, as GitHub would not show more: " in text) is (count > 10)
    assert text.count("<details>") == text.count("</details>") == 1
    assert text.count("```") == 2


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "a|b", "`x`", "[a](http://b)", "@all #7"],
)
def test_names_are_shown_as_they_are(name: str) -> None:
    """Neither a tag nor a cell of the table nor a link comes of them."""
    text = render_markdown(make_report(make_cell_report(Outcome.REGRESSED, name=f"test_{name}")))
    assert "<script" not in text
    row = next(line for line in text.splitlines() if line.endswith(" |") and "1.50x" in line)
    assert row.replace("\\|", "").count("|") == 7
    assert "](" not in text
    assert "`x`" not in text
    assert "@all" not in text
    assert "#7" not in text


def test_what_a_change_moves_of_the_rules_is_told_at_the_top() -> None:
    """A line each, as text; and no comment is made of them alone."""
    moved = tuple(f"this change moves *rule* {number}" for number in range(25))
    lines = render_markdown(make_report(make_cell_report(), moved=moved)).splitlines()
    at = lines.index(r"- this change moves \*rule\* 0")
    assert at < 5
    assert lines[at + 20] == "- and 5 more"


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
