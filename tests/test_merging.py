"""``python -m pytest_speedup merge``: files in, one verdict out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.__main__ import main
from pytest_speedup.gate import BROKEN, NOT_GREEN
from pytest_speedup.model import MARK, Outcome
from pytest_speedup.reports import render_json
from tests.shards import ids, make_shards

if TYPE_CHECKING:
    from pathlib import Path

CELLS = ids(2)
PASSED = dict.fromkeys(CELLS, Outcome.PASSED)
LOST = PASSED | {CELLS[3]: Outcome.REGRESSED}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(folder: Path, outcomes: dict[str, Outcome], count: int = 2) -> list[str]:
    """Write the reports of shards, and name their files."""
    made = make_shards(outcomes, count)
    for file, report in made:
        (folder / file).write_text(render_json(report), encoding="utf-8")
    return [file for file, _ in made]


def test_all_shards_are_one_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first line counts all cells; what is said of several is said once."""
    assert main(["merge", *write(tmp_path, PASSED)]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert "GREEN: 4 of 4 cells passed; a loss of 5 % or more would have shown in each" in lines
    assert lines.count("this change moves a rule") == lines.count("a note") == 1
    assert lines.count("not proven: data that git does not have: a.bin") == 1
    assert [one for one in lines if one.startswith("proof: base loaded 6 files of its tree 1111")]
    assert lines[-1] == "speedup gate: 4 passed"
    assert [one.split()[0] for one in lines if "[thread-" in one] == [
        "0[thread-2]",
        "0[thread-3]",
        "1[thread-2]",
        "1[thread-3]",
    ]
    assert printed.err == ""


def test_a_loss_in_one_of_them_is_red(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do about it in the last line."""
    assert main(["merge", *write(tmp_path, LOST)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "RED: 1 of 4 cells regressed: 1[thread-3]" in lines
    assert "speedup gate: 3 passed, 1 regressed" in lines
    assert lines[-1].startswith("speedup: exit code 1: a cell regressed")


def test_what_is_missing_in_the_suite_fails_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the words of a run."""
    code = main(["merge", *write(tmp_path, PASSED | {CELLS[0]: Outcome.MISSING})])
    assert code == NOT_GREEN
    out = capsys.readouterr().out
    assert "NOT GREEN: 1 of 4 cells missing: 0[thread-2]" in out
    assert "speedup gate: 1 cell missing, which fails it" in out


def test_the_merged_report_has_all_cells(tmp_path: Path) -> None:
    """As that of one run: a comment, a page's data, and the times of all workloads."""
    shards = write(tmp_path, LOST)
    assert main(["merge", *shards, "--report=all/merged.md,merged.json"]) == 1
    comment = (tmp_path / "all" / "merged.md").read_text("utf-8")
    assert comment.startswith(f"{MARK}\n**RED: 1 of 4 cells regressed")
    document = json.loads((tmp_path / "merged.json").read_text("utf-8"))
    assert sorted(one["id"] for one in document["cells"]) == CELLS
    assert document["gate"]["exit_code"] == 1
    assert document["gate"]["outcomes"]["passed"] == 3
    assert [one["seconds"] for one in document["workloads"]] == [2.0, 2.0]
    assert document["shard"] is None


def test_a_merged_report_is_no_shard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor is a report of a run that compared all."""
    assert main(["merge", *write(tmp_path, PASSED), "--report=merged.json"]) == 0
    assert main(["merge", "merged.json"]) == BROKEN
    assert "merged.json: it is no report of a shard" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_no_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who asked for it would find that of an earlier run there."""
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "folder.json" / "kept").touch()
    assert main(["merge", *write(tmp_path, PASSED), "--report=folder.json"]) == NOT_GREEN
    assert "folder.json could not be saved" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name the report of each shard, from 1 to 1000 files, such as shard-1.json"),
        (["shard-1.json", "--report=a.txt"], "end in .html, .md, .json; got a.txt"),
        (["shard-1.json", "--report=shard-1.json"], "give the merged one another name"),
    ],
)
def test_wrong_usage_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """In one line, before anything is read."""
    write(tmp_path, PASSED)
    assert main(["merge", *arguments]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_an_unknown_option_is_wrong_usage_too(capsys: pytest.CaptureFixture[str]) -> None:
    """As of pytest, whose exit codes these are: 2 is an interrupted run."""
    assert main(["merge", "shard-1.json", "--nothing"]) == 4
    assert "unrecognized arguments: --nothing" in capsys.readouterr().err


def test_what_cannot_be_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file in a line; nothing is said of the others, and nothing written."""
    shards = write(tmp_path, PASSED)
    (tmp_path / shards[0]).write_text("{")
    assert main(["merge", *shards, "none.json", "--report=m.md"]) == BROKEN
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    assert ["shard-1.json is no report" in lines[0], "none.json cannot be read" in lines[1]] == [
        True,
        True,
    ]
    assert (len(lines), printed.out) == (2, "")
    assert not (tmp_path / "m.md").exists()


def test_a_shard_that_is_missing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Although all that is there is green."""
    assert main(["merge", write(tmp_path, PASSED)[0], "--report=m.md"]) == BROKEN
    assert "speedup merge: shard 2 of 2 is missing" in capsys.readouterr().err
    assert not (tmp_path / "m.md").exists()


def test_what_a_report_says_is_shown_and_not_obeyed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may be a stranger's."""
    ((file, report),) = make_shards(PASSED, 1)
    evil = replace(report, notes=("::error::x", "\x1b[2Jx"), moved=("  ::set-output name=a::b",))
    (tmp_path / file).write_text(render_json(evil))
    main(["merge", file])
    lines = capsys.readouterr().out.splitlines()
    assert not [one for one in lines if one.lstrip().startswith("::") or "\x1b" in one]
