"""Every example in the documentation is one: it runs, or is read by what it is for."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from pytest_speedup.plugin.options import ALL
from pytest_speedup.storage import read_acknowledged
from tests.docs.pages import ROOT, Block, all_blocks, blocks

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KNOWN = {"ini", "json", "python", "sh", "text", "toml", "yaml"}
"""Languages that something here looks at; ``text`` is what a program printed."""


READERS: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "yaml": yaml.safe_load,
}

SETTINGS = [
    one for one in blocks("ini", "toml") if "[pytest]" in one.text or "[tool.pytest" in one.text
]


def test_every_block_says_what_it_is() -> None:
    """One without a language would be looked at by nobody."""
    assert [str(block) for block in all_blocks() if block.language not in KNOWN] == []


QUOTED = [path.read_text(encoding="utf-8") for path in (ROOT / "examples").glob("*/test_*.py")]
"""Tests of the example projects: they run with these, in environments of their own."""

PYTHON = [block for block in blocks("python") if block.text not in QUOTED]


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_runs(
    block: Block, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test passes, each cell once; anything else is run as it stands."""
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    if "def test_" not in block.text:
        exec(compile(block.text, str(block), "exec"), {"__name__": "example"})  # noqa: S102
        return
    pytester.makepyfile(test_example=block.text)
    executors = "serial,asyncio" if "async def fetch_all" in block.text else "thread"
    result = pytester.runpytest_inprocess(
        "-pno:hypothesispytest",
        "-pno:cacheprovider",
        "--strict-markers",
        "--benchmark-disable",
        f"--speedup-executors={executors}",
        "--speedup-workers=2,4",
    )
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed"}, outcomes


@pytest.mark.parametrize("block", blocks(*READERS), ids=str)
def test_data_is_read(block: Block) -> None:
    """As any program does."""
    assert READERS[block.language](block.text) is not None


@pytest.mark.parametrize(
    "block", [one for one in blocks("toml") if "[[acknowledged]]" in one.text], ids=str
)
def test_acknowledged_losses_are_read(block: Block, tmp_path: Path) -> None:
    """By what reads them, until the date in them has passed."""
    path = tmp_path / "speedup-acknowledged.toml"
    path.write_text(block.text)
    assert read_acknowledged(path, dt.date(2026, 10, 1))


@pytest.mark.parametrize("block", SETTINGS, ids=str)
def test_settings_are_valid(block: Block, pytester: pytest.Pytester) -> None:
    """Each key is known to pytest, and its value to its option."""
    name = "pyproject.toml" if block.language == "toml" else "pytest.ini"
    (pytester.path / name).write_text(block.text)
    config = pytester.parseconfig("-pno:cacheprovider")
    for key in {*re.findall(r"(?m)^(\w+) *=", block.text)} - {option.ini for option in ALL}:
        config.getini(key)  # which refuses an unknown one
    for option in ALL:
        option.value(config)
