"""GitHub's workflow commands, which put a line on the test that is red.

See https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pytest_speedup.model import short_name
from pytest_speedup.reports.wording import word_verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_speedup.model import Verdict

MOST = 10
"""GitHub shows no more errors than that of a step."""


def render_commands(verdicts: Iterable[Verdict], lines: Mapping[str, int]) -> Iterator[str]:
    """Render a command for each red cell.

    Args:
        verdicts: of the run.
        lines: where the tests stand in their files, by cell, from 1.
    """
    for verdict in islice((one for one in verdicts if one.is_red), MOST):
        file, line = _property(verdict.cell.partition("::")[0]), lines.get(verdict.cell, 1)
        title = _property(f"speedup of {short_name(verdict.cell)}")
        yield f"::error file={file},line={line},title={title}::{_data(word_verdict(verdict))}"


def uncommanding(line: str) -> str:
    """Keep a line from being a command: a runner looks at how it begins, behind blanks."""
    return f". {line}" if line.lstrip().startswith("::") else line


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
