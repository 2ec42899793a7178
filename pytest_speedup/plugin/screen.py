"""The terminal, as far as reports need to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.reports import encodable, uncommanding

if TYPE_CHECKING:
    import pytest
    from _pytest._io import TerminalWriter


def terminal_writer(config: pytest.Config) -> TerminalWriter | None:
    """Return pytest's writer; None where ``-p no:terminal`` leaves nothing to write to."""
    if not config.pluginmanager.hasplugin("terminalreporter"):
        return None
    return config.get_terminal_writer()


@dataclass(frozen=True, slots=True)
class Screen:
    """Where pytest writes.

    Attributes:
        reporter: pytest's own.
    """

    reporter: pytest.TerminalReporter

    @property
    def width(self) -> int:
        """Columns."""
        return self.reporter.config.get_terminal_writer().fullwidth

    @property
    def colour(self) -> bool:
        """Whether it shows colours: as ``--color``, ``NO_COLOR`` and pytest have it."""
        return self.reporter.config.get_terminal_writer().hasmarkup

    @property
    def encoding(self) -> str:
        """How letters are encoded."""
        writer = self.reporter.config.get_terminal_writer()
        return getattr(writer._file, "encoding", None) or "ascii"  # noqa: SLF001 - no other way

    def write(self, text: str, *, red: bool = False) -> None:
        """Write lines; pytest would spell out each of a table with a letter that is not there."""
        for line in text.split("\n"):
            self.reporter.write_line(encodable(uncommanding(line), self.encoding), red=red)

    def command(self, line: str) -> None:
        """Write a line that a runner is to take for a command."""
        self.reporter.write_line(encodable(line, self.encoding))
