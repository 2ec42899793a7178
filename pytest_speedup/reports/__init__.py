"""Reports: values in, text out."""

from pytest_speedup.reports.formats import RENDERERS, refuse_missing
from pytest_speedup.reports.history import render_history, render_history_json, sparkline
from pytest_speedup.reports.json_report import junit_properties, render_json
from pytest_speedup.reports.markdown import render_commands, render_markdown, uncommanding
from pytest_speedup.reports.stacks import is_chosen, render_poor, render_stacks
from pytest_speedup.reports.standing import (
    NO_WORKLOAD,
    word_compared,
    word_complaints,
    word_report,
    word_shard,
    word_standing,
)
from pytest_speedup.reports.terminal import (
    encodable,
    render_cold_starts,
    render_differences,
    render_laws,
    render_tables,
)
from pytest_speedup.reports.words import (
    count_outcomes,
    notable,
    word_cells,
    word_loss,
    word_next,
    word_proof,
    word_remarks,
    word_saved_runs,
    word_verdict,
)

__all__ = [
    "NO_WORKLOAD",
    "RENDERERS",
    "count_outcomes",
    "encodable",
    "is_chosen",
    "junit_properties",
    "notable",
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
    "word_complaints",
    "word_loss",
    "word_next",
    "word_proof",
    "word_remarks",
    "word_report",
    "word_saved_runs",
    "word_shard",
    "word_standing",
    "word_verdict",
]
