from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.clone import Clone

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """An empty one; its path has a space."""
    return Clone(tmp_path / "a clone")
