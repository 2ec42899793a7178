from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_speedup.against.schedule import (
    BEYOND,
    BLOCK_SECONDS,
    FIRST_SHARE,
    FULL_WAITS,
    LEAST_BLOCKS,
    LONG_ROUND,
    MAX_PRECISION,
    MAX_SHARE,
    MIN_LONG_ROUNDS,
    MIN_PRECISION,
    MIN_ROUNDS,
    QUICK_WAITS,
    USUAL_MARGIN,
    Cost,
    Open,
    Schedule,
    Taken,
    Turnout,
    Urgency,
)
from pytest_speedup.model import Round, Turn

BUDGET = 100.0
COST = Cost(fixed=1.0, a_round=0.1, cells=1)


def make_open(name: str = "x", urgency: Urgency = Urgency.UNKNOWN, **changes: float) -> Open:
    """A computing workload with a cell."""
    one = Open(name, urgency, computing=True, cells=1, missing=0, margin=USUAL_MARGIN)
    return replace(one, **changes)  # type: ignore[arg-type]


def make_lost(name: str = "x", missing: int = 2, **changes: float) -> Open:
    return make_open(name, Urgency.LEANS_RED, missing=missing, **changes)


def make_schedule(*names: str, cost: Cost = COST, start: float = 0.0) -> Schedule:
    """One that knows what a block of each takes."""
    return Schedule(BUDGET, start, dict.fromkeys(names or ("x",), cost))


def names_of(turnouts: list[Turnout]) -> list[str]:
    return [one.workload for one in turnouts]


# Fail closed: what has no time is never said to have had some, and a loss keeps what it takes.


def test_what_needs_more_than_the_budget_gets_nothing_of_the_first_block() -> None:
    """Two blocks of the fewest rounds have to fit."""
    half = BUDGET / LEAST_BLOCKS
    fits = Cost(half - 3 * 0.1, 0.1, 1)
    too_long = Cost(half - 3 * 0.1 + 0.01, 0.1, 1)
    schedule = Schedule(BUDGET)
    assert schedule.first(make_open(), fits, 0.0, 0) is not None
    assert schedule.first(make_open(), too_long, 0.0, 0) is None
    assert schedule.needed(too_long) == pytest.approx(BUDGET + 0.02)


def test_what_is_left_must_take_its_fewest_rounds() -> None:
    """However short they are by the budget as a whole; what its opening took is spent already."""
    schedule = Schedule(BUDGET)
    assert schedule.first(make_open(), COST, BUDGET - COST.in_rounds - 0.01, 0) is not None
    assert schedule.first(make_open(), COST, BUDGET - COST.in_rounds + 0.01, 0) is None
    waiting = replace(make_open(), computing=False)
    assert schedule.first(waiting, COST, BUDGET - COST.in_rounds + 0.01, 0) is None


def test_no_other_workload_is_opened_once_the_time_is_over() -> None:
    """By what others took to open."""
    schedule = make_schedule("a", "b")
    assert schedule.has_time(BUDGET - COST.fixed - 0.01)
    assert not schedule.has_time(BUDGET - COST.fixed)


def test_nobody_that_lost_nothing_gets_a_block_that_does_not_fit() -> None:
    """Not its fewest rounds, and not the start of the block."""
    schedule = make_schedule(start=10.0)
    least = COST.least + schedule.start
    assert names_of(schedule.further([make_open()], 1.0, BUDGET - least - 0.01)) == ["x"]
    assert schedule.further([make_open()], 1.0, BUDGET - least + 0.01) == []
    waiting = replace(make_open(), computing=False)
    assert schedule.further([waiting], 1.0, BUDGET - schedule.start - COST.fixed) == []
    assert schedule.further([], 1.0, 0.0) == []


def test_time_is_kept_for_losses_that_take_more_blocks() -> None:
    """What lost nothing gets what is left beyond."""
    cost = Cost(10.0, 1.0, 1)
    schedule = make_schedule("slow", "clean", cost=cost, start=5.0)
    lost, clean = make_lost("slow"), make_open("clean")
    # This block takes 5 s, 13 s of the loss and 13 s of the other; 18 s are kept for the next one.
    spent = BUDGET - 5.0 - 2 * cost.least - (5.0 + cost.least)
    assert names_of(schedule.further([clean, lost], 1.0, spent - 0.1)) == ["slow", "clean"]
    assert names_of(schedule.further([clean, lost], 1.0, spent + 0.1)) == ["slow"]
    almost = make_lost("slow", missing=1)
    assert names_of(schedule.further([clean, almost], 1.0, spent + 0.1)) == ["slow", "clean"]


