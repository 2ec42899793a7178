"""Reports: values in, text out."""

from pytest_speedup.reports.terminal import render_cold_starts, render_tables

__all__ = ["render_cold_starts", "render_tables"]
