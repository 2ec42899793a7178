"""Reports: values in, text out."""

from pytest_speedup.reports.differences import render_differences
from pytest_speedup.reports.explaining import is_chosen, render_stacks
from pytest_speedup.reports.laws import curves_of, render_laws
from pytest_speedup.reports.poor import render_poor
from pytest_speedup.reports.terminal import render_cold_starts, render_tables
from pytest_speedup.reports.wording import (
    count_outcomes,
    notable,
    word_loss,
    word_verdict,
)

__all__ = [
    "count_outcomes",
    "curves_of",
    "is_chosen",
    "notable",
    "render_cold_starts",
    "render_differences",
    "render_laws",
    "render_poor",
    "render_stacks",
    "render_tables",
    "word_loss",
    "word_verdict",
]
