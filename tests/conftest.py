from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def _no_bytecode_of_what_changes() -> Iterator[None]:
    """Bytecode is told from stale by seconds and sizes, and tests change files faster than that.

    By now what does not change has been imported, and processes that start later read its bytecode.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        patch.setattr(sys, "dont_write_bytecode", True)
        yield
