"""Sequential designs on blocks that are given."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("scipy", reason="exact intervals need the lab's group")

from benchmarks.lab.simulation.designs import (
    DESIGNS,
    Came,
    Design,
    Mixture,
    compare_designs,
    judge_in_turn,
)
from benchmarks.lab.simulation.spread_out import runner
from pytest_speedup.gate import PairedPolicy

POLICY = PairedPolicy()


@pytest.mark.parametrize("design", DESIGNS, ids=lambda one: str(one.name))
def test_what_is_sure_is_decided(design: Design) -> None:
    """Far beyond the margin or far below it; at it nothing is."""
    most = POLICY.most
    assert judge_in_turn(design, [9.0] * most, POLICY)[0] is Came.RED
    assert judge_in_turn(design, [-9.0] * most, POLICY)[0] is Came.PASSED
    assert judge_in_turn(design, [0.0] * most, POLICY) == (Came.OPEN, most)


def test_no_loss_is_red_before_its_time() -> None:
    """However large."""
    for design in DESIGNS:
        assert judge_in_turn(design, [99.0] * 7, POLICY)[1] >= POLICY.fewest


def test_the_mixture_is_that_of_half_a_normal_distribution() -> None:
    """Checked by integration over what the mean might be."""
    sharpest, error = 4, 0.05
    mixture = Mixture("", sharpest)
    steps = [0.0005 + 0.001 * step for step in range(12_000)]
    inertia = sharpest / (2 * math.log(1 / error) + math.log1p(2 * math.log(1 / error)))
    for blocks in (1, 3, 7):
        for beyond in (2.0, 3.5, 4.5, 6.0, 8.0):
            density = 2 * math.sqrt(inertia / (2 * math.pi))
            mass = sum(
                0.001
                * density
                * math.exp(mean * beyond - mean**2 * blocks / 2 - inertia * mean**2 / 2)
                for mean in steps
            )
            assert mixture.reached(blocks, beyond, error) == (mass >= 1 / error)


def test_designs_see_the_same_cells() -> None:
    """And err as seldom as they are to."""
    with runner(1) as run:
        trials = list(compare_designs(run, 1, 200))
    assert len(trials) == 4 * len(DESIGNS)
    for one in trials:
        if one.lost == "nothing":
            assert one.red.hits == 0
            assert one.passed.value > 0.9
        if one.lost == "the margin":
            assert one.red.value + one.passed.value < 0.15
