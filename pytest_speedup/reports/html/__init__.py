"""The report as one page, with pictures; it needs the extra ``report``."""

from pytest_speedup.reports.html.page import render_html

__all__ = ["render_html"]
