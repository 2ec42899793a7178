"""Which report is written to a file of which suffix."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from pytest_speedup.errors import SpeedupError
from pytest_speedup.reports.json_report import render_json
from pytest_speedup.reports.markdown import render_markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from pytest_speedup.model import RunReport

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
