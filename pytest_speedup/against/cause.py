"""Why a file could not be made, in one line."""

from __future__ import annotations

import shutil

from pytest_speedup.model.shown import shown


def word_cause(error: OSError) -> str:
    """Say why something failed, in a few words: the error of a whole tree lists every file."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        (*_, reason), *others = error.args[0]
        return shown(f"{reason}, and {len(others)} more" if others else str(reason))
    return shown(error.strerror or str(error))
