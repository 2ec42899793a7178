"""The pytest plugin: its hooks and its fixtures."""

from pytest_speedup.plugin.fixture import Speedup, speedup, speedup_executor, speedup_workers
from pytest_speedup.plugin.hooks import (
    pytest_addoption,
    pytest_benchmark_compare_machine_info,
    pytest_benchmark_update_machine_info,
    pytest_cmdline_main,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
    pytest_load_initial_conftests,
    pytest_report_header,
    pytest_runtest_makereport,
    pytest_runtest_protocol,
    pytest_sessionfinish,
    pytest_sessionstart,
    pytest_terminal_summary,
)

__all__ = [
    "Speedup",
    "pytest_addoption",
    "pytest_benchmark_compare_machine_info",
    "pytest_benchmark_update_machine_info",
    "pytest_cmdline_main",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_load_initial_conftests",
    "pytest_report_header",
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_sessionfinish",
    "pytest_sessionstart",
    "pytest_terminal_summary",
    "speedup",
    "speedup_executor",
    "speedup_workers",
]
