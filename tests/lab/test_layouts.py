"""The table of layouts: what it makes, and what it takes for right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.lab.layouts import run as running
from benchmarks.lab.layouts.__main__ import main
from benchmarks.lab.layouts.layout import LAYOUTS
from benchmarks.lab.layouts.run import Result

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.lab.layouts.layout import Layout


def test_each_layout_has_its_code_and_a_project() -> None:
    """By a name of its own; and a loss is something else than the same code."""
    assert len({one.name for one in LAYOUTS}) == len(LAYOUTS)
    for one in LAYOUTS:
        assert one.lossless != one.lossy
        assert one.code not in one.files
        projects = {f"{folder}/pyproject.toml".removeprefix("./") for folder in one.installed}
        assert projects <= {*one.files}


@pytest.mark.parametrize(
    ("head", "code", "is_right"),
    [
        ("same", 0, True),
        ("same", 1, False),
        ("loss", 1, True),
        ("loss", 0, False),
        ("loss", 11, False),
    ],
)
def test_the_same_code_is_exactly_0_and_a_loss_exactly_1(
    head: str, code: int, *, is_right: bool
) -> None:
    """Whatever else comes out is wrong."""
    assert Result("flat", "plain", head, code, 1.0, "").is_right is is_right


def test_the_line_of_the_proof_is_shown() -> None:
    """Or what ended the run, where there is none."""
    said = "collected\nproof: base loaded 1\nspeedup gate\n"
    assert Result("flat", "plain", "same", 0, 1.0, said).proof == "proof: base loaded 1"
    assert Result("flat", "plain", "same", 4, 1.0, "ERROR: no\n\n").proof == "ERROR: no"


def test_one_that_is_wrong_fails_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named."""

    def run(layout: Layout, way: str, _folder: Path) -> list[Result]:
        code = 11 if layout.name == "src" else 0
        return [Result(layout.name, way, "same", code, 1.0, "proof: it")]

    monkeypatch.setattr("benchmarks.lab.layouts.__main__.run", run)
    assert main(["--only", "flat", "--way", "plain"]) == 0
    assert main(["--only", "flat", "src"]) == 1
    said = capsys.readouterr().out
    assert "src                  editable same exit 11 in   1 s: WRONG: proof: it" in said
    assert "2 of 4 as they must" in said


def test_a_repository_has_both_commits(tmp_path: Path) -> None:
    """Head changes a note, too, so that the same code is not the same tree."""
    running.write(LAYOUTS[0], tmp_path, "loss")
    assert (tmp_path / LAYOUTS[0].code).read_text() == LAYOUTS[0].lossy
    assert (tmp_path / "notes.txt").exists()
