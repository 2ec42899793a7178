"""Noise as it was recorded, and as it is made up."""

from __future__ import annotations

import math
from random import Random
from statistics import pstdev

import pytest

from benchmarks.lab.recording import RecordedCell
from benchmarks.lab.simulation.noise import noise_of
from benchmarks.lab.simulation.turns import MODELS, unit_shifts
from pytest_speedup.errors import SpeedupError
from pytest_speedup.model import PARALLEL, SERIAL, Bound, Round, Turn


def recorded(bound: Bound, seconds: float) -> RecordedCell:
    """Make a cell whose turns take one second but for the last of four."""
    rounds = tuple(
        Round((Turn(PARALLEL, took), Turn(SERIAL, 1.0))) for took in (1.0, 1.0, 1.0, seconds)
    )
    return RecordedCell(bound, (rounds,))


def run_of(seconds: float) -> dict[str, RecordedCell]:
    return {
        f"{bound.value} {executor}-2": recorded(bound, seconds)
        for bound in Bound
        for executor in ("thread", "process")
    }


def test_four_turns_in_a_row_stay_together() -> None:
    """So far from their median as is asked."""
    noise = noise_of([run_of(math.exp(0.5))], [], 0.1)
    assert noise.draw(Bound.CPU, "thread", Random(1)) == pytest.approx((0, 0, 0, 0.05))
    assert noise.draw(Bound.CPU, "serial", Random(1)) == (0, 0, 0, 0)


def test_what_is_left_out_is_not_drawn() -> None:
    """Nor is anything drawn from a recording that lacks a kind of cell."""
    left_out = [name for name in run_of(1.0) if name.startswith("wait")]
    with pytest.raises(SpeedupError, match="wait process, wait serial, wait thread; record it"):
        noise_of([run_of(1.0)], left_out, 1.0)


def test_normal_rounds_vary_as_is_stated() -> None:
    """By the faster of two turns a side."""
    shifts = unit_shifts(MODELS["normal, 3 times as stated"], 1)
    assert pstdev(one.value for one in shifts) == pytest.approx(3, rel=0.05)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_draws_four_turns(name: str) -> None:
    """And an effect."""
    model, random = MODELS[name], Random(1)
    assert len(model.quad(random)) == 4
    assert math.isfinite(model.effect(random))
    assert model.quad(Random(2)) == model.quad(Random(2)) != model.quad(Random(3))
