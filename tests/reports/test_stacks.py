from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.reports import is_chosen, render_poor, render_stacks
from pytest_speedup.statistics import summarize
from tests.samples import make_cell, make_samples
from tests.stacks import COUNTS, make_stack

if TYPE_CHECKING:
    from pytest_speedup.model import Samples


def test_stacks_stand_side_by_side() -> None:
    """What neither has of any size is left out."""
    old = make_stack({Loss.GIL: 0.5, Loss.POOL: 0.001, Loss.CORE_WAIT: 0.0})
    new = make_stack({Loss.GIL: 1.0, Loss.SERIAL: -0.25, Loss.CORE_WAIT: 0.0})
    assert list(render_stacks([("base", old), ("head", new)])) == [
        "  milliseconds                base      head",
        "  ideal                    1000.00   1000.00",
        "  GIL                       500.00   1000.00   waiting for the interpreter lock",
        "  serial section              0.00   -250.00   code outside of tasks",
        "  measured                 1501.00   1750.00",
        "  speedup                    1.33x     1.14x",
    ]


def test_a_loss_that_the_system_does_not_tell_is_not_none() -> None:
    """It is said where it went, as on macOS and Windows; without tasks there is nothing to tell."""
    told, untold = make_stack({Loss.CORE_WAIT: 0.0}), make_stack({Loss.BLOCKED: 1.0})
    line = "  core wait              not told by this system; it is in dispatch"
    assert not any("core wait" in row for row in render_stacks([("base", told)]))
    assert any(row.startswith(line) for row in render_stacks([("base", told), ("head", untold)]))
    nothing = make_stack({Loss.SERIAL: 1.0}, replace(COUNTS, tasks=0))
    assert not any("core wait" in row for row in render_stacks([("base", nothing)]))


@pytest.mark.parametrize(
    ("name", "chosen"), [(None, False), ("all", True), ("primes", True), ("downloads", False)]
)
def test_cells_are_chosen_by_a_part_of_their_names(name: str | None, *, chosen: bool) -> None:
    """Or all of them."""
    assert is_chosen("test_primes[thread-2]", name) is chosen


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
