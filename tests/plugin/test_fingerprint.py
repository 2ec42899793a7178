from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import NamedTuple

import pytest

from pytest_speedup.plugin.fingerprint import fingerprint


class Load(NamedTuple):
    items: int
    seconds: float = 0.1


@dataclass
class Job:
    name: str
    parts: list[int]


class Opaque:
    pass


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, 1.0),
        ("1", 1),
        ([1, 2], [2, 1]),
        ([1], (1,)),
        ({"a": 1}, {"a": 2}),
        ({1, 2}, {1, 3}),
        (range(3), range(4)),
        (Load(3), Load(4)),
        (Job("x", [1]), Job("x", [2])),
        (sorted, max),
    ],
)
def test_other_values_have_other_fingerprints(one: object, other: object) -> None:
    """In any of their parts."""
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint([one]) != fingerprint([other])


def test_what_hides_its_parts_counts_by_its_type() -> None:
    """An address in a ``repr`` would never be the same."""
    assert fingerprint(Opaque()) == fingerprint(Opaque())
    assert fingerprint({"b": 1, "a": 2}) == fingerprint({"a": 2, "b": 1})


def test_it_does_not_depend_on_the_hash_seed() -> None:
    """Each block has another one."""
    code = (
        "from pytest_speedup.plugin.fingerprint import fingerprint;"
        "print(fingerprint({'one', 'two', 'three', 'four'}))"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(prints) == 1
