from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_speedup.gate import Baseline, ErrorBudget, SavedPolicy
from pytest_speedup.losses.kinds import Loss
from pytest_speedup.model import (
    NO_RULES,
    CellRules,
    Estimate,
    Floors,
    Machine,
    Outcome,
    Samples,
    SavedCell,
    Verdict,
)
from pytest_speedup.plugin.gate import Gate, complaints
from pytest_speedup.statistics import read_readings
from pytest_speedup.storage import Acknowledged
from tests.plugin.test_settings import make_settings
from tests.samples import MACHINE, make_cell, make_samples
from tests.stacks import COUNTS, make_stack

if TYPE_CHECKING:
    from pytest_speedup.losses.trace import Counts

DATE = dt.date(2030, 1, 1)


def saved(samples: Samples) -> SavedCell:
    readings = read_readings(samples.rounds)
    return SavedCell(
        run="0001_x.json",
        cell=samples.cell,
        begins=False,
        bound=samples.bound,
        machine=MACHINE,
        readings=readings,
    )


def make_gate(*, baseline: float | None = 4.0, cells: int = 1, budget: float = 10.0) -> Gate:
    """Make a gate whose baseline has one cell of that speedup; none at all for None."""
    cell = make_cell()
    runs = [saved(make_samples(baseline, cell))] * 3 if baseline else []
    return Gate(
        policy=SavedPolicy(margin=0.1),
        machine=MACHINE,
        baselines={cell.id: Baseline(runs, runs)} if baseline else None,
        acknowledged={},
        errors=ErrorBudget(0.05, cells),
        budget=budget,
    )


def outcome(verdict: Verdict | None) -> Outcome | None:
    return None if verdict is None else verdict.outcome


def test_a_large_loss_is_red() -> None:
    """A speedup of 1 where it was 4 is no matter of noise."""
    assert outcome(make_gate().look([make_samples(1.0)], NO_RULES)) is Outcome.REGRESSED


def test_without_a_baseline_nothing_is_asked() -> None:
    """A run that was not told to gate has no verdicts."""
    assert make_gate(baseline=None).look([make_samples(1.0)], NO_RULES) is None


def test_a_floor_needs_no_baseline() -> None:
    """What a test demands holds from its first run on."""
    gate = make_gate(baseline=None)
    assert (
        outcome(gate.look([make_samples(2.0)], CellRules(floors=Floors(at_least=3.5))))
        is Outcome.REGRESSED
    )
    assert (
        outcome(gate.look([make_samples(4.0)], CellRules(floors=Floors(at_least=3.5))))
        is Outcome.PASSED
    )


def test_a_floor_can_be_a_share_of_the_ceiling() -> None:
    """The samples' ceiling is 4: a speedup of 2 is half of it."""
    gate = make_gate(baseline=None)
    samples = make_samples(2.0)
    assert (
        outcome(gate.look([samples], CellRules(floors=Floors(at_least_of_ceiling=0.8))))
        is Outcome.REGRESSED
    )
    assert (
        outcome(gate.look([samples], CellRules(floors=Floors(at_least_of_ceiling=0.4))))
        is Outcome.PASSED
    )


def counted(*peaks: int) -> Samples:
    """Samples whose recorded runs had so many tasks at work at once."""
    stacks = tuple(make_stack({}, replace(COUNTS, in_flight=peak)) for peak in peaks)
    return replace(make_samples(4.0), stacks=stacks)


@pytest.mark.parametrize("baseline", [None, 4.0])
def test_a_peak_is_a_floor_by_count(baseline: float | None) -> None:
    """Confirmed in fresh workers, whatever time says, and broken where nothing was recorded."""
    gate, marks = make_gate(baseline=baseline, budget=0.0), CellRules(floors=Floors(peak=3))
    assert outcome(gate.look([counted(2, 3, 1)], marks)) is Outcome.PASSED
    missed = gate.look([counted(2, 2)], marks)
    assert outcome(missed) is Outcome.REGRESSED
    assert gate.wants_another_block(missed, 1, seconds=5.0)
    assert outcome(gate.settle([counted(2)], missed)) is Outcome.UNCONFIRMED
    twice = [counted(2, 2), counted(1, 2)]
    settled = gate.settle(twice, gate.look(twice, marks))
    assert settled is not None
    assert settled.is_red
    assert settled.reason.startswith("its floor is a peak of 3 tasks in flight, and at most 2 ")
    assert outcome(gate.look([counted(2, 2), counted(1, 3)], marks)) is Outcome.PASSED
    broken = gate.look([make_samples(4.0)], marks)
    assert outcome(broken) is Outcome.BROKEN
    assert not gate.wants_another_block(broken, 1, seconds=0.0)


