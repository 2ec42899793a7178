"""Reports: values in, text out."""

from pytest_speedup.reports.differences import render_differences
from pytest_speedup.reports.explaining import chosen, render_stacks, word_explanation
from pytest_speedup.reports.terminal import render_cold_starts, render_tables
from pytest_speedup.reports.wording import (
    count_outcomes,
    notable,
    word_loss,
    word_verdict,
)

__all__ = [
    "chosen",
    "count_outcomes",
    "notable",
    "render_cold_starts",
    "render_differences",
    "render_stacks",
    "render_tables",
    "word_explanation",
    "word_loss",
    "word_verdict",
]
