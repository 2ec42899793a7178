"""The pytest plugin: its hooks and its fixtures."""

from pytest_speedup.plugin.start import (
    _speedup_has_own,
    pytest_addoption,
    pytest_cmdline_main,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
    pytest_load_initial_conftests,
    scaling,
    speedup,
    speedup_executor,
    speedup_workers,
)

__all__ = [
    "_speedup_has_own",
    "pytest_addoption",
    "pytest_cmdline_main",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_load_initial_conftests",
    "scaling",
    "speedup",
    "speedup_executor",
    "speedup_workers",
]
