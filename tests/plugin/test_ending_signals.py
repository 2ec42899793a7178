"""Which signals end a comparison so that it tidies up."""

from __future__ import annotations

import signal
import sys

import pytest

from pytest_speedup.plugin import against
from tests.posix import posix_only


@posix_only
def test_a_terminal_that_closes_ends_it_unless_that_is_ignored() -> None:
    """Under nohup it goes on, and the signal stays ignored."""
    if sys.platform == "win32":
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        with pytest.raises(KeyboardInterrupt), against._ended_by_runner():  # noqa: SLF001
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with against._ended_by_runner():  # noqa: SLF001
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)
