"""The pytest plugin: its hooks and its fixtures."""

from pytest_speedup.plugin.start import (
    pytest_addoption,
    pytest_cmdline_main,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
    pytest_load_initial_conftests,
    speedup,
    speedup_executor,
    speedup_workers,
)

__all__ = [
    "pytest_addoption",
    "pytest_cmdline_main",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_load_initial_conftests",
    "speedup",
    "speedup_executor",
    "speedup_workers",
]
