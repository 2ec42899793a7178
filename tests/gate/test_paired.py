from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import pytest

from pytest_speedup.gate import (
    LogEstimate,
    PairedPolicy,
    Spread,
    Typical,
    at_the_end,
    is_unconfirmed_loss,
    judge_paired,
    shows_among,
    typical_of,
    weigh,
)
from pytest_speedup.gate.paired import PairedRule
from pytest_speedup.model import Outcome, Verdict
from pytest_speedup.statistics import BlockChange, Shift

POLICY = PairedPolicy().told(0.04, None)
ERROR = POLICY.error_rate / 24
SHARP, BLUNT = (Spread(Typical(d, 8), Typical(d, 8)) for d in (0.015, 0.15))
TOLD = Spread(Typical(0.015, 16, 12), Typical(0.015, 16, 12))
"""By other workloads of the suite."""


def make_block(parallel: float, serial: float = 1.0, rounds: int = 9) -> BlockChange:
    """Both in ratios of head to base."""
    return BlockChange(Shift(math.log(parallel), rounds), Shift(math.log(serial), rounds))


def alone(deviation: float) -> Spread:
    """How rounds of the only cell of its kind vary: as is stated."""
    return Spread(typical_of(deviation), typical_of(deviation))


def judge(*blocks: BlockChange, deviation: float = 0.015) -> Outcome:
    """As the only cell of its kind."""
    spread = alone(deviation)
    return judge_paired("x", blocks, spread, ERROR, POLICY).outcome


@pytest.mark.parametrize(
    ("parallel", "serial", "outcome"),
    [
        (1.0, 1.0, Outcome.PASSED),
        (1.1, 1.0, Outcome.REGRESSED),
        (2.0, 1.0, Outcome.REGRESSED),
        (0.5, 1.0, Outcome.IMPROVED),
        (1.0, 0.5, Outcome.SERIAL_IMPROVED),
        (0.9, 0.5, Outcome.SERIAL_IMPROVED),
        (1.1, 0.8, Outcome.REGRESSED),  # faster serial code hides no loss
        (1.1, 1.1, Outcome.PASSED),  # slower on both sides: the speedup is what it was
        (1.0, 1.1, Outcome.PASSED),  # serial code got slower: nobody gained anything
    ],
)
def test_red_is_parallel_time_that_rose_while_the_speedup_fell(
    parallel: float, serial: float, outcome: Outcome
) -> None:
    """A faster serial side lowers the speedup, too."""
    assert judge(*[make_block(parallel, serial)] * 5) is outcome


def verdict_of(*blocks: BlockChange, deviation: float = 0.015) -> Verdict:
    return judge_paired("x", blocks, alone(deviation), ERROR, POLICY)


def test_faster_serial_code_closes_no_cell_whose_parallel_time_may_have_risen() -> None:
    """Block by block the rise is not sure yet; that the speedup fell is."""
    rises = (1.075, 1.115, 1.08, 1.11, 1.095)
    blocks = [make_block(parallel, 0.82, 12) for parallel in rises]
    outcomes = [verdict_of(*blocks[:n], deviation=0.05).outcome for n in (2, 3, 4, 5)]
    assert outcomes == [Outcome.INCONCLUSIVE] * 3 + [Outcome.REGRESSED]
    unsure = [make_block(parallel, 0.5) for parallel in (1.0, 1.06, 0.99, 1.07, 1.0)]
    assert judge(*unsure) is Outcome.INCONCLUSIVE


def test_a_faster_cell_is_closed_where_its_parallel_time_surely_did_not_rise() -> None:
    """Serial code got slower, and parallel time was shorter by chance."""
    unsure = [make_block(parallel, 2.0) for parallel in (0.8, 1.2, 0.75, 1.25, 0.9)]
    assert judge(*unsure) is Outcome.PASSED


@pytest.mark.parametrize(
    ("parallel", "serial", "change"),
    [
        (1.0, 1.02, 1.0),  # parallel time passed it
        (1.1, 1.0, 1 / 1.1),  # and made it red
        (1.1, 0.8, 1 / 1.1),
        (1.1, 1.1, 1.0),  # slower alike: the speedup passed it
        (1.0, 0.5, 0.5),
        (0.5, 1.0, 2.0),
    ],
)
def test_the_change_is_that_of_what_decided(parallel: float, serial: float, change: float) -> None:
    """Parallel time, at the same serial time, unless the speedup did."""
    verdict = verdict_of(*[make_block(parallel, serial)] * 5)
    assert verdict.change is not None
    assert verdict.change.value == pytest.approx(change)


def test_the_interval_of_a_pass_lies_within_the_margin() -> None:
    """However much serial code varies, of which the speedup consists as well."""
    blocks = [make_block(1.0, serial) for serial in (1.6, 0.7, 1.5, 0.8, 1.0)]
    verdict = verdict_of(*blocks)
    assert verdict.outcome is Outcome.PASSED
    assert verdict.change is not None
    assert verdict.change.low > 1 - POLICY.margin
    assert verdict.margin == POLICY.margin