def test_a_loss_is_confirmed_beyond_the_budget_by_those_cells_alone() -> None:
    """As shortly as can be, where half as long again will do for the blocks that it lacks."""
    schedule = make_schedule(start=20.0)
    needed = 2 * (COST.least + schedule.start)
    limit = BEYOND * BUDGET
    (turnout,) = schedule.further([make_lost()], 1.0, limit - needed - 0.01)
    assert turnout == Turnout("x", 0.0, MIN_ROUNDS, confirming=True)
    assert schedule.further([make_lost()], 1.0, limit - needed + 0.01) == []
    assert schedule.further([make_open()], 1.0, limit - needed - 0.01) == []


def test_a_loss_that_has_its_blocks_and_is_not_sure_gets_another() -> None:
    """One, as long as there is time at all."""
    schedule = make_schedule(start=20.0)
    lost = make_lost(missing=0)
    (turnout,) = schedule.further([lost], 1.0, BUDGET + 1)
    assert turnout.confirming
    assert schedule.further([lost], 1.0, BEYOND * BUDGET - 20.0) == []


def test_of_many_losses_the_surest_get_their_blocks() -> None:
    """Together within half as long again: few that are sure say more than many that are not."""
    names = [f"w{number}" for number in range(40)]
    cost = Cost(4.0, 0.2, 1)
    schedule = make_schedule(*names, cost=cost, start=2.0)
    lost = [make_lost(name, sureness=float(number)) for number, name in enumerate(names)]
    spent = 85.0
    turnouts = schedule.further(lost, 1.0, spent)
    chosen = names_of(turnouts)
    assert chosen == names[::-1][: len(chosen)]
    assert len(chosen) == int((BEYOND * BUDGET - spent - 2 * 2.0) / (2 * cost.least))
    assert spent + 2 * (schedule.start + len(chosen) * cost.least) <= BEYOND * BUDGET


def test_a_loss_that_takes_too_long_leaves_the_time_to_others() -> None:
    """The surest one may be the one that cannot be confirmed."""
    schedule = make_schedule("short")
    schedule.costs["long"] = Cost(60.0, 10.0, 1)
    lost = [make_lost("long", sureness=9.0), make_lost("short", sureness=3.0)]
    assert names_of(schedule.further(lost, 1.0, 30.0)) == ["short"]


# What goes first.


def test_losses_go_first_and_then_what_the_change_touches() -> None:
    """Then what nobody can tell, and at last what it does not touch."""
    names = ["untouched", "unknown", "touched", "doubtful", "sure"]
    schedule = make_schedule(*names)
    some = [
        make_open("untouched", Urgency.UNTOUCHED),
        make_open("unknown", Urgency.UNKNOWN),
        make_open("touched", Urgency.TOUCHED),
        make_lost("doubtful", sureness=1.0),
        make_lost("sure", sureness=8.0),
    ]
    assert names_of(schedule.further(some, 1.0, 10.0)) == names[::-1]


def test_what_is_most_urgent_gets_the_time_that_is_left_for_one() -> None:
    """A workload that does not fit is passed over."""
    schedule = make_schedule("a", "b")
    some = [make_open("a", Urgency.UNTOUCHED), make_open("b", Urgency.TOUCHED)]
    assert names_of(schedule.further(some, 1.0, BUDGET - 1.5 * COST.least)) == ["b"]


# How much.


def test_the_first_block_is_quick() -> None:
    """Each computing cell has the usual seconds, and a waiting workload its rounds."""
    turnout = Schedule(BUDGET).first(make_open(cells=3), COST, 0.0, 0)
    assert turnout == Turnout("x", 3 * BLOCK_SECONDS, MIN_ROUNDS)
    waiting = Schedule(BUDGET).first(replace(make_open(cells=3), computing=False), COST, 0.0, 0)
    assert waiting == Turnout("x", 0.0, QUICK_WAITS)


