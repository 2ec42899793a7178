"""GitHub's workflow commands, which put a line on the test that is red.

See https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.reports.standing import is_red
from pytest_speedup.reports.wording import word_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_speedup.model import RunReport

MOST = 10
"""GitHub shows no more errors than that of a step."""


def render_commands(report: RunReport, lines: Mapping[str, int]) -> Iterator[str]:
    """Render a command for each red cell.

    Args:
        report: the run.
        lines: where the tests stand in their files, by cell, from 1.
    """
    for cell in list(filter(is_red, report.cells))[:MOST]:
        if cell.verdict is None:
            continue
        file, line = _property(cell.id.partition("::")[0]), lines.get(cell.id, 1)
        title = _property(f"speedup of {cell.name}")
        yield f"::error file={file},line={line},title={title}::{_data(word_verdict(cell.verdict))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
