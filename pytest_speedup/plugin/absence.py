"""What the plugin does where pytest-benchmark, or what that needs, is left out."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.documents.fields import brief
from pytest_speedup.plugin import options
from pytest_speedup.plugin.timing import has_benchmark

if TYPE_CHECKING:
    from pytest_benchmark.session import BenchmarkSession

ELASTIC = "elasticsearch+"
"""How pytest-benchmark's storage in a database begins."""


def benchmark_session(config: pytest.Config) -> BenchmarkSession | None:
    """Return pytest-benchmark's session; None where it is left out."""
    return getattr(config, "_benchmarksession", None)


def refuse_gate(config: pytest.Config) -> None:
    """Refuse a gate without what it compares by, before anything runs.

    Raises:
        pytest.UsageError: pytest-benchmark, or what its storage needs, is not there.
    """
    asked = [one.flag for one in (options.FAIL, options.AGAINST) if one.is_asked(config)]
    if not has_benchmark(config):
        if asked:
            raise pytest.UsageError(_needs(asked[0]))
        return
    _refuse_storage(str(config.getoption("benchmark_storage")))


def _refuse_storage(storage: str) -> None:
    """Refuse a storage that pytest-benchmark cannot open, which it would with a traceback."""
    if storage.startswith(ELASTIC):
        if find_spec("elasticsearch") is None:
            message = (
                "--benchmark-storage=elasticsearch+... needs elasticsearch: "
                "python -m pip install 'pytest-benchmark[elasticsearch]'"
            )
            raise pytest.UsageError(message)
        return
    if "://" in storage and not storage.startswith("file://"):
        message = (
            "--benchmark-storage is a folder, file://PATH, or elasticsearch+http://HOST/INDEX/TYPE"
            f"; got {brief(storage)}"
        )
        raise pytest.UsageError(message)


def refuse_cells(config: pytest.Config) -> None:
    """Refuse to run cells without pytest-benchmark.

    Raises:
        pytest.UsageError: it is left out.
    """
    if not has_benchmark(config):
        raise pytest.UsageError(_needs("a test of speedup"))


def _needs(what: str) -> str:
    return (
        f"{what} needs pytest-benchmark, which -p no:benchmark or "
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD leaves out: load it with -p pytest_benchmark.plugin, or "
        "select other tests"
    )
