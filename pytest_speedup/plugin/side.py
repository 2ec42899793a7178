"""One side of a comparison, from within: a pytest that times nothing unless it is told to."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import pytest

from pytest_speedup.against.channel import Channel
from pytest_speedup.against.serving import Line
from pytest_speedup.plugin.neutral import Neutral
from pytest_speedup.plugin.serving import Serving

IMPORTED_EARLY = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""pytest would like to rewrite the plugin's assertions, and it has none."""

BY_NAME = ("-p", "pytest_speedup.plugin")
"""An environment of the base's own has no entry point of the plugin, which is a copy there."""


def main() -> None:
    """Serve the process at the other end of the standard streams until it is gone."""
    with (
        suppress(BrokenPipeError),  # the other end is gone, so nobody waits for an answer
        os.fdopen(os.dup(0), "rb") as incoming,
        os.fdopen(os.dup(1), "wb") as outgoing,
    ):
        # What tests print must not get between messages; nor may they read them.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        serving = Serving(Line(Channel(incoming, outgoing)))
        anchors, given = _split(sys.argv[1:])
        arguments = [*IMPORTED_EARLY, *BY_NAME, *given]
        sys.exit(pytest.main(arguments, plugins=[serving, Neutral(anchors)]))


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """Part what conftest.py files are read for from what pytest is called with."""
    end = words.index("--")
    return words[:end], words[end + 1 :]
