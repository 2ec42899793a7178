from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from pytest_speedup.model import CellReport, CounterChange, Estimate, History, Move, Outcome, Pace
from pytest_speedup.reports.html import render_html
from pytest_speedup.reports.html.pictures import LATEST
from tests.gate.builders import make_readings, make_saved
from tests.reports.builders import make_cell_report, make_report, one_of_each

VOID = {"meta", "path", "use", "rect", "circle", "line", "br", "image", "stop"}


class Outline(HTMLParser):
    """Checks that elements are closed in order, and gathers what they are."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def suite(workloads: int) -> list[CellReport]:
    """Eight cells a workload, with forty rounds each."""
    cells = []
    for index in range(workloads):
        for executor in ("thread", "process"):
            for workers in (1, 2, 4, 8):
                one = make_cell_report(Outcome.PASSED, executor, workers, name=f"test_work{index}")
                assert one.cell is not None
                assert one.measurement is not None
                cell = replace(one.cell, id=one.id, workload=f"x.py::test_work{index}")
                rounds = ((0.0312345, 0.0161234),) * 40
                cells.append(
                    replace(one, cell=cell, measurement=replace(one.measurement, rounds=rounds))
                )
    return cells


def test_a_page_has_the_verdict_the_pictures_and_the_numbers() -> None:
    """All of it well-formed, with a title for each picture."""
    page = render_html(one_of_each())
    found = outline(page)
    judged = sum(one.is_judged for one in Outcome)
    assert (
        f"BROKEN: 1 of {judged} cells broken: broken[thread-2]; 1 regressed: regressed[thread-2] ("
        in found.text
    )
    assert found.tags.count("svg") == page.count('role="img"') == page.count("<svg ")
    assert found.tags.count("svg") == 3
    for name in ("regressed[thread-2]", "1.40-1.60", "-30 % (-34 to -27)", "5 %"):
        assert name in found.text


def test_it_needs_nothing_else() -> None:
    """No other file, no network: the only addresses are names of XML."""
    page = render_html(one_of_each())
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", page))
    assert addresses == {"http://www.w3.org/1999/xlink", "http://www.w3.org/2000/svg"}
    assert not re.search(r"<link|<img|@import|url\((?!#)", page)


def test_a_hundred_cells_fit_into_a_megabyte() -> None:
    """With their rounds."""
    assert len(render_html(make_report(*suite(13))).encode()) < 1_000_000


NAMES = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "$x^2$ & </text>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
)


@pytest.mark.parametrize("name", NAMES)
def test_names_are_text(name: str) -> None:
    """Wherever they stand: in tables, in pictures and in the data of the script."""
    cell = make_cell_report(Outcome.REGRESSED, name=f"test_{name}", reason=f"since {name}")
    assert cell.cell is not None
    cell = replace(cell, cell=replace(cell.cell, workload=f"x.py::test_{name}"))
    plain = outline(render_html(make_report(make_cell_report(Outcome.REGRESSED))))
    found = outline(render_html(make_report(cell)))
    assert found.tags == plain.tags
    assert found.text.count(f"since {name}") == 1


def test_a_cell_is_listed_once() -> None:
    """One that is left open, although its run does something else, by count."""
    cell = make_cell_report(Outcome.INCONCLUSIVE)
    assert cell.verdict is not None
    counted = replace(cell.verdict, counters=(CounterChange("pools created", 1, 9, worse=True),))
    found = outline(render_html(make_report(replace(cell, verdict=counted))))
    assert found.tags.count("li") == 1
    assert "pools created 9 instead of 1; a loss of 5 % would have shown" in found.text


def test_a_history_is_drawn_where_runs_are_saved() -> None:
    """With where the cell moved, in words as well."""
    cell = make_cell_report()
    assert cell.cell is not None
    runs = tuple(
        replace(
            make_saved(make_readings(speedup)), run=f"{number:04}_x.json", commit=f"{number}" * 40
        )
        for number, speedup in enumerate((2.0, 2.0, 1.5, 1.5))
    )
    history = History(runs, (Move(2.0, 1.5, runs[1], runs[2]),), left_out=0)
    page = render_html(make_report(replace(cell, history=history)))
    assert "Moved: thread-2: -25 % at 0002 (111111111..222222222)." in outline(page).text
    assert "<title>history of work</title>" in page


def with_history(workers: int, runs: int) -> CellReport:
    """A cell whose speedup has fallen with every saved run."""
    cell = make_cell_report(workers=workers)
    saved = tuple(
        replace(
            make_saved(make_readings(2.0 - number / 1000)),
            run=f"{number:04}_x.json",
            created=f"2026-{number:04}",
        )
        for number in range(runs)
    )
    moves = (
        Move(2.0, 1.9, saved[0], saved[1]),
        Move(1.9, 1.8, saved[-2], saved[-1]),
    )
    return replace(cell, history=History(saved, moves, left_out=0))


def test_the_latest_runs_of_a_history_are_in_a_table() -> None:
    """With the cells that each run has."""
    page = outline(render_html(make_report(with_history(2, LATEST + 60), with_history(4, 10))))
    shown = page.text.partition("History of work")[2]
    assert re.findall(r"^\d{4}(?=2026)", shown, re.MULTILINE) == [
        f"{number:04}" for number in [*range(10), *range(60, LATEST + 60)]
    ]
    assert len(re.findall(r"\d\.\d\dx", shown)) == LATEST + 10
    assert re.findall(r"% at (\d+)", page.text.partition("Moved: ")[2]) == [
        f"{LATEST + 59:04}",
        "0001",
        "0009",
    ]


def test_long_histories_fit_as_well() -> None:
    """A hundred cells of a thousand runs."""
    history = with_history(2, 1_000).history
    cells = [replace(one, history=history) for one in suite(13)]
    assert len(render_html(make_report(*cells)).encode()) < 1_000_000


def test_without_measurements_there_are_only_words() -> None:
    """As of a run in which base and head took turns."""
    cell = replace(make_cell_report(), measurement=None, stacks=(), saved=())
    assert "svg" not in outline(render_html(make_report(cell))).tags
    assert "compared with nothing" in render_html(make_report(gated=False))


def test_the_same_run_gives_the_same_page() -> None:
    """Byte by byte."""
    assert render_html(one_of_each()) == render_html(one_of_each())


def test_the_tasks_of_a_workload_have_a_table_of_their_own() -> None:
    """Where anybody knows how quickly they run."""
    cell = make_cell_report()
    assert cell.measurement is not None
    pace = Pace(Estimate(950.4, 940, 960, 0.95), None, Estimate(0.0044, 0.004, 0.005, 0.75))
    known = replace(cell, measurement=replace(cell.measurement, pace=pace))
    words = "950 (940 to 960) tasks/s, 95 % of them done within 4.4 (4 to 5) ms each"
    assert words in outline(render_html(make_report(known))).text
    assert "Tasks of" not in outline(render_html(make_report(cell))).text