def test_a_cell_above_its_floor_is_still_compared() -> None:
    """A floor adds to the baseline, and does not replace it."""
    verdict = make_gate().look([make_samples(1.0)], CellRules(floors=Floors(at_least=0.5)))
    assert outcome(verdict) is Outcome.REGRESSED


STRICT = CellRules(0.02, Floors(at_least=3.5))


def ruled(then: CellRules, *, own_rules: bool = False) -> Gate:
    """A gate whose newest saved run was measured by other rules than the first."""
    gate = make_gate()
    assert gate.baselines is not None
    ((cell, known),) = gate.baselines.items()
    runs = (known.chosen[-1], replace(known.chosen[-1], own_rules=then))
    gate.baselines = {cell: Baseline(runs, runs)}
    gate.own_rules = own_rules
    return gate


def test_a_test_does_not_choose_its_own_rules() -> None:
    """Those of the newest saved run hold, and what it moves of them is said."""
    cell, own = make_samples(4.0).cell.id, CellRules(0.5)
    gate = ruled(STRICT)
    assert gate.rules_of(cell, own) == STRICT
    assert [*gate.moved(cell, own)] == [
        (
            "this change moves the margin of work[thread-2] from 2 % to 50 %; "
            "it is judged by that of the base"
        ),
        (
            "this change moves at_least of work[thread-2] from 3.5 to none; "
            "it is judged by that of the base"
        ),
    ]
    peak = CellRules(floors=Floors(peak=2, at_least=0.1))
    assert gate.rules_of(cell, peak) == CellRules(0.02, Floors(peak=2, at_least=3.5))
    assert not any("peak" in one for one in gate.moved(cell, peak))
    assert ruled(STRICT, own_rules=True).rules_of(cell, own) == own
    assert [one.rpartition("; ")[2] for one in ruled(STRICT, own_rules=True).moved(cell, own)] == [
        "--speedup-allow=rules accepts it"
    ] * 2


def test_rules_that_nothing_was_saved_of_are_a_tests_own() -> None:
    """Of a new cell, and where no loss fails."""
    own, cell = CellRules(0.5), make_cell().id
    for gate, name in ((ruled(STRICT), f"new_{cell}"), (make_gate(baseline=None), cell)):
        assert gate.rules_of(name, own) == own
        assert [*gate.moved(name, own)] == []


def test_serial_cells_have_no_floor() -> None:
    """Their speedup is 1 by definition."""
    samples = make_samples(1.0, make_cell("serial", 1))
    assert make_gate(baseline=None).look([samples], CellRules(floors=Floors(at_least=3.5))) is None


def test_a_marked_margin_holds_for_its_cell() -> None:
    """A loss of 75 % is accepted where the test says so."""
    samples = make_samples(1.0)
    accepted = make_gate().look([samples], CellRules(margin=0.99))
    assert outcome(accepted) is Outcome.PASSED


def test_a_red_cell_must_be_confirmed() -> None:
    """A loss in one pool of workers may be that pool's."""
    gate = make_gate(budget=0.0)
    red = gate.look([make_samples(1.0)], NO_RULES)
    assert gate.wants_another_block(red, 1, seconds=5.0)
    assert outcome(gate.look([make_samples(1.0)] * 2, NO_RULES)) is Outcome.REGRESSED
    unconfirmed = gate.look([make_samples(0.1), make_samples(4.0)], NO_RULES)
    assert outcome(unconfirmed) is Outcome.INCONCLUSIVE


def test_acknowledged_losses_are_named_and_stay_red() -> None:
    """An accepted loss is reported, and never saved as if it were the norm."""
    samples = make_samples(1.0)
    gate = make_gate()
    gate.acknowledged = {samples.cell.id: Acknowledged(samples.cell.id, "reviewed", DATE)}
    blocks = [samples] * 2
    settled = gate.settle(blocks, gate.look(blocks, NO_RULES))
    assert settled is not None
    assert (settled.outcome, settled.acknowledged) == (Outcome.REGRESSED, "reviewed")


