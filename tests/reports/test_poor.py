from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.reports import render_poor
from pytest_speedup.statistics import summarize
from tests.samples import make_cell, make_samples
from tests.stacks import make_stack

if TYPE_CHECKING:
    from pytest_speedup.model import Samples

STACKS = (make_stack({Loss.GIL: 3.0}, workers=4),) * 3


def render(samples: Samples) -> list[str]:
    return list(render_poor([summarize(samples)]))


def test_a_poor_cell_gets_a_line() -> None:
    """What it reached, and where the rest went."""
    samples = replace(make_samples(1.0, make_cell("thread", 4)), stacks=STACKS)
    assert render(samples) == ["  work thread-4: 1.00x of 4, lost to 100% GIL"]


@pytest.mark.parametrize(
    "samples",
    [
        make_samples(3.6, make_cell("thread", 4)),  # 90 % of the ceiling, and of the workers
        replace(make_samples(3.6, make_cell("thread", 8)), oversubscribed=True),
    ],
)
def test_others_do_not(samples: Samples) -> None:
    """More workers than CPUs cannot reach their count."""
    assert render(replace(samples, stacks=STACKS)) == []


def test_a_cell_below_half_of_its_workers_is_poor() -> None:
    """Even if it is near the ceiling."""
    assert len(render(replace(make_samples(3.6, make_cell("thread", 8)), stacks=STACKS))) == 1


def test_what_was_not_recorded_is_not_explained() -> None:
    """As serial code."""
    assert render(make_samples(1.0, make_cell("thread", 4))) == []
