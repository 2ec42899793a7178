from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import Bound, Ceiling, Round
from pytest_speedup.statistics import read_readings, summarize
from pytest_speedup.storage import from_extra_info, to_extra_info
from pytest_speedup.storage.saved import read_saved_cell
from tests.samples import MACHINE, make_cell, make_kernel_round, make_round, make_samples


def written(**changes: object) -> dict[str, Any]:
    document = json.loads(json.dumps(to_extra_info(summarize(make_samples())), allow_nan=False))
    return {**document, **changes}


def test_samples_survive() -> None:
    """What was measured can be read from the file and estimated anew."""
    samples = make_samples()
    assert from_extra_info(samples.cell.id, written()) == samples


def test_a_ceiling_from_the_cells_own_rounds_is_stored_once() -> None:
    """The kernel's turns of a computing cell lie in its rounds already."""
    own = Round((*make_round(0.2, 0.1).turns, *make_kernel_round(0.004, 0.0025).turns))
    samples = replace(
        make_samples(),
        rounds=(own,) * 6,
        ceiling=Ceiling(Bound.CPU, (own,) * 6),
        bound=Bound.CPU,
    )
    document = to_extra_info(summarize(samples))
    assert document["ceiling_rounds"] is None
    assert from_extra_info(samples.cell.id, document) == samples


def test_one_worker_has_no_ceiling() -> None:
    """Its ceiling is 1 and was not measured."""
    samples = replace(make_samples(1.0, make_cell("thread", 1)), ceiling=None)
    document = to_extra_info(summarize(samples))
    assert document["ceiling"] is None
    assert from_extra_info(samples.cell.id, document) == samples


def test_the_figures_stand_beside_the_rounds() -> None:
    """Other tools read estimate and efficiency without knowing how they are made."""
    document = written()
    assert document["speedup"]["value"] == pytest.approx(2.0)
    assert document["ceiling"]["value"] == pytest.approx(4.0)
    assert document["efficiency"] == pytest.approx(0.5)
    assert document["cold_start"] == 0.25


def test_a_saved_cell_is_read_without_its_rounds() -> None:
    """A thousand saved runs are compared by their readings, not by all of their rounds."""
    saved = read_saved_cell("0001_x.json", MACHINE, make_cell().id, written(rounds="damaged"))
    assert saved.cell == make_cell()
    assert saved.readings == read_readings(make_samples().rounds)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"version": 0}, "it has version 0, this plugin reads 1"),
        ({"readings": {}}, "'speedup' is missing"),
        ({"bound": "luck"}, "luck"),
        ({"workers": "many"}, "many"),
        (
            {"readings": {"speedup": [math.inf, 0.1], "ceiling": None, "parallel": [0.1, 0.1]}},
            "no reading",
        ),
        (
            {"readings": {"speedup": [0.1, -1], "ceiling": None, "parallel": [0.1, 0.1]}},
            "no reading",
        ),
        ({"readings": {"speedup": "x", "ceiling": None, "parallel": [0.1, 0.1]}}, "cannot be read"),
    ],
)
def test_damaged_cells_are_named(changes: dict[str, object], complaint: str) -> None:
    """The message names the cell and what is wrong with it."""
    with pytest.raises(SpeedupError, match=complaint) as error:
        read_saved_cell("0001_x.json", MACHINE, "test_work[thread-2]", written(**changes))
    assert "test_work[thread-2]" in str(error.value)


def test_damaged_samples_are_named() -> None:
    """The same holds for the raw rounds."""
    with pytest.raises(SpeedupError, match="no round"):
        from_extra_info("test_work[thread-2]", written(rounds="s1.000p"))
