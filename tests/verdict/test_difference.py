from __future__ import annotations

import math
from random import Random

import pytest

from pytest_speedup.model import Outcome
from pytest_speedup.statistics import BlockChange, Shift
from pytest_speedup.verdict import DifferencePolicy, Typical, judge_difference, spread_of
from pytest_speedup.verdict.difference import Spread

POLICY = DifferencePolicy(margin=0.04)
ERROR = POLICY.error_rate / 24
SHARP, BLUNT = (Spread(Typical(d, 8), Typical(d, 8)) for d in (0.015, 0.15))


def make_block(parallel: float, serial: float = 1.0, rounds: int = 9) -> BlockChange:
    """Both in ratios of head to base."""
    return BlockChange(Shift(math.log(parallel), rounds), Shift(math.log(serial), rounds))


def judge(*blocks: BlockChange, deviation: float = 0.015) -> Outcome:
    """As the only cell of its kind."""
    spread = spread_of([blocks], deviation)
    return judge_difference("x", blocks, spread, ERROR, POLICY).outcome


@pytest.mark.parametrize(
    ("parallel", "serial", "outcome"),
    [
        (1.0, 1.0, Outcome.PASSED),
        (1.1, 1.0, Outcome.REGRESSED),
        (2.0, 1.0, Outcome.REGRESSED),
        (0.5, 1.0, Outcome.IMPROVED),
        (1.0, 0.5, Outcome.SERIAL_IMPROVED),
        (0.9, 0.5, Outcome.SERIAL_IMPROVED),
        (1.1, 1.1, Outcome.PASSED),  # slower on both sides: the speedup is what it was
        (1.0, 1.1, Outcome.PASSED),  # serial code got slower: nobody gained anything
    ],
)
def test_red_is_parallel_time_that_rose_while_the_speedup_fell(
    parallel: float, serial: float, outcome: Outcome
) -> None:
    """A faster serial side lowers the speedup, too."""
    assert judge(*[make_block(parallel, serial)] * 5) is outcome


def test_red_takes_five_blocks() -> None:
    """Rounds within one pair of processes are no independent replicas."""
    assert judge(*[make_block(2.0)] * 4) is Outcome.INCONCLUSIVE
    assert judge(*[make_block(2.0)] * 5) is Outcome.REGRESSED


def test_one_block_decides_nothing() -> None:
    """Not even a pass."""
    assert judge(make_block(1.0)) is Outcome.INCONCLUSIVE
    assert judge(*[make_block(1.0)] * 2) is Outcome.PASSED


def test_blocks_that_disagree_decide_nothing() -> None:
    """Whatever the rounds within each of them say."""
    blocks = [make_block(ratio) for ratio in (1.6, 0.8, 1.5, 0.9, 1.4)]
    assert judge(*blocks) is Outcome.INCONCLUSIVE


def test_a_verdict_says_what_it_could_have_seen() -> None:
    """Less where blocks vary more."""
    sharp = judge_difference("x", [make_block(1.0)] * 5, SHARP, ERROR, POLICY)
    blunt = judge_difference("x", [make_block(1.0)] * 5, BLUNT, ERROR, POLICY)
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
        spread = spread_of([blocks], stated)
        verdict = judge_difference("x", blocks, spread, POLICY.error_rate / cells, POLICY)
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
