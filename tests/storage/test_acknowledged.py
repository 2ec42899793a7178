from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.storage import Acknowledged, read_acknowledged, read_entries

if TYPE_CHECKING:
    from pathlib import Path

TODAY = dt.date(2026, 5, 1)

ENTRY = """
[[acknowledged]]
cell = "test_work.py::test_work[thread-4]"
reason = "checked in review"
until = {until}
"""


def test_an_entry_holds_until_its_last_day(tmp_path: Path) -> None:
    """The date is the last day on which the loss is accepted."""
    path = tmp_path / "acknowledged.toml"
    path.write_text(ENTRY.format(until=TODAY))
    cell = "test_work.py::test_work[thread-4]"
    expected = Acknowledged(cell, "checked in review", TODAY)
    assert read_acknowledged(path, TODAY) == {cell: expected}


def test_an_expired_entry_fails_loudly(tmp_path: Path) -> None:
    """An accepted loss comes back on the table."""
    path = tmp_path / "acknowledged.toml"
    path.write_text(ENTRY.format(until="2026-04-30"))
    with pytest.raises(SpeedupError, match=r"thread-4\] expired on 2026-04-30; mend the loss"):
        read_acknowledged(path, TODAY)


def test_an_entry_without_an_end_in_sight_is_refused(tmp_path: Path) -> None:
    """180 days are the most; the error names the last day that would do."""
    path = tmp_path / "acknowledged.toml"
    path.write_text(ENTRY.format(until="2026-10-28"))
    assert read_acknowledged(path, TODAY)
    path.write_text(ENTRY.format(until="2026-10-29"))
    with pytest.raises(SpeedupError, match="until 2026-10-28 reviewed"):
        read_acknowledged(path, TODAY)
    assert read_entries(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[acknowledged]", "is not TOML"),
        ('[[acknowledged]]\ncell = "x"\nuntil = 2026-12-31', "a cell, a reason and a date"),
        (ENTRY.format(until='"2026-12-31"'), "a cell, a reason and a date"),
        (ENTRY.format(until="2026-12-31T00:00:00"), "a cell, a reason and a date"),
        (ENTRY.format(until="2026-12-31\nlimit = 3"), "nothing else"),
        (ENTRY.format(until="2026-12-31").replace("checked in review", " "), "a reason"),
        ("acknowledged = [1]", "a cell, a reason and a date"),
    ],
)
def test_an_incomplete_file_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    """A reason and an end are what makes it an acknowledgement."""
    path = tmp_path / "acknowledged.toml"
    path.write_text(text)
    with pytest.raises(SpeedupError, match=complaint) as error:
        read_acknowledged(path, TODAY)
    assert str(path) in str(error.value)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    """Not being able to look is not the same as nothing being acknowledged."""
    with pytest.raises(SpeedupError, match=r"cannot be read: Is a directory|Permission denied"):
        read_acknowledged(tmp_path, TODAY)
