from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_speedup.losses.kinds import Loss
from pytest_speedup.reports import is_chosen, render_stacks
from tests.stacks import COUNTS, make_stack


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
