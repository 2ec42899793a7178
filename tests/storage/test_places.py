from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.storage import load_history, open_runs, places
from tests.database import ADDRESS, install
from tests.stored import PLATFORM, THREAD, run_of, save

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"thread-2": 2.0, "process-2": 1.5}


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a module
    monkeypatch.setattr("pytest_benchmark.utils.get_project_name", lambda: "work")
    return install(tmp_path, monkeypatch)


def store(client: Any, day: int, speedups: dict[str, float] | None = None) -> None:  # noqa: ANN401
    """Save a run as pytest-benchmark does, each of its cells by itself."""
    run = run_of(GOOD if speedups is None else speedups, day)
    for cell in run.pop("benchmarks"):
        name = f"{PLATFORM}_{day:04}"
        client.DOCUMENTS[f"{name}_{cell['fullname']}"] = {**cell, **run, "benchmark_id": name}


def test_a_database_has_runs(client: Any) -> None:  # noqa: ANN401
    """Oldest first, whole, and each by the beginning of its ids."""
    for day in (3, 1, 2):
        store(client, day)
    runs = open_runs(ADDRESS)
    days = [one.place.partition("T")[0] for one in runs.all()]
    assert days == ["2026-11-01", "2026-11-02", "2026-11-03"]
    (second,) = runs.named(f"{PLATFORM}_0002")
    assert [round(one.speedup, 3) for one in second.cells()] == [2.0, 1.5]
    assert [one.cell.id for one in second.samples()] == [one.cell.id for one in second.cells()]
    assert runs.named("none") == []
    assert [one.created[:10] for one in load_history(ADDRESS)[THREAD]] == days
    assert len(load_history(ADDRESS, f"{PLATFORM}_0002")[THREAD]) == 1


def test_a_run_that_is_cut_off_is_not_taken(
    client: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it lacks would look like new cells, which nobody judges."""
    for day in (1, 2, 3):
        store(client, day)
    monkeypatch.setattr(places, "MAX_HITS", 6)
    assert len(open_runs(ADDRESS).all()) == 2
    monkeypatch.setattr(places, "MAX_HITS", 2)
    for key in [key for key in client.DOCUMENTS if "_0003_" not in key]:
        del client.DOCUMENTS[key]
    with pytest.raises(SpeedupError, match="has 2 benchmarks or more"):
        open_runs(ADDRESS).all()


def test_a_damaged_run_of_a_database_is_named(client: Any) -> None:  # noqa: ANN401
    """Rather than left out."""
    store(client, 1)
    next(iter(client.DOCUMENTS.values()))["extra_info"]["speedup"]["version"] = 9
    (run,) = open_runs(ADDRESS).all()
    with pytest.raises(SpeedupError, match=r"baseline 2026-11-01.* is damaged"):
        run.cells()


def test_what_is_no_run_in_a_database_is_told(client: Any) -> None:  # noqa: ANN401
    """In a line."""
    client.DOCUMENTS["x"] = {"commit_info": {"project": "work"}, "datetime": "2026"}
    with pytest.raises(SpeedupError, match=r"saved runs in .*cannot be read \(KeyError"):
        open_runs(ADDRESS).all()


def test_a_folder_is_only_read(tmp_path: Path) -> None:
    """One that is not there is not made, and has no runs."""
    runs = open_runs(f"file://{tmp_path / 'none'}")
    assert (runs.all(), runs.named("0001")) == ([], [])
    assert not (tmp_path / "none").exists()


def test_a_file_is_a_run_by_its_path(tmp_path: Path) -> None:
    """Through links, and wherever it lies; a name means all platforms."""
    path = save(tmp_path / "saved", GOOD, 1)
    save(tmp_path / "saved", GOOD, 2, platform="Other")
    link = tmp_path / "link.json"
    link.symlink_to(path)
    runs = open_runs(str(tmp_path / "saved"))
    (one,) = runs.named(str(link))
    assert one.place == str(path.resolve())
    assert len(runs.named("0001")) == 2
    assert len(runs.all()) == 2


def test_samples_of_a_damaged_file_are_refused(tmp_path: Path) -> None:
    """They are read after the cells."""
    path = save(tmp_path, GOOD, 1)
    document = json.loads(path.read_text())
    del document["benchmarks"][0]["extra_info"]["speedup"]["rounds"]
    path.write_text(json.dumps(document))
    (run,) = open_runs(str(tmp_path)).all()
    assert len(run.cells()) == 2
    with pytest.raises(SpeedupError, match="is damaged"):
        run.samples()
