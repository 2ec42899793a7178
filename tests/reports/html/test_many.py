from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.model import Outcome
from pytest_speedup.reports.html import render_html
from pytest_speedup.reports.html.page import (
    MAX_DRAWN,
    MAX_MAPPED_CELLS,
    WORK_OF_PICTURE,
    make_sections,
)
from tests.reports.builders import make_report
from tests.reports.html.test_page import outline, suite
from tests.reports.many import CELLS, WORKLOADS, grouped, make_many, make_verdict
from tests.reports.test_many import SHOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_speedup.model import CellReport


class Seen(HTMLParser):
    """Gathers the names of rows, those that a browser shows at once and those that are folded."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.folds: list[bool] = []
        self.is_row = False
        self.seen: list[str] = []
        self.folded: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "details":
            self.folds.append("open" not in dict(attributes))
        self.is_row = tag == "th" and dict(attributes).get("scope") == "row"

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self.folds.pop()
        self.is_row = False

    def handle_data(self, data: str) -> None:
        if self.is_row:
            (self.folded if any(self.folds) else self.seen).append(data)


@lru_cache
def page_of_many() -> str:
    """Pictures take seconds; they are left to another test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pytest_speedup.reports.html.page.MAX_DRAWN", 0)
        return render_html(make_many(SHOWN))


def test_a_page_folds_nothing_but_what_passed() -> None:
    """Of a thousand cells, one of each other outcome is seen, what fails the run first."""
    report, found = make_many(SHOWN), Seen()
    found.feed(page_of_many())
    shown = {report.cells[at].name for at in SHOWN}
    assert {*found.seen} == shown
    assert len(found.seen) == len(shown)
    failing = [one.cell.rpartition("_")[2] for one in report.standing.failing]
    assert found.seen[: len(failing)] == failing
    passed = {one.name for one in report.cells} - shown
    assert passed <= {*found.folded}
    assert "<details open>\n<summary>1 inconclusive</summary>" in page_of_many()


def test_what_is_folded_is_grouped() -> None:
    """Each group has a line that says what it is."""
    text = outline(page_of_many()).text
    assert text.count(", each lost under 6 %\n") == WORKLOADS
    assert (
        "w000: 17 cells passed (thread 2 to 8 and 10, process 2 to 10), each lost under 6 %" in text
    )


@pytest.mark.parametrize("lost", [0, CELLS // 2])
def test_a_page_of_a_thousand_cells_is_less_than_a_megabyte(lost: int) -> None:
    """All its pictures included, whether or not half of them lost."""
    red = make_verdict(Outcome.REGRESSED, "parallel time rose")
    page = render_html(make_many(dict.fromkeys(range(lost), red)))
    assert len(page.encode()) < 1_000_000
    assert outline(page).tags.count("svg") == MAX_DRAWN // (18 + WORK_OF_PICTURE)


def test_what_did_not_pass_is_drawn_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each picture takes time; what is left out is told."""
    drawn: list[str] = []

    def draw_losses(title: str, _cells: object) -> str:
        drawn.append(title)
        return "x"

    monkeypatch.setattr("pytest_speedup.reports.html.page.draw_losses", draw_losses)
    made = make_sections(make_many({900: make_verdict(Outcome.INCONCLUSIVE)}))
    most = MAX_DRAWN // (18 + WORK_OF_PICTURE)
    assert sorted(drawn) == [*(f"w{at:03}" for at in range(most - 1)), "w050"]
    assert [one.title for one in made.workloads if not one.clean] == ["w050"]
    assert made.undrawn == (
        "Not drawn, as a page would get too large: "
        f"pictures of {WORKLOADS - most} of the workloads."
    )


def test_a_workload_that_is_too_large_to_be_drawn_is_told() -> None:
    """Its bars would be more than a page is to have."""
    made = make_sections(make_many(workers=range(2, 506)))
    assert [one.pictures for one in made.workloads] == [[]]
    assert made.undrawn.endswith("pictures of 1 of the workloads.")


def test_maps_have_what_did_not_pass_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of workloads that passed are folded, and what is left out is told."""
    maps: list[int] = []

    def draw_heat(cells: Sequence[CellReport]) -> str:
        maps.append(len(cells))
        return "x"

    monkeypatch.setattr("pytest_speedup.reports.html.page.draw_heat", draw_heat)
    monkeypatch.setattr("pytest_speedup.reports.html.page.MAX_DRAWN", 0)
    cells = [
        replace(one, verdict=replace(make_verdict(Outcome.PASSED), cell=one.id))
        for one in suite(60)
    ]
    cells[-1] = replace(
        cells[-1], verdict=replace(make_verdict(Outcome.REGRESSED), cell=cells[-1].id)
    )
    page = render_html(grouped(make_report(*cells)))
    assert maps == [8, MAX_MAPPED_CELLS - 8]
    assert "Workloads that did not all pass" in page
    assert "pictures of 60 of the workloads, 80 cells on the maps." in page
    assert "<summary>Pictures of workloads that passed</summary>" in page


def test_few_cells_are_drawn_as_they_are() -> None:
    """Nothing is folded that passed."""
    page = render_html(make_report(*suite(3)))
    assert "All cells" in page
    assert "Pictures of workloads that passed" not in page
    assert outline(page).tags.count("svg") == 1 + 3 * 2
