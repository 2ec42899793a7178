from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

import pytest

# Inner runs end with the modules that they began with: without these, each would have its own.
import pytest_speedup.plugin.hooks  # noqa: F401
from tests.left_out import LEFT_OUT

# Once imported it takes the place of Python's own finder of distributions. Imported by an inner run
# alone it would be taken away again with that run, and later runs would find no plugin at all.
with contextlib.suppress(ImportError):
    import importlib_metadata  # noqa: F401

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """With ``-n auto``: a third of the time tests wait for processes that start, sleep or end."""
    return 1 + (os.cpu_count() or 1)


@pytest.fixture(scope="session", autouse=True)
def _no_bytecode_of_what_changes() -> Iterator[None]:
    """Bytecode is told from stale by seconds and sizes, and tests change files faster than that.

    By now what does not change has been imported, and processes that start later read its bytecode.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        patch.setattr(sys, "dont_write_bytecode", True)
        yield


@pytest.fixture(scope="session", autouse=True)
def _short_starts() -> Iterator[None]:
    """Processes of pytest start without plugins that are not theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_ADDOPTS", " ".join(LEFT_OUT))
        yield
