"""Links and paths lead somewhere; the pages' own anchors are checked where they are built."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pytest_speedup
from tests.docs.pages import ROOT, Page, pages

FOLDERS = r"\.ci|\.github|benchmarks|docs|examples|pytest_speedup|tests|workloads"
PACKAGE_ROOT = Path(pytest_speedup.__file__).parents[1]

EACH = pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)


@EACH
def test_a_link_leads_to_a_file(page: Page) -> None:
    """Where they are read on a code host as well."""
    inner = [link.partition("#")[0] for link in page.links if "://" not in link]
    missing = [link for link in inner if not (page.path.parent / link).exists()]
    assert missing == []


@EACH
def test_a_path_exists(page: Page) -> None:
    """In this tree, or where the package is installed."""
    named = [code for code in page.code if re.fullmatch(rf"(?:{FOLDERS})/[\w./-]*", code)]
    missing = [
        path for path in named if not (ROOT / path).exists() and not (PACKAGE_ROOT / path).exists()
    ]
    assert missing == []