def test_an_acknowledged_loss_that_is_not_confirmed_is_acknowledged() -> None:
    """It was reviewed, sure or not."""
    samples = make_samples(1.0)
    gate = make_gate()
    gate.acknowledged = {samples.cell.id: Acknowledged(samples.cell.id, "reviewed", DATE)}
    settled = gate.settle([samples], gate.look([samples], NO_RULES))
    assert settled is not None
    assert (settled.outcome, settled.acknowledged) == (Outcome.UNCONFIRMED, "reviewed")


def test_a_loss_in_one_pool_that_is_measured_no_more_is_unconfirmed() -> None:
    """It is neither red nor green, whatever ended the measuring."""
    gate = make_gate()
    samples = make_samples(1.0)
    settled = gate.settle([samples], gate.look([samples], NO_RULES))
    assert outcome(settled) is Outcome.UNCONFIRMED


def test_a_loss_that_shows_may_go_half_as_long_again_beyond_the_budget() -> None:
    """Of 10 s; other cells may not."""
    gate = make_gate(budget=10.0)
    gate.budget = 1.0  # the rest was spent
    shows, is_open = (
        Verdict("x", one, more_would_help=True)
        for one in (Outcome.UNCONFIRMED, Outcome.INCONCLUSIVE)
    )
    assert gate.wants_another_block(shows, 2, seconds=6.0)
    assert not gate.wants_another_block(shows, 2, seconds=6.1)
    assert not gate.wants_another_block(is_open, 2, seconds=1.1)


@pytest.mark.parametrize("floor", [2.39, 2.4])
def test_an_open_floor_hides_no_red_baseline(floor: float) -> None:
    """A speedup of 4.0 became 2.39, which is about what the test demands at least."""
    verdict = make_gate().look([make_samples(2.39)] * 2, CellRules(floors=Floors(at_least=floor)))
    assert outcome(verdict) is Outcome.REGRESSED


def test_both_reasons_are_given_where_floor_and_baseline_are_not_green() -> None:
    """Each says what is to be done about it."""
    gate = make_gate()
    gate.machine = replace(MACHINE, cpu_model="Other CPU")
    verdict = gate.look([make_samples(2.39)] * 2, CellRules(floors=Floors(at_least=2.4)))
    assert verdict is not None
    assert verdict.outcome is Outcome.INCOMPARABLE
    assert "CPU model" in verdict.reason
    assert "its floor is 2.4" in verdict.reason
    assert verdict.more_would_help


def test_a_verdict_knows_the_speedup_before_and_its_margin() -> None:
    """The mean of those that were saved, whatever the ceiling did."""
    gate = make_gate()
    cell = make_cell()
    runs = [saved(make_samples(speedup, cell)) for speedup in (2.0, 8.0)]
    gate.baselines = {cell.id: Baseline(runs, runs)}
    verdict = gate.look([make_samples(4.0)], CellRules(margin=0.2))
    assert verdict is not None
    assert verdict.before == pytest.approx(4.0)
    assert verdict.margin == 0.2


def settle_counted(now: Counts, *, machine: Machine = MACHINE) -> Verdict:
    """Settle a cell that has the speedup of its saved runs, in which it had one pool."""
    samples = replace(make_samples(4.0), stacks=(make_stack({}, now),) * 3)
    gate = make_gate()
    run = replace(saved(make_samples(4.0)), machine=machine, stacks=(make_stack({}, COUNTS),) * 3)
    gate.baselines = {samples.cell.id: Baseline([run] * 3, [run] * 3)}
    settled = gate.settle([samples], Verdict(samples.cell.id, Outcome.PASSED))
    assert settled is not None
    return settled


def test_more_pools_than_in_saved_runs_are_red() -> None:
    """Time passed; the next run on another machine may not."""
    settled = settle_counted(replace(COUNTS, pools=9))
    assert settled.outcome is Outcome.REGRESSED
    assert [(one.base, one.head) for one in settled.counters] == [(1, 9)]
    assert settle_counted(COUNTS).outcome is Outcome.PASSED
    assert settle_counted(replace(COUNTS, pools=9, tasks=99)).outcome is Outcome.PASSED


def test_other_counters_than_in_saved_runs_warn() -> None:
    """A cell that passed stays so."""
    settled = settle_counted(replace(COUNTS, busiest=8))
    assert (settled.outcome, len(settled.counters)) == (Outcome.PASSED, 1)


def test_counters_of_another_machine_are_not_compared() -> None:
    """How many pools it takes may depend on how many CPUs there are."""
    other = replace(MACHINE, cpu_model="Other CPU")
    settled = settle_counted(replace(COUNTS, pools=9), machine=other)
    assert (settled.outcome, settled.counters) == (Outcome.PASSED, ())


