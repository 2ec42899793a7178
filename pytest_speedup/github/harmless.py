"""Text of somebody else, to be shown in the name of a project's robot.

A comment on a pull request from a fork was written by that fork's code. It may say what it likes,
but calls nobody, leads nowhere, and shows no picture.
"""

from __future__ import annotations

import re

from pytest_speedup.errors import SpeedupError

LONGEST = 65_536
"""Letters that GitHub takes in a comment."""

NOTHING = "<!-- -->"
"""What is shown as nothing, and keeps two letters apart."""

LEADING = re.compile(
    r"(?<=\])(?=[(:\[])"  # the target of a link or picture
    r"|(?<=:)(?=//)|(?<=\bwww)(?=\.)"  # an address, which becomes a link by itself
    r"|(?<=[@#])(?=\w)|(?<=\bGH)(?=-\d)",  # somebody, or another issue
    re.IGNORECASE,
)

ENTITY = re.compile(r"&(?!(?:lt|gt|amp);)(?=#?\w+;)")
"""Another spelling of a letter, which GitHub reads before it looks for somebody to call."""

FOREIGN_TAG = re.compile(
    r"<(?!/?(?:details|summary|span|sub)>|!-- -->|!-- pytest-speedup -->)(?=[!/?a-z])",
    re.IGNORECASE,
)
"""The beginning of a tag that no report has."""


def harmless(text: str) -> str:
    """Return the text with whatever would act on others shown as letters.

    A report of this project looks as it did, but that addresses in it are no links.

    Raises:
        SpeedupError: it is longer than GitHub takes.
    """
    shown = LEADING.sub(NOTHING, FOREIGN_TAG.sub("&lt;", ENTITY.sub("&amp;", text)))
    if len(shown) > LONGEST:
        message = (
            f"GitHub takes {LONGEST:,} letters in a comment; the report has {len(shown):,}: "
            "choose fewer cells with -k, or link to the artifact instead"
        )
        raise SpeedupError(message)
    return shown