def test_serial_code_that_varies_hides_a_loss() -> None:
    """Red takes a speedup that surely fell."""
    steady = verdict_of(*[make_block(1.0)] * 5)
    varied = verdict_of(*[make_block(1.0, serial) for serial in (1.6, 0.7, 1.5, 0.8, 1.0)])
    assert steady.detectable is not None
    assert varied.detectable is not None
    assert varied.detectable > 2 * steady.detectable


def test_slower_alike_is_said() -> None:
    """It passes, and that is not to be read as if nothing had happened."""
    assert "parallel time rose by 10%" in verdict_of(*[make_block(1.1, 1.1)] * 5).reason
    assert verdict_of(*[make_block(1.0, 1.0)] * 5).reason == ""


def settle(*blocks: BlockChange, deviation: float = 0.015) -> Outcome:
    """What becomes of a cell that is measured no more."""
    evidence = weigh(blocks, alone(deviation), ERROR, POLICY)
    verdict = verdict_of(*blocks, deviation=deviation)
    shows = shows_among(evidence, 1, POLICY)
    return at_the_end(verdict, len(blocks), leans_red=shows).outcome


@pytest.mark.parametrize("blocks", [1, 2])
def test_a_loss_that_shows_at_the_end_is_unconfirmed(blocks: int) -> None:
    """One block is enough, and two are too few for red."""
    assert settle(*[make_block(1.09)] * blocks) is Outcome.UNCONFIRMED
    assert settle(*[make_block(1.0)] * blocks) is not Outcome.UNCONFIRMED


def test_a_loss_that_shows_and_is_never_sure_is_unconfirmed() -> None:
    """Here after all blocks that there can be."""
    blocks = [make_block(ratio) for ratio in (1.02, 1.1, 1.03, 1.09, 1.05, 1.02, 1.1)]
    assert judge(*blocks) is Outcome.INCONCLUSIVE
    assert settle(*blocks) is Outcome.UNCONFIRMED


@pytest.mark.parametrize(
    ("parallel", "serial", "deviation"),
    [(1.09, 1.2, 0.015), (1.03, 1.0, 0.015), (1.09, 1.0, 0.3)],
    ids=["serial code, too", "within the margin", "noise"],
)
def test_what_shows_no_loss_stays_open(parallel: float, serial: float, deviation: float) -> None:
    """It was not measured well enough to say more."""
    assert settle(make_block(parallel, serial), deviation=deviation) is Outcome.INCONCLUSIVE


def test_of_many_cells_some_seem_to_have_lost_by_chance() -> None:
    """What would show in one of a few is none of a thousand's; what is as sure as red shows."""
    blocks = [make_block(ratio) for ratio in (1.02, 1.1, 1.03, 1.09, 1.05, 1.02, 1.1)]
    some = weigh(blocks, alone(0.015), ERROR, POLICY)
    assert [shows_among(some, cells, POLICY) for cells in (1, 10, 1000)] == [True, True, False]
    sure = weigh([make_block(2.0)] * 2, alone(0.015), ERROR, POLICY)
    assert not sure.may_redden
    assert shows_among(sure, 10**9, POLICY)


def test_unchanged_cells_seldom_end_as_unconfirmed() -> None:
    """However many stay open: in one suite of twenty at most."""
    random = Random(7)
    ended = sum(_any_shows(random, cells=60) for _ in range(200))
    assert ended <= 0.05 * 200


def _any_shows(random: Random, *, cells: int) -> bool:
    deviation = 0.3
    for _ in range(cells):
        logs = [(random.gauss(0, deviation / 3), random.gauss(0, 0.01)) for _ in range(2)]
        blocks = [make_block(math.exp(up), math.exp(serial)) for up, serial in logs]
        evidence = weigh(blocks, alone(deviation), ERROR, POLICY)
        if shows_among(evidence, cells, POLICY):
            return True
    return False


@pytest.mark.parametrize(("parallel", "serial"), [(1.0, 1.0), (2.0, 1.0), (1.0, 0.5)])
def test_what_is_decided_stays_so(parallel: float, serial: float) -> None:
    """The end of the time changes nothing about it."""
    blocks = [make_block(parallel, serial)] * 5
    assert settle(*blocks) is judge(*blocks)


def test_a_loss_lacks_blocks_as_long_as_it_is_not_sure() -> None:
    """More of them can confirm it, or show that there is none."""

    def lacks(*blocks: BlockChange) -> bool:
        return is_unconfirmed_loss(blocks, alone(0.015), ERROR, POLICY)

    assert lacks(*[make_block(1.09)] * 2)
    assert not lacks(*[make_block(1.0)] * 2)
    assert not lacks()


