"""Reports: values in, text out; and which one is written to a file of which suffix."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError
from pytest_speedup.reports.alike import render_clean, word_remarks_together
from pytest_speedup.reports.history import (
    render_commits,
    render_descents,
    render_history,
    render_history_json,
    sparkline,
)
from pytest_speedup.reports.json_report import junit_properties, render_json
from pytest_speedup.reports.markdown import render_commands, render_markdown, uncommanding
from pytest_speedup.reports.standing import (
    NO_WORKLOAD,
    gravest_verdicts,
    word_compared,
    word_complaints,
    word_report,
    word_shard,
    word_standing,
)
from pytest_speedup.reports.terminal import (
    BASE_AND_HEAD,
    SAVED_AND_NOW,
    encodable,
    render_changes,
    render_cold_starts,
    render_differences,
    render_laws,
    render_tables,
)
from pytest_speedup.reports.words import (
    NO_LOSS_FAILS,
    count_outcomes,
    is_chosen,
    notable,
    render_poor,
    render_stacks,
    word_ahead,
    word_cells,
    word_loss,
    word_next,
    word_pace,
    word_proof,
    word_remarks,
    word_saved_runs,
    word_unchanged,
    word_verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pytest_speedup.model import RunReport

__all__ = [
    "BASE_AND_HEAD",
    "NO_LOSS_FAILS",
    "NO_WORKLOAD",
    "RENDERERS",
    "SAVED_AND_NOW",
    "count_outcomes",
    "encodable",
    "gravest_verdicts",
    "is_chosen",
    "junit_properties",
    "notable",
    "refuse_missing",
    "render_changes",
    "render_clean",
    "render_cold_starts",
    "render_commands",
    "render_commits",
    "render_descents",
    "render_differences",
    "render_history",
    "render_history_json",
    "render_json",
    "render_laws",
    "render_markdown",
    "render_poor",
    "render_stacks",
    "render_tables",
    "sparkline",
    "uncommanding",
    "word_ahead",
    "word_cells",
    "word_compared",
    "word_complaints",
    "word_loss",
    "word_next",
    "word_pace",
    "word_proof",
    "word_remarks",
    "word_remarks_together",
    "word_report",
    "word_saved_runs",
    "word_shard",
    "word_standing",
    "word_unchanged",
    "word_verdict",
]

EXTRA = ("jinja2", "matplotlib")
"""What pages are made with."""


def render_page(report: RunReport) -> str:
    """Render the report as one HTML page."""
    from pytest_speedup.reports.html import render_html  # noqa: PLC0415 - an optional extra

    return render_html(report)


RENDERERS: Mapping[str, Callable[[RunReport], str]] = {
    ".html": render_page,
    ".md": render_markdown,
    ".json": render_json,
}
"""By suffix."""


def refuse_missing(paths: Iterable[Path]) -> None:
    """Make sure that reports can be rendered, before a run and not after it.

    Raises:
        SpeedupError: a library is not installed.
    """
    missing = [name for name in EXTRA if find_spec(name) is None]
    for path in paths:
        if path.suffix == ".html" and missing:
            message = (
                f"{path.name} needs {' and '.join(missing)}: "
                "python -m pip install 'pytest-speedup[report]'"
            )
            raise SpeedupError(message)