def test_the_first_block_shares_its_part_of_the_budget() -> None:
    """Among all workloads that are still to come, with their openings."""
    schedule = make_schedule("a")
    turnout = schedule.first(make_open(cells=100), COST, spent=25.0, left=9)
    assert turnout is not None
    assert turnout.seconds == pytest.approx((FIRST_SHARE * BUDGET - 25.0 - 9 * COST.fixed) / 10)
    late = schedule.first(make_open(cells=100), COST, spent=90.0, left=5)
    assert late == Turnout("x", 0.0, MIN_ROUNDS)


def test_waiting_cells_get_more_rounds_in_later_blocks() -> None:
    """As many as fit."""
    schedule = make_schedule(cost=Cost(1.0, 2.0, 1))
    waiting = replace(make_open(), computing=False)
    assert FULL_WAITS > QUICK_WAITS
    for left, rounds in ((50.0, FULL_WAITS), (7.5, 3), (3.5, 1)):
        assert schedule.further([waiting], 1.0, BUDGET - left) == [Turnout("x", 0.0, rounds)]
    assert schedule.further([waiting], 1.0, BUDGET - 2.5) == []


@pytest.mark.parametrize(
    ("margin", "times"),
    [
        (USUAL_MARGIN, 1.0),
        (USUAL_MARGIN / 2, 2.0),
        (USUAL_MARGIN / 4, 4.0),
        (USUAL_MARGIN / 40, MAX_PRECISION),
        (0.0, MAX_PRECISION),
        (2 * USUAL_MARGIN, 0.5),
        (0.9, MIN_PRECISION),
    ],
)
def test_half_the_margin_takes_twice_the_time(margin: float, times: float) -> None:
    """Within bounds, in each block."""
    schedule = make_schedule()
    first = schedule.first(make_open(margin=margin), COST, 0.0, 0)
    assert first is not None
    assert first.seconds == pytest.approx(times * BLOCK_SECONDS)
    (turnout,) = schedule.further([make_open(margin=margin)], 1.0, 0.0)
    assert turnout.seconds == pytest.approx(times * BLOCK_SECONDS)


def test_decided_cells_leave_their_time_to_others() -> None:
    """Up to twice of it."""
    for decided, times in ((1.0, 1.0), (1.5, 1.5), (24.0, MAX_SHARE)):
        (turnout,) = make_schedule().further([make_open()], decided, 0.0)
        assert turnout.seconds == pytest.approx(times * BLOCK_SECONDS)


def test_a_loss_has_a_part_of_what_is_left_for_each_block_that_it_lacks() -> None:
    """Its first one is not to take what the others need."""
    schedule = make_schedule(cost=replace(COST, cells=50))
    (turnout,) = schedule.further([make_lost(cells=50)], 2.0, 40.0)
    assert turnout.seconds == pytest.approx(60.0 / 2 - COST.fixed)


# What things take.


def test_long_rounds_are_fewer() -> None:
    """Each is an average by itself."""
    assert Cost(0.0, LONG_ROUND, 1).fewest == MIN_LONG_ROUNDS
    assert Cost(0.0, LONG_ROUND - 0.1, 1).fewest == MIN_ROUNDS
    assert Cost(2.0, 1.0, 1).least == 2.0 + MIN_ROUNDS


def test_fewer_cells_take_less_and_serial_code_is_one_of_them() -> None:
    """So that one of three cells takes half."""
    assert Cost(8.0, 4.0, 3).of(1) == Cost(4.0, 2.0, 1)
    assert Cost(8.0, 4.0, 3).of(3) == Cost(8.0, 4.0, 3)


def test_what_a_block_took_is_noted_by_its_rounds_and_the_rest() -> None:
    """A workload of which nothing was measured keeps what is known of it."""
    schedule = Schedule(BUDGET)
    rounds = [Round((Turn("a", 1.0), Turn("b", 2.0)))] * 4
    schedule.took("x", Taken(rounds, 2), 1)
    schedule.note("x", 20.0)
    assert schedule.costs == {"x": Cost(fixed=8.0, a_round=6.0, cells=1)}
    schedule.note("x", 99.0)
    schedule.note("unmeasured", 99.0)
    assert schedule.costs == {"x": Cost(fixed=8.0, a_round=6.0, cells=1)}


def test_what_was_never_measured_is_expected_to_open_as_others_do() -> None:
    """A side that was gone took it along."""
    schedule = make_schedule("known")
    spent = BUDGET - COST.fixed
    assert names_of(schedule.further([make_open("unknown")], 1.0, spent - 0.1)) == ["unknown"]
    assert schedule.further([make_open("unknown")], 1.0, spent + 0.1) == []
