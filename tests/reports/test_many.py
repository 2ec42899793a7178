from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_speedup.model import CleanGroup, Outcome
from pytest_speedup.reports import render_clean, render_differences, render_markdown
from pytest_speedup.reports.alike import EACH, word_group, word_remarks_together
from pytest_speedup.reports.markdown import MAX_REPORT_BYTES
from tests.reports.many import CELLS, WORKLOADS, make_many, make_passed, make_verdict

UNCLEAN = [one for one in Outcome if one is not Outcome.PASSED]
SHOWN = {50 * at + 7: make_verdict(one) for at, one in enumerate(UNCLEAN)}

GROUP = CleanGroup(
    "fetch",
    1,
    tuple("abc"),
    (("thread", ((2, 4), (8, 8))), ("process", ((2, 2),))),
    (0.1, 0.1),
    0.06,
)


def test_a_group_is_worded_in_a_line() -> None:
    """What passed, with what, and which loss is ruled out."""
    passed = "fetch: 3 cells passed (thread 2 to 4 and 8, process 2)"
    assert word_group(GROUP) == f"{passed}, each lost under 6 %"
    one = replace(GROUP, cells=("a",), spans=())
    assert word_group(one) == "fetch: 1 cell passed, it lost under 6 %"
    rest = replace(GROUP, title="", workloads=12, spans=())
    assert word_group(rest).startswith(
        "all files: 3 cells passed (in 12 workloads), each lost under"
    )


@pytest.mark.parametrize("workers", [range(2, 11), range(2, 4), range(2, 500)])
@pytest.mark.parametrize("file", ["test_many.py", "test_{}.py"])
def test_a_thousand_cells_that_passed_take_some_sixty_lines(workers: range, file: str) -> None:
    """However many of them a workload or a file has, and none is broken into two."""
    groups = make_many(workers=workers, file=file).groups
    lines = render_clean(groups, width=80, colour=False).splitlines()
    assert len(lines) == len(groups) + 2
    assert len(lines) <= 58
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["passed", "cells", "with", "margin", "lost", "under"]
    assert lines[-1] == EACH
    assert sum(len(one.cells) for one in groups) == CELLS


def test_names_of_any_length_take_a_line() -> None:
    """The middle of a name is left out, and the numbers never are."""
    executors = tuple(("executor" * 9, ((2, 8),)) for _ in range(9))
    long = replace(GROUP, title="x" * 3_000, spans=executors)
    header, row, _ = render_clean([long], width=80, colour=False).splitlines()
    assert len(row) <= 80
    assert row.split()[-4:] == ["10", "%", "6", "%"]
    assert header.split()[-1] == "under"
    assert len(word_group(long)) < 1_000


def test_without_any_group_there_is_no_table() -> None:
    """Nor is there one without cells that are shown one by one."""
    assert render_clean([], width=80, colour=False) == ""
    assert render_differences([], width=80, colour=False) == ""


def test_remarks_that_are_the_same_are_made_once() -> None:
    """With those first that fail the run; the table has a row of each cell."""
    others = {at: make_verdict(Outcome.INCONCLUSIVE) for at in range(400)}
    others[700] = make_verdict(Outcome.BROKEN, "its worker ended")
    report = make_many(others)
    verdicts = [one.verdict for one in report.alone if one.verdict is not None]
    broken, still_open = word_remarks_together(verdicts, report.standing)
    assert broken == "w038[process-9]: broken, its worker ended"
    assert still_open.startswith("w000[thread-2], w000[thread-3], ")
    assert still_open.endswith(" and 395 more: inconclusive, a loss of 6 % would have shown")


def test_a_comment_folds_nothing_but_what_passed() -> None:
    """Of a thousand cells, one of each other outcome is seen, what fails the run first."""
    report = make_many(SHOWN)
    seen, _, folded = render_markdown(report).partition("<details>")
    rows = [line for line in seen.splitlines() if line.startswith("| w")]
    assert len(rows) == len(SHOWN)
    assert "**broken**" in rows[0]
    assert "**regressed**" in rows[1]
    for at in SHOWN:
        name = report.cells[at].name.replace("[", "\\[").replace("]", "\\]")
        assert sum(name in row for row in rows) == 1
        assert name not in folded
    assert f"<summary>{CELLS - len(SHOWN)} passed</summary>" in folded
    assert folded.count("\n- w") == WORKLOADS
    assert (
        "- w000: 17 cells passed \\(thread 2 to 8 and 10, process 2 to 10\\), each lost" in folded
    )


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("reason", ["", "@a" * 2_000])
def test_a_comment_is_bounded_and_counts_what_it_leaves_out(outcome: Outcome, reason: str) -> None:
    """The cells that are lost with a line, and not the lines."""
    verdict = replace(make_verdict(outcome), reason=reason)
    report = make_many(dict.fromkeys(range(0, CELLS, 2), verdict))
    text = render_markdown(report)
    assert len(text.encode()) < MAX_REPORT_BYTES + 200
    lines = text.splitlines()
    groups = {word_group(one).partition(":")[0]: len(one.cells) for one in report.groups}
    kept = sum(line.startswith("| w") for line in lines)
    kept += sum(groups[line[2:].partition(":")[0]] for line in lines if line.startswith("- w"))
    left_out = f"Left out, as GitHub would not show more: {CELLS - kept} cells."
    assert (left_out in text) is (kept < CELLS)
    assert kept < CELLS or "Left out" not in text


def test_a_comment_of_long_names_is_bounded() -> None:
    """Letters that have to be kept apart or escaped become many."""
    report = make_many({0: make_passed()}, file="@#" * 900 + "{}/x.py")
    groups = [replace(one, title="@a://*" * 300) for one in make_many().groups]
    text = render_markdown(replace(report, groups=tuple(groups)))
    assert len(text.encode()) < MAX_REPORT_BYTES + 200
