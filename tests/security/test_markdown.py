"""Reports in Markdown, read by a parser of GitHub's dialect: names are text and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from pytest_speedup.model import MARK
from pytest_speedup.reports import render_markdown
from pytest_speedup.reports.markdown import DOLLAR, MAX_REPORT_BYTES, NOTHING
from tests.security.hostile import TEXTS, hostile_report

if TYPE_CHECKING:
    from markdown_it.token import Token

OURS = {MARK, NOTHING, *DOLLAR.split("$")}
FOLD = {"<details>", "</details>", "<sub>", "</sub>", *OURS}


def tokens(text: str) -> list[Token]:
    """All tokens, those within others too."""
    found = MarkdownIt("gfm-like").parse(text)
    return [each for one in found for each in (one, *(one.children or ()))]


def outline(text: str) -> list[str]:
    """What the report is made of, without what is said and without our own nothings."""
    return [
        one.type
        for one in tokens(text)
        if one.type not in ("text", "text_special", "softbreak")
        and not (one.type == "html_inline" and one.content in OURS)
    ]


@pytest.mark.parametrize("name", TEXTS)
def test_a_name_makes_nothing_but_text(name: str) -> None:
    """The same tables, rows and cells as with a plain name; no link, picture, code or heading."""
    hostile = render_markdown(hostile_report(TEXTS[name]))
    assert outline(hostile) == outline(render_markdown(hostile_report("plain")))


@pytest.mark.parametrize("name", TEXTS)
def test_html_in_a_report_is_its_own(name: str) -> None:
    """A few elements, and comments that hold nothing."""
    hostile = render_markdown(hostile_report(TEXTS[name]))
    inline = {one.content for one in tokens(hostile) if one.type == "html_inline"}
    assert inline <= FOLD
    blocks = [one.content for one in tokens(hostile) if one.type == "html_block"]
    assert blocks[0].startswith(MARK)
    folded = {one.partition("<summary>")[0].strip() for one in blocks[1:]}
    assert folded <= {"<details>", "</details>"}


@pytest.mark.parametrize("name", TEXTS)
def test_a_report_can_be_encoded_and_posted(name: str) -> None:
    """Within GitHub's limit, with the mark at its beginning and nowhere else on its own line."""
    text = render_markdown(hostile_report(TEXTS[name]))
    assert len(text.encode()) < MAX_REPORT_BYTES + 200
    assert text.startswith(MARK)
    assert text.count(MARK) == 1
    assert not {"\r", "\x1b", "\u202e"} & set(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everybody", "@<!-- -->everybody"),
        ("#7", "\\#<!-- -->7"),
        ("GH-7", "GH<!-- -->-7"),
        ("https://evil.example", "https:<!-- -->/<!-- -->/evil.example"),
        ("WWW.evil.example", "WWW<!-- -->.evil.example"),
        (":+1: :my_x:", ":<!-- -->\\+1: :<!-- -->my\\_x:"),
        ("$x$", "<span>$</span>x<span>$</span>"),
    ],
)
def test_what_github_alone_would_act_on_is_kept_apart(text: str, shown: str) -> None:
    """Mentions, references, addresses, pictures by name and formulas."""
    assert f"compared with {shown};" in render_markdown(hostile_report(text))
