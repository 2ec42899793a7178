from __future__ import annotations

import pytest

from pytest_speedup.model import shown
from pytest_speedup.model.text import MAX_SHOWN_CHARACTERS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("work[thread-2], ä 😀", "work[thread-2], ä 😀"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\r\nlines\u2028more\x85", "two\\r\\nlines\\u2028more\\x85"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("half \ud800", "half \\ud800"),
        ("nul \x00 tab \t", "nul \\x00 tab \\t"),
        ("##[error]x", "## [error]x"),
    ],
)
def test_what_is_not_printable_is_spelled_out(text: str, expected: str) -> None:
    """Neither a terminal nor a runner does what a name says."""
    assert shown(text) == expected


def test_long_texts_lose_their_middle() -> None:
    """A hundred thousand letters say no more than two thousand."""
    text = shown("a" * 50_000 + "b" * 50_000)
    assert len(text) < MAX_SHOWN_CHARACTERS
    assert (text[:3], text[-3:]) == ("aaa", "bbb")
