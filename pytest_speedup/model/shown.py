"""Text from elsewhere, as it is shown to people.

Names of tests, reasons, refs and what a machine calls itself may hold anything: a terminal's
commands, letters that turn the direction of a line, or a line's end. They are shown, not obeyed.
"""

from __future__ import annotations

LONGEST = 2_000
"""Characters that are shown of a text."""

KEPT = LONGEST // 2 - 1

RUNNERS_OLD_COMMAND = "##["
"""What a GitHub runner takes for a command anywhere in a line.

Source: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
"""


def shown(text: str) -> str:
    r"""Spell out what is not printable, such as ``\x1b``, and leave out the middle of a long text.

    The result is a single line that every encoding of Unicode can hold.
    """
    if len(text) > LONGEST:
        text = f"{text[:KEPT]}…{text[-KEPT:]}"
    if not text.isprintable():
        text = "".join(one if one.isprintable() else _spelled(one) for one in text)
    return text.replace(RUNNERS_OLD_COMMAND, "## [")


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
