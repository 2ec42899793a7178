from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many inputs each reader was tried with, where that is what the run is for."""
    if os.environ.get("HYPOTHESIS_PROFILE") != "fuzz":
        return
    terminalreporter.section("inputs tried")
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, count in report.user_properties:
            if name == "inputs" and report.when == "call":
                reader = report.nodeid.partition("[")[2].rstrip("]")
                terminalreporter.write_line(f"{reader:20} {count:6} {report.duration:7.1f} s")
