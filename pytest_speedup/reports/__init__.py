"""Reports: values in, text out."""

from pytest_speedup.reports.commands import render_commands, uncommanding
from pytest_speedup.reports.console import encodable
from pytest_speedup.reports.differences import render_differences
from pytest_speedup.reports.formats import RENDERERS, refuse_missing
from pytest_speedup.reports.history import render_history, render_history_json
from pytest_speedup.reports.json_report import render_json
from pytest_speedup.reports.junit import junit_properties
from pytest_speedup.reports.laws import curves_of, render_laws
from pytest_speedup.reports.markdown import render_markdown
from pytest_speedup.reports.next_step import word_next
from pytest_speedup.reports.poor import poor_line, render_poor
from pytest_speedup.reports.proving import word_proof
from pytest_speedup.reports.sparkline import sparkline
from pytest_speedup.reports.stacks import is_chosen, render_stacks
from pytest_speedup.reports.standing import word_compared, word_report, word_standing
from pytest_speedup.reports.terminal import render_cold_starts, render_tables
from pytest_speedup.reports.wording import (
    count_outcomes,
    notable,
    word_cells,
    word_loss,
    word_remarks,
    word_saved_runs,
    word_verdict,
)

__all__ = [
    "RENDERERS",
    "count_outcomes",
    "curves_of",
    "encodable",
    "is_chosen",
    "junit_properties",
    "notable",
    "poor_line",
    "refuse_missing",
    "render_cold_starts",
    "render_commands",
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
    "word_cells",
    "word_compared",
    "word_loss",
    "word_next",
    "word_proof",
    "word_remarks",
    "word_report",
    "word_saved_runs",
    "word_standing",
    "word_verdict",
]
