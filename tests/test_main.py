"""``python -m pytest_speedup history``, on runs that were saved as pytest-benchmark does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.__main__ import main
from pytest_speedup.statistics import summarize
from pytest_speedup.storage import KEY, to_extra_info, to_machine_info
from tests.samples import MACHINE, make_cell, make_samples

if TYPE_CHECKING:
    from pathlib import Path


def commit_of(number: int) -> str:
    """A whole name."""
    return f"{number:02x}" + 38 * "0"


def save(folder: Path, number: int, speedup: float, **machine: Any) -> None:  # noqa: ANN401
    """Save a run of two cells."""
    documents = []
    for executor in ("thread", "process"):
        cell = make_cell(executor)
        value = speedup if executor == "thread" else 1.5
        info = to_extra_info(summarize(make_samples(value, cell)))
        documents.append({"fullname": cell.id, "extra_info": {KEY: info}})
    path = folder / "Linux-CPython-3.12-64bit" / f"{number:04}_x.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        json.dumps(
            {
                "datetime": f"2026-11-{number:02}T00:00:00",
                "commit_info": {"id": commit_of(number)},
                "machine_info": {KEY: {**to_machine_info(MACHINE), **machine}},
                "benchmarks": documents,
            }
        )
    )


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "100")
    folder = tmp_path / "saved"
    folder.mkdir()
    for number in range(1, 13):
        save(folder, number, 2.0 if number <= 6 else 1.6)
    return f"--storage=file://{folder}"


def test_a_table_shows_where_each_cell_moved(
    storage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the commits between which it did."""
    assert main(["history", storage]) == 0
    head, thread, process, commits = capsys.readouterr().out.splitlines()
    assert head.split() == ["cell", "runs", "first", "last", "trend", "moved"]
    assert thread.split()[:5] == ["work", "thread-2", "12", "2.00x", "1.60x"]
    assert thread.endswith("-20 % at 0007")
    assert process.split()[:5] == ["work", "process-2", "12", "1.50x", "1.50x"]
    assert "%" not in process
    assert commits == f"work thread-2 -20 % at 0007: {commit_of(6)}..{commit_of(7)}"


def test_a_commit_that_is_not_known_is_not_named(
    tmp_path: Path, storage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The move is in the table all the same."""
    for path in (tmp_path / "saved").glob("*/*.json"):
        path.write_text(path.read_text().replace("commit_info", "nothing"))
    assert main(["history", storage]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_cell_that_fell_too_far_fails(storage: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named, with its best level and the last."""
    assert main(["history", storage, "--fail=10%"]) == 1
    said, fallen = capsys.readouterr().out.splitlines()[-2:]
    assert said == "RED: 1 of 2 cells fell by 10 % or more from their best level, 1 did not"
    assert fallen == (
        "work thread-2: 2.00x -> 1.60x, -20.0 %, best from 0001 to 0006, now since 0007"
    )
    assert main(["history", storage, "--fail=0.3"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("GREEN: 0 of 2 cells fell by 30 %")
    assert main(["history", storage, "--fail=10%", "-k", "process"]) == 0


def test_small_losses_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five of 2 %, each of which a comparison with the last runs accepts."""
    for number in range(1, 31):
        save(tmp_path, number, 2.0 * 0.98 ** ((number - 1) // 5))
    assert main(["history", f"--storage=file://{tmp_path}", "--fail=10%"]) == 1
    assert "work thread-2: 2.00x -> 1.81x, -9.6 %" in capsys.readouterr().out


def test_too_few_runs_are_no_green(
    tmp_path: Path, storage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each cell says so."""
    save(tmp_path / "saved", 13, 2.0, cpu_model="Another")
    assert main(["history", storage, "--fail=10%"]) == 10
    said, *cells = capsys.readouterr().out.splitlines()[-3:]
    assert said == (
        "NOT GREEN: 0 of 2 cells fell by 10 % or more from their best level, 0 did not, 2 are open"
    )
    assert cells == [
        f"work {name}-2: too few runs to tell: 1 run, at least 6 are needed"
        for name in ("thread", "process")
    ]


def test_json_has_the_verdict(storage: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the same exit code, and without it where nothing was asked."""
    assert main(["history", storage, "--json", "--fail=10%"]) == 1
    thread, process = json.loads(capsys.readouterr().out)
    assert thread["descent"]["outcome"] == "regressed"
    assert thread["descent"]["loss"] == pytest.approx(0.2)
    assert thread["descent"]["best"]["last_run"] == "0006_x.json"
    assert thread["descent"]["last"]["first_run"] == "0007_x.json"
    assert process["descent"]["outcome"] == "passed"
    main(["history", storage, "--json"])
    assert "descent" not in json.loads(capsys.readouterr().out)[0]


@pytest.mark.parametrize("text", ["10x", "0", "100%", "nan", "-5%", ""])
def test_a_loss_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what is valid."""
    with pytest.raises(SystemExit) as refused:
        main(["history", f"--fail={text}"])
    assert refused.value.code == 2
    assert "between 0 and 100 %, such as 10% or 0.1" in capsys.readouterr().err


def test_json_has_all_figures(storage: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the cells that were asked for."""
    assert main(["history", storage, "-k", "thread", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert [round(run["speedup"], 6) for run in one["runs"]] == [2.0] * 6 + [1.6] * 6
    assert one["runs"][0]["created"] == "2026-11-01T00:00:00"
    (move,) = one["moves"]
    assert (move["last_run"], move["first_run"]) == ("0006_x.json", "0007_x.json")
    assert (move["last_commit"], move["first_commit"]) == (commit_of(6), commit_of(7))


def test_runs_of_another_machine_are_left_out(
    storage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They cannot be compared with the last."""
    save(tmp_path / "saved", 13, 3.0, cpu_model="Another")
    assert main(["history", storage, "--json"]) == 0
    for one in json.loads(capsys.readouterr().out):
        assert (len(one["runs"]), one["left_out"]) == (1, 12)


@pytest.mark.parametrize("more", [[], ["-k", "nothing like it"]])
def test_without_saved_cells_it_says_what_to_do(
    more: list[str], tmp_path: Path, storage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line."""
    empty = storage if more else f"--storage=file://{tmp_path / 'empty'}"
    assert main(["history", empty, *more]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("save runs with pytest --benchmark-only --benchmark-autosave")


def test_a_damaged_run_is_named(
    storage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rather than left out."""
    (path,) = (tmp_path / "saved").glob("*/0003_x.json")
    path.write_text(path.read_text()[:100])
    assert main(["history", storage]) == 2
    assert "0003_x.json is damaged" in capsys.readouterr().err
