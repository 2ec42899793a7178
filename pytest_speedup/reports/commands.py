"""GitHub's workflow commands, which put a line on the test of a cell that fails the run.

See https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pytest_speedup.model import Outcome, short_name
from pytest_speedup.reports.wording import word_verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_speedup.model import Verdict

MOST = 10
"""GitHub shows no more errors than that of a step."""


FAILING = (Outcome.UNCONFIRMED, Outcome.BROKEN)
"""Outcomes that fail a run whatever is allowed, beside a loss that nobody accepted."""


def render_commands(verdicts: Iterable[Verdict], lines: Mapping[str, int]) -> Iterator[str]:
    """Render a command for each cell that regressed, was not confirmed or is broken.

    Args:
        verdicts: of the run.
        lines: where the tests stand in their files, by cell, from 1.
    """
    failing = (one for one in verdicts if one.is_red or one.outcome in FAILING)
    for verdict in itertools.islice(failing, MOST):
        file, line = _property(verdict.cell.partition("::")[0]), lines.get(verdict.cell, 1)
        title = _property(f"speedup of {short_name(verdict.cell)}")
        yield f"::error file={file},line={line},title={title}::{_data(word_verdict(verdict))}"


def uncommanding(line: str) -> str:
    """Keep a line from being a command: a runner looks at how it begins, behind blanks.

    What some reader takes for the end of a line, such as a carriage return, begins another.
    """
    return "".join(
        f". {part}" if _begins_command(part) else part for part in line.splitlines(keepends=True)
    )


def _begins_command(part: str) -> bool:
    """Whether the first letters that are seen are those of a command."""
    seen = itertools.dropwhile(lambda one: one.isspace() or not one.isprintable(), part)
    return "".join(itertools.islice(seen, 2)) == "::"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