def test_a_speedup_that_fell_with_its_ceiling_is_explained() -> None:
    """The verdict's change is none; the speedup fell to half, and a neighbour took the cores."""
    before, now = make_stack({}), make_stack({Loss.CORE_WAIT: 1.0})
    gate = make_gate(baseline=None)
    samples = replace(make_samples(1.0), stacks=(now,) * 3)
    cell = samples.cell.id
    run = replace(saved(make_samples(2.0)), stacks=(before,) * 3)
    gate.baselines = {cell: Baseline([run], [run])}
    no_change = Verdict(cell, Outcome.PASSED, Estimate(1.0, 0.9, 1.1, 0.95))
    settled = gate.settle([samples], no_change)
    assert settled is not None
    assert settled.explanation is not None
    assert settled.explanation.named is not None
    assert settled.explanation.named.loss is Loss.CORE_WAIT


@pytest.mark.parametrize(
    ("verdict", "blocks", "seconds", "wanted"),
    [
        (None, 1, 1.0, False),
        (Verdict("x", Outcome.NEW), 1, 1.0, False),
        (Verdict("x", Outcome.REGRESSED), 2, 1.0, False),
        (Verdict("x", Outcome.INCONCLUSIVE), 1, 1.0, False),
        (Verdict("x", Outcome.INCONCLUSIVE, more_would_help=True), 1, 1.0, True),
        (Verdict("x", Outcome.INCONCLUSIVE, more_would_help=True), 1, 11.0, False),
        (Verdict("x", Outcome.INCONCLUSIVE, more_would_help=True), 5, 1.0, False),
    ],
)
def test_more_blocks_are_for_undecided_cells_that_they_could_decide(
    verdict: Verdict | None, blocks: int, seconds: float, *, wanted: bool
) -> None:
    """As long as the policy and a budget of 10 s allow."""
    gate = make_gate(budget=10.0)
    gate.policy = SavedPolicy(margin=0.1, looks=5)
    assert gate.wants_another_block(verdict, blocks, seconds) is wanted


def test_a_slower_baseline_makes_an_improvement() -> None:
    """The gate tells better from equal, too."""
    assert outcome(make_gate(baseline=1.0).look([make_samples(4.0)], NO_RULES)) is Outcome.IMPROVED


def test_faster_serial_code_is_named_and_not_red() -> None:
    """Speedup fell to a quarter, and parallel time did not rise."""
    faster_serial = make_samples(1.0, serial=0.02)
    assert outcome(make_gate().look([faster_serial], NO_RULES)) is Outcome.SERIAL_IMPROVED


def test_another_machine_is_incomparable() -> None:
    """What differs is named."""
    gate = make_gate()
    gate.machine = replace(MACHINE, cpu_model="Other CPU")
    verdict = gate.look([make_samples(1.0)], NO_RULES)
    assert outcome(verdict) is Outcome.INCOMPARABLE
    assert verdict is not None
    assert "CPU model Test CPU then, Other CPU now" in verdict.reason


def test_a_cell_without_saved_runs_is_new() -> None:
    """It passes with a notice."""
    samples = make_samples(1.0, make_cell("process", 8))
    assert outcome(make_gate().look([samples], NO_RULES)) is Outcome.NEW


def test_a_pass_says_what_would_have_been_seen() -> None:
    """The smallest loss is a fraction between the margin and all."""
    verdict = make_gate().look([make_samples(4.0)], CellRules(margin=0.9))
    assert verdict is not None
    assert verdict.outcome is Outcome.PASSED
    assert verdict.detectable is not None
    assert 0.9 < verdict.detectable < 1.0
    assert not math.isnan(verdict.detectable)


@pytest.mark.parametrize("outcome", [Outcome.UNWATCHED, Outcome.UNCONFIRMED])
def test_what_is_acknowledged_is_no_complaint(outcome: Outcome) -> None:
    """The run is green, and its first line says no other thing."""
    settings, gate = make_settings(against="main"), make_gate()
    gate.verdicts["x"] = Verdict("x", outcome)
    assert complaints(gate, settings) == [f"speedup gate: 1 cell {outcome.value}, which fails it"]
    gate.verdicts["x"] = Verdict("x", outcome, acknowledged="meant")
    assert complaints(gate, settings) == []