@pytest.mark.parametrize("blocks", [1, 2])
def test_twice_the_margin_is_unconfirmed_when_the_time_ends_early(blocks: int) -> None:
    """In nearly all cells, with the noise that is stated."""
    random, shown = Random(6), 0
    for _ in range(300):
        rises = [0.0834 + random.gauss(0, 0.08 / math.sqrt(12)) for _ in range(blocks)]
        serial = [random.gauss(0, 0.02) for _ in rises]
        some = [
            make_block(math.exp(up), math.exp(s), 12) for up, s in zip(rises, serial, strict=True)
        ]
        shown += settle(*some, deviation=0.08) is Outcome.UNCONFIRMED
    assert shown >= 0.93 * 300


@pytest.mark.parametrize("spread", [alone(0.015), SHARP, TOLD], ids=["stated", "others", "told"])
def test_red_takes_three_blocks(spread: Spread) -> None:
    """Rounds within one pair of processes are no independent replicas, whatever others tell."""
    for blocks, outcome in ((1, Outcome.INCONCLUSIVE), (2, Outcome.INCONCLUSIVE)):
        some = [make_block(2.0)] * blocks
        assert judge_paired("x", some, spread, ERROR, POLICY).outcome is outcome
        assert is_unconfirmed_loss(some, spread, ERROR, POLICY)
    three = [make_block(2.0)] * 3
    assert judge_paired("x", three, spread, ERROR, POLICY).outcome is Outcome.REGRESSED


def test_one_block_decides_nothing_where_nobody_else_tells() -> None:
    """Not even a pass: what is stated may hold on another machine."""
    assert judge(make_block(1.0)) is Outcome.INCONCLUSIVE
    assert judge(*[make_block(1.0)] * 2) is Outcome.PASSED


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [(0.0, Outcome.INCONCLUSIVE), (1.9, Outcome.INCONCLUSIVE), (2.0, Outcome.PASSED)],
)
def test_a_pass_by_the_first_block_takes_others_that_tell(seen: float, outcome: Outcome) -> None:
    """What was stated counts as nothing seen, however many degrees of freedom it is worth."""
    told = Typical(0.015, 4 + seen, seen)
    verdict = judge_paired("x", [make_block(1.0)], Spread(told, told), ERROR, POLICY)
    assert verdict.outcome is outcome


def test_rounds_that_disagree_within_the_first_block_hinder_a_pass() -> None:
    """However calm the others are."""
    calm = make_block(1.0)
    assert judge_paired("x", [calm], TOLD, ERROR, POLICY).outcome is Outcome.PASSED
    torn = replace(calm, parallel=replace(calm.parallel, error=0.03))
    assert judge_paired("x", [torn], TOLD, ERROR, POLICY).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("serial_rose", [True, False])
def test_a_speedup_that_held_is_a_pass_where_serial_time_surely_rose(*, serial_rose: bool) -> None:
    """Else parallel time must not have risen, however steady the speedup."""
    rose, held = LogEstimate(0.1, 0.001, 30), LogEstimate(0.0, 0.001, 30)
    evidence = weigh([make_block(1.1, 1.1)] * 4, alone(0.015), ERROR, POLICY)
    assert evidence.serial_rose
    evidence = replace(evidence, speedup=held, parallel=rose, serial_rose=serial_rose)
    assert PairedRule().passes(evidence) is serial_rose


def test_all_looks_together_err_as_often_as_is_stated() -> None:
    """The first one has a part of its own."""
    looks = [POLICY.pass_error_at(blocks) for blocks in range(1, POLICY.most + 1)]
    assert sum(looks) == pytest.approx(POLICY.pass_error)
    assert looks[0] == POLICY.first_pass_error
    assert POLICY.red_looks == len(range(POLICY.fewest, POLICY.most + 1))


def test_blocks_that_disagree_decide_nothing() -> None:
    """Whatever the rounds within each of them say."""
    blocks = [make_block(ratio) for ratio in (1.6, 0.8, 1.5, 0.9, 1.4)]
    assert judge(*blocks) is Outcome.INCONCLUSIVE


def test_a_verdict_says_what_it_could_have_seen() -> None:
    """Less where blocks vary more."""
    sharp = judge_paired("x", [make_block(1.0)] * 5, SHARP, ERROR, POLICY)
    blunt = judge_paired("x", [make_block(1.0)] * 5, BLUNT, ERROR, POLICY)
    assert sharp.detectable is not None
    assert blunt.detectable is not None
    assert 0.04 < sharp.detectable < 0.08 < blunt.detectable
    assert sharp.change is not None
    assert sharp.change.low < 1 < sharp.change.high


