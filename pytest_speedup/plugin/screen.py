"""The terminal, as far as reports need to know it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_speedup.model import shown
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

    @property
    def is_terminal(self) -> bool:
        """Whether somebody looks at it; else it is a log, whose lines are searched."""
        return bool(self.reporter.config.get_terminal_writer()._file.isatty())  # noqa: SLF001

    def draw(self, text: str) -> None:
        """Write what is rendered already; pytest would spell out lines with a letter it lacks."""
        for line in text.split("\n"):
            self._write(line)

    def write(self, text: str, **markup: bool) -> None:
        """Write lines of text, spelled out where it is not printable.

        A terminal gets them wrapped on words, a log whole.
        """
        for line in text.split("\n"):
            harmless = shown(line)
            for part in _wrapped(harmless, self.width) if self.is_terminal else [harmless]:
                self._write(part, **markup)

    def command(self, line: str) -> None:
        """Write a line that a runner is to take for a command."""
        self.reporter.write_line(encodable(line, self.encoding))

    def _write(self, line: str, **markup: bool) -> None:
        self.reporter.write_line(encodable(uncommanding(line), self.encoding), **markup)


def _wrapped(line: str, width: int) -> list[str]:
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line,
        width - 1,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [line]
