from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pytest_speedup.executors.shared import FileNumber, SemaphoreMeeting
from tests.executors.meeting import PATIENCE


class Arrived:
    """A number of one process."""

    value = 0


def make_meeting(parties: int) -> SemaphoreMeeting:
    return SemaphoreMeeting(parties, Arrived(), Door(1), Door(0))


class Door(threading.Semaphore):
    """As multiprocessing's: its first argument goes by another name, which nobody uses."""


def test_nobody_leaves_before_the_last_one_is_there() -> None:
    """And they may meet again."""
    meeting = make_meeting(3)
    left: list[int] = []

    def attend(number: int) -> None:
        meeting.wait(PATIENCE)
        left.append(number)

    for _ in range(3):
        left.clear()
        with ThreadPoolExecutor(3) as pool:
            first = [pool.submit(attend, number) for number in range(2)]
            while meeting.arrived.value < 2:
                assert not any(one.done() for one in first)
            assert left == []
            pool.submit(attend, 2).result(PATIENCE)
        assert sorted(left) == [0, 1, 2]


def test_who_waits_in_vain_is_told() -> None:
    """As by a barrier."""
    with pytest.raises(threading.BrokenBarrierError):
        make_meeting(2).wait(0.01)


def test_an_open_meeting_keeps_nobody() -> None:
    """Those who never come are not waited for."""
    meeting = make_meeting(2)
    meeting.open()
    meeting.wait(0.0)


def test_a_number_in_a_file_is_the_same_for_all_who_have_it() -> None:
    """Until its creator removes the file."""
    number = FileNumber.create()
    copy = pickle.loads(pickle.dumps(number))  # noqa: S301 - our own bytes
    assert (number.value, copy.value) == (0, 0)
    copy.value = -(2**40)
    assert number.value == -(2**40)
    path = Path(number._path)  # noqa: SLF001
    assert path.exists()
    number.remove()
    assert not path.exists()
