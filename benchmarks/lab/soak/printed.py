"""What a run prints, kept as it comes."""

from __future__ import annotations

from io import BytesIO
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from io import BufferedReader

LATEST = 5.0
"""Seconds that the rest may take to come when all who could print are gone."""


class Printed:
    """The other end of a run's output.

    It is a pipe and no file: runs whose files are cut off, or whose disk is full, can still say
    what became of them.
    """

    def __init__(self, pipe: BufferedReader) -> None:
        """Begin to read."""
        self._kept = BytesIO()
        self._reading = Thread(target=self._keep, args=(pipe,), daemon=True)
        self._reading.start()

    def text(self) -> str:
        """Say what came, in the end."""
        self._reading.join(LATEST)
        return self._kept.getvalue().decode(errors="replace")

    def _keep(self, pipe: BufferedReader) -> None:
        with pipe:
            while piece := pipe.read1():
                self._kept.write(piece)