def simulate(parallel: float, *, suites: int, cells: int = 24, deviation: float = 0.06) -> float:
    """Share of suites with a red cell, all looks taken; rounds vary by ``deviation``."""
    random, red = Random(3), 0
    for _ in range(suites):
        outcomes = [_outcome(random, parallel, deviation, cells) for _ in range(cells)]
        red += Outcome.REGRESSED in outcomes
    return red / suites


def _outcome(
    random: Random, parallel: float, deviation: float, cells: int, stated: float = 0.08
) -> Outcome:
    blocks: list[BlockChange] = []
    for _ in range(POLICY.most):
        noise = [random.gauss(0.0, deviation / 3) for _ in range(2)]
        blocks.append(make_block(parallel * math.exp(noise[0]), math.exp(noise[1])))
        spread = alone(stated)
        verdict = judge_paired("x", blocks, spread, POLICY.error_rate / cells, POLICY)
        if verdict.outcome is not Outcome.INCONCLUSIVE:
            return verdict.outcome
    return Outcome.INCONCLUSIVE


def test_a_machine_far_busier_than_stated_is_not_trusted() -> None:
    """Nothing changed, and rounds vary 33 times as much as is stated for such cells."""
    random = Random(4)
    outcomes = [_outcome(random, 1.0, 0.2, 1, stated=0.006) for _ in range(500)]
    wrong = [one for one in outcomes if one not in {Outcome.PASSED, Outcome.INCONCLUSIVE}]
    assert len(wrong) <= 0.03 * len(outcomes)


def test_the_error_rate_holds_where_all_cells_lost_just_the_margin() -> None:
    """Over all looks and all cells of a suite."""
    assert simulate(1 / (1 - POLICY.margin), suites=120) <= 0.1


def test_ten_percent_more_parallel_time_is_seen() -> None:
    """In nearly all suites of a single cell."""
    assert simulate(1.1, suites=150, cells=1) >= 0.9


USUAL = PairedPolicy()
"""Of whoever names no margin."""

APART = (0.95, 1.05, 0.97, 1.03, 1.0)
"""Rises of parallel time in blocks that differ too much for 4 %, and not for 10 %."""


def judged_by(policy: PairedPolicy, *rises: float) -> Verdict:
    blocks = [make_block(parallel) for parallel in rises]
    return judge_paired("x", blocks, alone(0.1), ERROR, policy)


def test_where_blocks_differ_too_much_a_cell_passes_by_the_coarse_margin() -> None:
    """And says so, with that margin, and which loss it rules out."""
    assert judged_by(POLICY, *APART).outcome is Outcome.INCONCLUSIVE
    verdict = judged_by(USUAL, *APART)
    assert verdict.outcome is Outcome.PASSED
    assert verdict.margin == USUAL.coarse
    assert "for a margin of 4%, and it passed by one of 10%" in verdict.reason
    assert verdict.ruled_out is not None
    assert 0.04 < verdict.ruled_out < 0.1


@pytest.mark.parametrize("blocks", [1, 2])
def test_time_that_is_left_is_for_the_usual_margin_first(blocks: int) -> None:
    """Until there are as many blocks as a red cell takes."""
    verdict = judged_by(USUAL, *APART[:blocks])
    assert (verdict.outcome, verdict.margin) == (Outcome.INCONCLUSIVE, USUAL.margin)
    assert verdict.more_would_help


def test_what_seems_to_have_lost_more_than_the_usual_margin_does_not_pass_by_the_coarse_one() -> (
    None
):
    """Noise is no reason to accept a loss."""
    rises = [one * 1.055 for one in APART]
    verdict = judged_by(USUAL, *rises)
    assert (verdict.outcome, verdict.margin) == (Outcome.INCONCLUSIVE, USUAL.margin)


def test_what_blocks_do_not_tell_by_the_coarse_margin_stays_open() -> None:
    """As those that differ by three times as much."""
    wide = [1 + 3 * (one - 1) for one in APART]
    assert judged_by(USUAL, *wide).outcome is Outcome.INCONCLUSIVE


def test_a_margin_that_somebody_names_holds() -> None:
    """Whoever it is: the call, its detectable loss, or the test."""
    assert USUAL.told(0.04, None).coarse is None
    assert USUAL.told(None, 0.05).coarse is None
    assert USUAL.of_cell(0.2) == PairedPolicy(margin=0.2, coarse=None)
    assert USUAL.told(None, None).of_cell(None) == USUAL


def test_a_loss_is_red_by_the_usual_margin() -> None:
    """The coarse one accepts nothing that is known to be lost."""
    verdict = judged_by(USUAL, *[1.07] * 5)
    sharp = judge_paired("x", [make_block(1.07)] * 5, SHARP, ERROR, USUAL)
    assert verdict.outcome is not Outcome.PASSED
    assert (sharp.outcome, sharp.margin) == (Outcome.REGRESSED, USUAL.margin)
