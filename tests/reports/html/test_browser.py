"""The page in a real browser, where one is installed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from pytest_speedup.model import Outcome
from pytest_speedup.reports.html import render_html
from tests.executors.waiting import PATIENCE
from tests.reports.builders import make_cell_report, make_report, one_of_each

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    BROWSER is None or DRIVER is None, reason="neither Chromium nor Chrome with its driver is here"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: Chrome, tmp_path: Path) -> Chrome:
    path = tmp_path / "report.html"
    path.write_text(render_html(one_of_each()))
    browser.get(path.as_uri())
    return browser


def complaints(page: Chrome) -> list[object]:
    return list(page.get_log("browser"))  # type: ignore[no-untyped-call]


def cells(page: Chrome, column: int) -> list[str]:
    rows = page.find_elements(By.CSS_SELECTOR, f"#cells tbody tr > :nth-child({column})")
    return [row.text for row in rows]


def test_it_renders_without_a_complaint(page: Chrome) -> None:
    """From a file, with every picture in sight."""
    assert complaints(page) == []
    assert page.title.startswith("speedup: BROKEN: 1 of 9 cells")
    pictures = page.find_elements(By.CSS_SELECTOR, "svg.picture")
    assert len(pictures) == 3
    assert all(one.is_displayed() and one.size["height"] > 40 for one in pictures)
    width = page.execute_script("return [document.body.scrollWidth, innerWidth]")
    assert width[0] <= width[1]


def test_columns_sort_by_click_and_by_key(page: Chrome) -> None:
    """Up, then down; the head says which."""
    head = page.find_element(By.CSS_SELECTOR, "#cells th button")
    head.click()
    assert cells(page, 1) == sorted(cells(page, 1))
    assert head.find_element(By.XPATH, "..").get_attribute("aria-sort") == "ascending"
    head.send_keys(Keys.ENTER)
    assert cells(page, 1) == sorted(cells(page, 1), reverse=True)
    assert head.find_element(By.XPATH, "..").get_attribute("aria-sort") == "descending"


def test_numbers_sort_as_numbers(browser: Chrome, tmp_path: Path) -> None:
    """Ten comes after nine."""
    shown = [
        replace(make_cell_report(Outcome.NEW, name=f"test_{n}"), saved=(float(n),))
        for n in (10, 9, 100)
    ]
    path = tmp_path / "numbers.html"
    path.write_text(render_html(make_report(*shown)))
    browser.get(path.as_uri())
    browser.find_elements(By.CSS_SELECTOR, "#cells th button")[1].click()
    assert cells(browser, 2) == ["9.00x", "10.00x", "100.00x"]


def test_rounds_are_shown_on_demand(page: Chrome) -> None:
    """A dot for each arm of each round, and the same in words."""
    details = page.find_element(By.CSS_SELECTOR, "details[data-cell]")
    assert not details.find_elements(By.CSS_SELECTOR, "circle")
    details.find_element(By.TAG_NAME, "summary").click()
    WebDriverWait(page, PATIENCE).until(
        lambda _page: len(details.find_elements(By.CSS_SELECTOR, "circle")) == 4
    )
    assert "rings serial: 100 100" in details.text


def test_print_shows_what_is_folded(page: Chrome) -> None:
    """A table of losses, for one, which nobody can unfold on paper."""
    table = page.find_element(By.CSS_SELECTOR, "details table")
    assert not table.is_displayed()
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert page.execute_script("return arguments[0].checkVisibility()", table)
        assert table.size["height"] > 40
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_names_stay_text(browser: Chrome, tmp_path: Path) -> None:
    """Nothing in them runs."""
    name = "test_<script>document.title = 'gotcha'</script>"
    path = tmp_path / "names.html"
    path.write_text(render_html(make_report(make_cell_report(Outcome.REGRESSED, name=name))))
    browser.get(path.as_uri())
    assert browser.title.startswith("speedup: RED")
    assert cells(browser, 1) == ["<script>document.title = 'gotcha'</script>[thread-2]"]
    assert complaints(browser) == []
