"""Whole comparisons of suites that do not exist."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.lab.simulation.machine import Workload
from benchmarks.lab.simulation.noise import Noise
from benchmarks.lab.simulation.suites import Scenario, simulate, simulate_shards, suite_of
from pytest_speedup.model import Bound, Outcome

CALM = Noise(
    {
        (bound, executor): [(0.001, 0.0, 0.0, -0.001), (0.0, 0.002, -0.001, 0.0)]
        for bound in Bound
        for executor in ("thread", "process", "serial")
    },
    1.0,
)
SUITE = Scenario("12 cells", suite_of(12))


def test_unchanged_code_passes() -> None:
    """And it is known where the time went."""
    simulated = simulate(SUITE, CALM, 1)
    assert not simulated.red
    assert simulated.reasons == ()
    assert 0 < simulated.in_rounds < simulated.seconds < 300
    counts = simulated.outcomes.values()
    assert sum(some.total() for some in counts) == 12
    assert all(set(some) <= {Outcome.PASSED} for some in counts)


def test_a_loss_is_red_where_it_is() -> None:
    """In one cell of each kind, and nowhere else."""
    simulated = simulate(replace(SUITE, loss=0.2, lossy="one"), CALM, 1)
    assert not simulated.red
    assert {kind: dict(some) for kind, some in simulated.of_lossy.items()} == {
        f"{bound} {executor}": {Outcome.REGRESSED: 1}
        for bound in ("wait", "cpu")
        for executor in ("thread", "process")
    }


def test_a_loss_of_all_makes_the_suite_red() -> None:
    """Every cell of it."""
    simulated = simulate(replace(SUITE, loss=0.2, lossy="all"), CALM, 1)
    assert simulated.red
    assert all(set(some) == {Outcome.REGRESSED} for some in simulated.outcomes.values())


def test_the_same_seed_comes_to_the_same() -> None:
    """To the second."""
    assert simulate(SUITE, CALM, 1) == simulate(SUITE, CALM, 1)
    assert simulate(SUITE, CALM, 1).seconds != simulate(SUITE, CALM, 2).seconds


def test_shards_have_all_cells_between_them() -> None:
    """Each once."""
    shards = simulate_shards(Scenario("18 cells", suite_of(18)), CALM, 1, 2)
    sizes = [sum(some.total() for some in one.outcomes.values()) for one in shards]
    assert sorted(sizes) == [6, 12]


def test_work_that_is_too_long_says_what_it_needs() -> None:
    """Without a round of it."""
    long = Workload("long", Bound.CPU, 100.0, (("thread", 2),))
    simulated = simulate(Scenario("long", (long,)), CALM, 1)
    (reason,) = simulated.reasons
    assert "--speedup-budget=" in reason
    assert simulated.in_rounds == 0


@pytest.mark.parametrize("cells", [1, 24, 540])
def test_suites_have_about_as_many_cells(cells: int) -> None:
    """Six to a workload."""
    assert sum(len(one.cells) for one in suite_of(cells)) == max(6, cells)
