from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.against.channel import MAX_LOG_BYTES, last_lines, quote

if TYPE_CHECKING:
    from pathlib import Path


def test_the_last_lines_are_read_and_no_more(tmp_path: Path) -> None:
    """Whatever a process wrote, and in whatever encoding."""
    log = tmp_path / "base.log"
    log.write_bytes(b"x" * 3 * MAX_LOG_BYTES + b"\n\xff\nlast\n")
    assert last_lines(log, 2) == ["�", "last"]
    (line,) = last_lines(log, 3)[:1]
    assert len(line) < MAX_LOG_BYTES
    log.write_bytes(b"")
    assert last_lines(log, 2) == []


def test_lines_are_quoted() -> None:
    """A runner takes lines that begin with two colons for commands, blanks before them or not."""
    lines = quote(["::error::x", "  ::add-mask::y", "\x1b[2J##[group]z"])
    assert lines == ["  | ::error::x", "  |   ::add-mask::y", "  | \\x1b[2J## [group]z"]
