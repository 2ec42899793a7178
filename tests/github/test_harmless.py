"""Text of somebody else."""

from __future__ import annotations

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.github import MAX_COMMENT_CHARACTERS, NOTHING, harmless
from pytest_speedup.model import MARK


@pytest.mark.parametrize(
    "text",
    [
        f"{MARK}\n**GREEN: no cell lost speedup \\(1 inconclusive\\)**",
        "<details><summary>1 inconclusive</summary>\n\n</details>\n<sub>a &lt; b &amp; c</sub>",
        '```mermaid\nxychart-beta\n    x-axis ["work thread-2"]\n    bar [-45.2]\n```',
        f"| work\\[thread-2\\] | 1.92x | -0 % (-2 to +2) | @{NOTHING}someone |",
        "mail: a @ b, C#, 1 < 2 & 3 > 2, R&D",
    ],
)
def test_a_report_stays_as_it_is(text: str) -> None:
    """Letter by letter."""
    assert harmless(text) == text


@pytest.mark.parametrize("text", ["@a", "[a](b)", "http://a", "<b>", "&#64;a", f"@{NOTHING}a"])
def test_twice_is_as_once(text: str) -> None:
    """What was made harmless is."""
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize(
    "text", ["x" * MAX_COMMENT_CHARACTERS, "@a" + "x" * (MAX_COMMENT_CHARACTERS - 2 - len(NOTHING))]
)
def test_the_longest_comment_is_taken(text: str) -> None:
    """As it will be sent."""
    assert len(harmless(text)) == MAX_COMMENT_CHARACTERS


@pytest.mark.parametrize(
    "text", ["x" * (MAX_COMMENT_CHARACTERS + 1), "@a" + "x" * (MAX_COMMENT_CHARACTERS - 2)]
)
def test_a_longer_one_is_refused(text: str) -> None:
    """With both numbers."""
    with pytest.raises(SpeedupError, match=r"65,536 letters in a comment; the report has 65,5\d\d"):
        harmless(text)
