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

pytest.importorskip("ruptures")


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
                "commit_info": {"id": f"{number:02x}" + 38 * "0"},
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
    head, thread, process = capsys.readouterr().out.splitlines()
    assert head.split() == ["cell", "runs", "first", "last", "trend", "moved"]
    assert thread.split()[:5] == ["work", "thread-2", "12", "2.00x", "1.60x"]
    assert thread.endswith("-20 % at 0007 (060000000..070000000)")
    assert process.split()[:5] == ["work", "process-2", "12", "1.50x", "1.50x"]
    assert "%" not in process


def test_json_has_all_figures(storage: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the cells that were asked for."""
    assert main(["history", storage, "-k", "thread", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert [round(run["speedup"], 6) for run in one["runs"]] == [2.0] * 6 + [1.6] * 6
    assert one["runs"][0]["created"] == "2026-11-01T00:00:00"
    (move,) = one["moves"]
    assert (move["last_run"], move["first_run"]) == ("0006_x.json", "0007_x.json")
    assert move["first_commit"].startswith("0700")


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
