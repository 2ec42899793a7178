from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.statistics import summarize
from pytest_speedup.storage import (
    load_saved,
    run_order,
    to_extra_info,
    to_machine_info,
    write_new,
)
from tests.samples import MACHINE, make_cell, make_samples

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["0999_a.json", "1000_a.json", "9999_a.json", "10000_a.json", "10001_a.json"]


def document() -> dict[str, Any]:
    info = to_extra_info(summarize(make_samples()))
    return {
        "machine_info": {"speedup": to_machine_info(MACHINE)},
        "benchmarks": [{"fullname": make_cell().id, "extra_info": {"speedup": info}}],
    }


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A storage with runs of four digits and of five, and a file that is no run."""
    monkeypatch.setattr("pytest_speedup.storage.saved.get_machine_id", lambda: "machine")
    folder = tmp_path / "machine"
    folder.mkdir()
    for name in [*NAMES, "2026 notes_of.json"]:
        (folder / name).write_text(json.dumps(document()) if name in NAMES else "no run")
    return tmp_path


def runs(storage: Path, choice: str | None = None) -> list[str]:
    return [one.run for one in load_saved(str(storage), choice).get(make_cell().id, [])]


def test_numbers_go_on_beyond_four_digits(tmp_path: Path) -> None:
    """The ten thousandth run takes the place of none, and neither does the next."""
    (tmp_path / "9999_old.json").touch()
    names = [write_new(tmp_path, "_new.json", b"{}").name for _ in range(3)]
    assert names == ["10000_new.json", "10001_new.json", "10002_new.json"]


def test_all_runs_are_read_oldest_first(storage: Path) -> None:
    """As text 10000 would come before 9999, and the last ten would be others."""
    assert runs(storage) == NAMES


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ("1000", ["1000_a.json"]),
        ("10000", ["10000_a.json"]),
        ("9999_a", ["9999_a.json"]),
        ("machine/*_a", NAMES),
        ("0002", []),
    ],
)
def test_a_number_chooses_one_run(storage: Path, choice: str, chosen: list[str]) -> None:
    """The beginning of another number is another run."""
    assert runs(storage, choice) == chosen


def test_runs_are_ordered_by_number() -> None:
    """What has no number comes first."""
    assert sorted([*reversed(NAMES), "other.json"], key=run_order) == ["other.json", *NAMES]


def test_a_storage_that_is_no_folder_is_refused() -> None:
    """Runs that are elsewhere are not read, and must not look like none."""
    with pytest.raises(SpeedupError, match="saved runs are compared with where they are files"):
        load_saved("elasticsearch+http://localhost/index/type")
