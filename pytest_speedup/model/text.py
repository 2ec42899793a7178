"""Text of others, and of the system, made short and harmless.

Names of tests, reasons, refs and what a machine calls itself may hold anything: a terminal's
commands, letters that turn the direction of a line, or a line's end. They are shown, not obeyed.
"""

from __future__ import annotations

import shutil

MAX_SHOWN_CHARACTERS = 2_000
"""Characters that are shown of a text."""

SHOWN_AT_EACH_END = MAX_SHOWN_CHARACTERS // 2 - 1

RUNNERS_OLD_COMMAND = "##["
"""What a GitHub runner takes for a command anywhere in a line.

Source: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
"""


def shown(text: str) -> str:
    r"""Spell out what is not printable, such as ``\x1b``, and leave out the middle of a long text.

    The result is a single line that every encoding of Unicode can hold.
    """
    if len(text) > MAX_SHOWN_CHARACTERS:
        text = f"{text[:SHOWN_AT_EACH_END]}…{text[-SHOWN_AT_EACH_END:]}"
    if not text.isprintable():
        text = "".join(one if one.isprintable() else _spelled(one) for one in text)
    return text.replace(RUNNERS_OLD_COMMAND, "## [")


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def word_cause(error: OSError) -> str:
    """Say why something failed, in a few words: the error of a whole tree lists every file."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        (*_, reason), *others = error.args[0]
        return shown(f"{reason}, and {len(others)} more" if others else str(reason))
    return shown(error.strerror or str(error))
