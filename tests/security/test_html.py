"""Pages, read as browsers do: no element, attribute or address comes of a name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import html5lib
import pytest

from pytest_speedup.reports.html import render_html
from tests.reports.builders import make_report
from tests.security.hostile import TEXTS, hostile_cell, hostile_report

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

ADDRESSES = ("href", "src", "action", "formaction", "data", "{http://www.w3.org/1999/xlink}href")


def parse(page: str) -> Element:
    """Parse a page, strictly but for what SVG's drawer writes."""
    return html5lib.parse(page, namespaceHTMLElements=False)


def outline(page: str) -> list[tuple[str, ...]]:
    """Each element with the names of its attributes, but for what draws.

    How many marks an axis has depends on what is beside it.
    """
    return [
        (str(one.tag), *sorted(one.attrib))
        for one in parse(page).iter()
        if not str(one.tag).startswith("{http://www.w3.org/2000/svg}")
    ]


def draw_nothing(*_arguments: object) -> str:
    return ""


def check(text: str, plain: str) -> None:
    """Compare with a page of plain names."""
    text.encode()
    assert not {"\x1b", "\x00", "\u202e", "\u2066", "\u200b", "\ufeff"} & set(text)
    assert outline(text) == outline(plain)
    page = list(parse(text).iter())
    assert {str(one.tag) for one in page} <= {str(one.tag) for one in parse(plain).iter()}
    assert not [each for one in page for each in one.attrib if each.startswith("on")]
    found = [one.get(each) or "#" for one in page for each in ADDRESSES]
    assert [each for each in found if not each.startswith("#")] == []
    styles = [one.get("style") or "" for one in page]
    assert not [each for each in styles if "url(" in each.replace("url(#", "")]
    data, code = (one.text or "" for one in page if one.tag == "script")
    assert code in plain
    assert set(json.loads(data)) <= {one.get("data-cell") for one in page}


@pytest.mark.parametrize("name", TEXTS)
def test_a_name_makes_nothing_but_text(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same elements with the same attributes, in the same order; nothing leads anywhere."""
    for what in ("draw_curves", "draw_heat", "draw_histories", "draw_losses"):
        monkeypatch.setattr(f"pytest_speedup.reports.html.page.{what}", draw_nothing)
    check(render_html(hostile_report(TEXTS[name])), render_html(hostile_report("plain")))


ALONE = (
    *("script", "svg", "entity", "mathtext", "formula", "controls", "surrogate", "underscore"),
    *("separators", "long"),
)
"""Names that a drawer could take for more than text; of the others one picture is drawn."""


def drawn(names: Iterable[str]) -> str:
    """A page with pictures of cells of such names."""
    cells = [hostile_cell(name) for name in names]
    return render_html(make_report(*cells))


def test_pictures_of_names_are_text_as_well() -> None:
    """Titles, labels and legends, and all of them at once."""
    others = [each for name, each in TEXTS.items() if name not in (*ALONE, "long and special")]
    texts = [*(TEXTS[name] for name in ALONE), " ".join(others)]
    check(drawn(texts), drawn(f"plain {index}" for index in range(len(texts))))
