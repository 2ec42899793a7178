"""From what a user wrote to values: pure functions that refuse with one line."""

from __future__ import annotations

import multiprocessing

from pytest_speedup import executors
from pytest_speedup.errors import SpeedupError

SIZES = ("quick", "default", "seed")


def parse_workers(text: str) -> tuple[int, ...]:
    """Read worker counts such as ``1,2,4,8``."""
    return check_workers([_whole(part) for part in _parts(text)])


def check_workers(counts: list[object]) -> tuple[int, ...]:
    """Refuse what cannot be a number of workers."""
    wrong = [count for count in counts if type(count) is not int or count < 1]
    if wrong or not counts:
        given = ", ".join(repr(count) for count in wrong) or "none"
        message = f"worker counts are whole numbers from 1, such as 1,2,4,8; got {given}"
        raise SpeedupError(message)
    return tuple(dict.fromkeys(count for count in counts if isinstance(count, int)))


def parse_executors(text: str) -> tuple[str, ...]:
    """Read executor names such as ``serial,thread``."""
    return check_executors(list(_parts(text)))


def check_executors(names: list[object]) -> tuple[str, ...]:
    """Refuse what is no executor's name."""
    wrong = [name for name in names if name not in executors.NAMES]
    if wrong or not names:
        given = ", ".join(repr(name) for name in wrong) or "none"
        message = f"unknown executor {given}; choose from {', '.join(executors.NAMES)}"
        raise SpeedupError(message)
    return tuple(dict.fromkeys(str(name) for name in names))


def parse_size(text: str) -> str:
    """Read a workload size."""
    return _one_of("size", text, SIZES)


def parse_start_method(text: str) -> str:
    """Read a start method that this platform has."""
    return _one_of("start method", text, tuple(multiprocessing.get_all_start_methods()))


def _one_of(what: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        message = f"unknown {what} {text!r}; choose from {', '.join(known)}"
        raise SpeedupError(message)
    return text


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _whole(text: str) -> object:
    try:
        return int(text)
    except ValueError:
        return text
