from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.statistics import summarize
from pytest_speedup.storage import read_run, to_extra_info, to_machine_info
from tests.samples import MACHINE, make_cell, make_samples

if TYPE_CHECKING:
    from pathlib import Path


def document() -> dict[str, Any]:
    """Make a file as pytest-benchmark saves it, as far as it is read."""
    cell = {
        "fullname": make_cell().id,
        "extra_info": {"speedup": to_extra_info(summarize(make_samples()))},
    }
    foreign = {"fullname": "test_other.py::test_other", "extra_info": {}}
    return {
        "machine_info": {"speedup": to_machine_info(MACHINE)},
        "benchmarks": [cell, foreign],
    }


def saved(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "0001_run.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_the_cells_of_a_run_are_read(tmp_path: Path) -> None:
    """Benchmarks that measure no speedup are passed over."""
    (cell,) = read_run(saved(tmp_path, document()))
    assert (cell.run, cell.cell, cell.machine) == ("0001_run.json", make_cell(), MACHINE)


def test_a_run_of_other_benchmarks_has_no_cells(tmp_path: Path) -> None:
    """A project may save both kinds in one storage, and from before it had this plugin."""
    content = document()
    del content["benchmarks"][0], content["machine_info"]["speedup"]
    assert read_run(saved(tmp_path, content)) == []


def without(*keys: str) -> dict[str, Any]:
    content = document()
    inner: Any = content
    for key in keys[:-1]:
        inner = inner[key]
    del inner[keys[-1]]
    return content


DAMAGED = {
    "truncated": json.dumps(document())[:-40],
    "empty": "",
    "not JSON": "GIF89a",
    "NaN": json.dumps(document()).replace('"cold_start": 0.25', '"cold_start": NaN'),
    "infinity": json.dumps(document()).replace('"cold_start": 0.25', '"cold_start": -Infinity'),
    "a list": "[]",
    "a number": "1",
    "foreign": '{"results": []}',
    "no machine": without("machine_info", "speedup"),
    "no CPUs": without("machine_info", "speedup", "cpus"),
    "older": json.dumps(document()).replace('"version": 1', '"version": 0'),
    "nested without end": "[" * 100_000,
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_files_are_refused_by_name(tmp_path: Path, damage: str) -> None:
    """What cannot be understood must not look like a run without cells."""
    path = saved(tmp_path, DAMAGED[damage])
    with pytest.raises(SpeedupError) as error:
        read_run(path)
    message = str(error.value)
    assert message.startswith(f"baseline {path} is ")
    assert "restore it from version control, or remove it and save a new baseline" in message
    assert "\n" not in message


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """A folder stands for whatever the system refuses to read."""
    with pytest.raises(SpeedupError, match=r"cannot be read: .*; check its permissions"):
        read_run(tmp_path)
