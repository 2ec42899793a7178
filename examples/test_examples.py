"""Strangers' projects gate on speedup: green on the same code, red on a known loss of scaling."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from examples.stranger import HERE, Stranger

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_TEST = 12
"""Lines of a stranger's test, blank ones included."""

REPORTS = ("speedup.html", "speedup.md", "speedup.json")

MATRIX = [
    "serial-1",
    *(f"{kind}-{count}" for kind in ("thread", "process") for count in (1, 2, 4, 8)),
]
"""The cells that a test gets unless somebody chooses."""


@dataclass(frozen=True, slots=True)
class Example:
    """What is to be seen in an example.

    Attributes:
        name: its folder.
        cell: the cell that loses.
        options: which cells are measured.
        said: a pattern of what is said about the loss.
    """

    name: str
    cell: str
    options: tuple[str, ...]
    said: str


EXAMPLES = (
    Example(
        "asgiref_pages",
        "test_pages.py::test_pages[thread-4]",
        ("--speedup-executors=thread", "--speedup-workers=4", "--speedup-base-env=install"),
        r"waiting inside tasks .*pools created 1 instead of 9",
    ),
)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_a_stranger_gates_on_speedup(example: Example, tmp_path: Path, wheel: Path) -> None:
    """With nothing but the wheel and ten lines."""
    stranger = Stranger(example.name, tmp_path / example.name, tmp_path / "environment")
    stranger.clone.mkdir()
    brought = stranger.settle(wheel)
    assert {name.partition("-")[0] for name in brought} == {"pytest_speedup"}

    (test,) = (HERE / example.name).glob("test_*.py")
    assert len(test.read_text("utf-8").splitlines()) <= LONGEST_TEST
    assert collected(stranger) == MATRIX

    code, said, report = compared(stranger, example, "HEAD")
    assert (code, report["gate"]["outcomes"]["regressed"]) == (0, 0), said

    stranger.advance()
    code, said, report = compared(stranger, example, "HEAD~1")
    assert code == pytest.ExitCode.TESTS_FAILED, said
    assert red_cells(report) == [example.cell], said
    assert re.search(rf"{re.escape(example.cell)}: REGRESSED, .*{example.said}", said), said


def collected(stranger: Stranger) -> list[str]:
    """List the cells of the only test, without running it."""
    done = stranger.pytest("--collect-only", "-q")
    return re.findall(r"\[([a-z]+-\d+)\]", done.stdout)


def compared(stranger: Stranger, example: Example, base: str) -> tuple[int, str, dict[str, Any]]:
    """Compare with a commit.

    Returns:
        The exit code, what was printed and the report, which is as its schema says.
    """
    for name in REPORTS:
        (stranger.clone / name).unlink(missing_ok=True)
    done = stranger.pytest(
        "--benchmark-only",
        f"--speedup-against={base}",
        f"--speedup-report={','.join(REPORTS)}",
        *example.options,
    )
    said = done.stdout + done.stderr
    assert [name for name in REPORTS if not (stranger.clone / name).exists()] == [], said
    report = json.loads((stranger.clone / "speedup.json").read_text("utf-8"))
    schema = resources.files("pytest_speedup.reports").joinpath("schema.json").read_text("utf-8")
    jsonschema.validate(report, json.loads(schema))
    return done.returncode, said, report


def red_cells(report: dict[str, Any]) -> list[str]:
    """Name the cells that fail the gate."""
    return [
        cell["id"]
        for cell in report["cells"]
        if cell["verdict"] is not None and cell["verdict"]["red"]
    ]
