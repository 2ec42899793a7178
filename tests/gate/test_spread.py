from __future__ import annotations

import math
from random import Random
from statistics import median

import pytest

from pytest_speedup.gate import (
    NOTHING_KNOWN,
    PairedPolicy,
    Scatter,
    Spread,
    Typical,
    deviation_of,
    joined,
    judge_paired,
    mean_of_blocks,
    pooled,
    scatter_of,
    siblings,
    typical_of,
)
from pytest_speedup.gate.paired import (
    ENOUGH_DEGREES,
    MAX_OTHER_DEGREES,
    MAX_SIBLING_DEGREES,
    STATED_WEIGHT,
    weighted_mean,
)
from pytest_speedup.model import Outcome
from pytest_speedup.statistics import BlockChange, Shift

POLICY = PairedPolicy().told(0.04, None)
STATED = 0.025
CALM = Typical(0.01, 16.0, 12.0)


def make_shifts(random: Random, deviation: float, count: int = 6) -> list[Shift]:
    """Whose rounds vary by ``deviation``; every other block has four times the rounds."""
    rounds = [4 if index % 2 else 16 for index in range(count)]
    return [Shift(random.gauss(0.0, deviation / math.sqrt(n)), n) for n in rounds]


def test_without_others_the_stated_deviation_holds_and_nothing_was_seen() -> None:
    """Whoever asks for others that tell has none."""
    for typical in (typical_of(STATED), typical_of(STATED, NOTHING_KNOWN, NOTHING_KNOWN)):
        assert typical == Typical(STATED, STATED_WEIGHT, 0.0)
    assert scatter_of([], STATED) == scatter_of([[], []], STATED) == NOTHING_KNOWN
    assert pooled([]) == pooled([NOTHING_KNOWN]) == NOTHING_KNOWN


def test_rounds_within_a_block_bound_how_well_its_mean_is_known() -> None:
    """Whatever others show: they may have been calm by chance."""
    agreeing = mean_of_blocks([Shift(0.0, 9, 0.001)], CALM)
    assert agreeing.error == pytest.approx(0.01 / 3)
    torn = mean_of_blocks([Shift(0.0, 9, 0.05)], CALM)
    assert torn.error == pytest.approx(0.05)
    assert mean_of_blocks([Shift(0.0, 9, 0.05)] * 4, CALM).error == pytest.approx(0.05 / 2)


def test_a_single_block_is_known_by_its_distance_from_no_change() -> None:
    """Of rounds, not of blocks: more of them lie closer."""
    assert scatter_of([[Shift(0.05, 4)]], 0.05) == Scatter(4.0, 1)
    assert scatter_of([[Shift(-0.05, 4)]], 0.05) == Scatter(4.0, 1)
    assert scatter_of([[Shift(0.0, 4)]], 0.05) == Scatter(0.0, 1)


def test_more_blocks_are_known_by_how_they_disagree_whatever_they_agree_on() -> None:
    """What changed is no noise."""
    assert scatter_of([[Shift(0.4, 4)] * 3], STATED).variance == pytest.approx(0, abs=1e-12)
    swing = scatter_of([[Shift(0.4 + sign * 0.05, 4) for sign in (1, -1)]], 0.05)
    assert swing.variance == pytest.approx(8.0)
    assert swing.degrees == 1


def test_cells_of_a_workload_have_no_more_degrees_together_than_one() -> None:
    """They share what befalls their processes: six of them are no six replicas."""
    cells = [[Shift(0.05, 4), Shift(-0.05, 4), Shift(0.0, 4)]] * 6
    assert scatter_of(cells, 0.05).degrees == scatter_of(cells[:1], 0.05).degrees == 2
    assert scatter_of(cells, 0.05).variance == pytest.approx(4.0)


def test_siblings_are_worth_a_degree_at_most() -> None:
    """What befell one mostly befell all, block after block."""
    blocks = [Shift(0.05, 4), Shift(-0.05, 4)] * 4
    one = scatter_of([blocks], 0.05)
    many = siblings([one] * 6)
    assert many.degrees == MAX_SIBLING_DEGREES == 1
    assert many.variance == pytest.approx(one.variance)
    assert siblings([]) == siblings([NOTHING_KNOWN]) == NOTHING_KNOWN


def test_the_executors_of_a_workload_are_no_more_than_one() -> None:
    """Their variances are averaged, and their degrees are those of the longest."""
    assert joined([Scatter(1.0, 2), Scatter(4.0, 4), NOTHING_KNOWN]) == Scatter(3.0, 4)
    assert joined([]) == NOTHING_KNOWN


def test_a_few_wild_workloads_do_not_widen_all_others() -> None:
    """The median of others counts, and not the mean."""
    calm, wild = Scatter(1.0, 2), Scatter(10_000.0, 2)
    assert pooled([calm] * 7 + [wild] * 3).variance == pooled([calm] * 10).variance
    assert pooled([calm] * 3 + [wild] * 7).variance > 1000


def test_the_median_of_others_is_right_on_average() -> None:
    """A square of one degree is below its mean in two of three cases."""
    random = Random(7)
    for blocks in (1, 2, 4):
        found = []
        for _ in range(60):
            some = [scatter_of([make_shifts(random, STATED, blocks)], STATED) for _ in range(41)]
            found.append(pooled(some).variance)
        assert median(found) == pytest.approx(1.0, abs=0.12)


def test_others_are_worth_twelve_degrees_at_most() -> None:
    """They are of a kind, and no two of them one."""
    assert pooled([Scatter(1.0, 1)] * 5).degrees == 5
    assert pooled([Scatter(1.0, 1)] * 500).degrees == MAX_OTHER_DEGREES == 12


def test_single_blocks_of_a_suite_that_got_slower_are_no_scatter() -> None:
    """Those of more blocks tell by themselves, where there are enough of them."""
    lost = [scatter_of([[Shift(0.3, 4)]], STATED)] * 30
    steady = scatter_of([[Shift(0.3, 4)] * 3], STATED)
    enough = [steady] * math.ceil(ENOUGH_DEGREES / steady.degrees)
    assert pooled(lost + enough).variance == pytest.approx(0, abs=1e-9)
    assert pooled(lost + enough[1:]).variance > 100
    twice = scatter_of([[Shift(0.3, 4)] * 2], STATED)
    assert pooled([*lost, *[twice] * 9]).variance > 100


def test_a_stated_deviation_that_is_far_too_calm_counts_for_little() -> None:
    """With its full weight, blocks that agree by chance would look sure."""
    busy = typical_of(0.006, Scatter(7000.0, 3))
    assert busy.deviation == pytest.approx(0.006 * math.sqrt(7000), rel=0.01)
    assert 3 < busy.degrees < 3.01
    assert busy.seen == 3


def test_a_stated_deviation_counts_for_as_much_where_others_are_calmer() -> None:
    """They may be so by chance."""
    typical = typical_of(0.05, Scatter(0.0, 12))
    assert typical.degrees == STATED_WEIGHT + 12
    assert typical.deviation == pytest.approx(0.05 / 2)


def test_sources_count_by_their_degrees() -> None:
    """Each as if it were so many more blocks."""
    typical = typical_of(1.0, Scatter(1.0, 12), Scatter(4.0, 2))
    weight = STATED_WEIGHT * 14 / 20
    assert typical.seen == 14
    assert typical.degrees == pytest.approx(weight + 14)
    assert typical.deviation**2 == pytest.approx((weight + 20) / (weight + 14))


def test_own_squares_count_once() -> None:
    """In the cell's own mean, and for as many degrees as it has blocks but one."""
    blocks = [Shift(0.01, 4), Shift(-0.01, 4), Shift(0.0, 4)]
    squares = 4 * 2 * 0.01**2
    mean = mean_of_blocks(blocks, Typical(0.02, 8.0))
    assert mean.degrees == 8 + 2
    assert mean.error**2 == pytest.approx((8 * 0.02**2 + squares) / 10 / 12)


def test_others_count_the_less_the_more_a_cell_varies_than_they() -> None:
    """But a cell is not taken for wild since others are calm."""
    calm = [Shift(0.005, 4), Shift(-0.005, 4)] * 3
    wild = [Shift(0.2, 4), Shift(-0.2, 4)] * 3
    few, many = (mean_of_blocks(blocks, Typical(0.02, 8)) for blocks in (calm, wild))
    assert few.degrees == 13
    assert 5 < many.degrees < 5.1
    by_itself = math.sqrt(24 * 0.2**2 / 5 / 24)
    assert few.error < many.error < by_itself


def test_no_error_rests_on_less_than_a_degree_of_freedom() -> None:
    """Two wild blocks among calm others would."""
    assert mean_of_blocks([Shift(0.5, 4), Shift(-0.5, 4)], Typical(1e-6, 0.1)).degrees >= 1
    assert mean_of_blocks([Shift(0.5, 4)], Typical(0.02, 0.5)).degrees == 1


def test_a_block_counts_by_its_rounds() -> None:
    """And so the longer one moves the mean further."""
    blocks = [Shift(0.1, 30), Shift(0.0, 10)]
    assert weighted_mean(blocks) == pytest.approx(0.075)
    assert mean_of_blocks(blocks, CALM).value == pytest.approx(0.075)


def test_the_deviation_of_a_cell_is_that_of_a_round() -> None:
    """Whatever the number of its rounds."""
    random = Random(9)
    for count in (10, 400):
        blocks = make_shifts(random, 0.05, count)
        assert deviation_of(blocks, Typical(0.05, 16)) == pytest.approx(0.05, rel=0.25)


def test_the_error_of_a_mean_is_right() -> None:
    """Nineteen of twenty means lie within two errors or so."""
    random = Random(2)
    means = [mean_of_blocks(make_shifts(random, 0.05), Typical(0.05, 8)) for _ in range(500)]
    assert 0.92 < sum(abs(one.value) < 2.1 * one.error for one in means) / 500 < 0.98


BLOCK_EFFECT = 0.05
CELLS_OF_A_WORKLOAD = 6
ROUNDS = 9
RISE_AT_THE_MARGIN = POLICY.limit


def simulate(
    random: Random, rise: float, effect: float, workloads: int = 4
) -> tuple[list[Outcome], list[Outcome]]:
    """Judge a suite of computing threads, whose workloads share what each block does to them.

    Args:
        random: draws.
        rise: of all parallel times, in natural logarithms.
        effect: standard deviation of what a block does to all cells of a workload.
        workloads: of six cells each.

    Returns:
        The outcomes after the first block, and those at the end.
    """
    names = range(workloads)
    cells: list[list[list[Shift]]] = [[[] for _ in range(CELLS_OF_A_WORKLOAD)] for _ in names]
    serial: list[list[Shift]] = [[] for _ in names]
    size = workloads * CELLS_OF_A_WORKLOAD
    outcomes = dict.fromkeys(range(size), Outcome.INCONCLUSIVE)
    first: list[Outcome] = []
    noise = STATED / math.sqrt(ROUNDS)
    for _ in range(POLICY.most):
        for at in names:
            shared = random.gauss(0, effect)
            for cell in cells[at]:
                cell.append(Shift(rise + shared + random.gauss(0, noise), ROUNDS, noise))
            serial[at].append(Shift(random.gauss(0, noise), ROUNDS, noise))
        for at in names:
            others = pooled(scatter_of(cells[one], STATED) for one in names if one != at)
            alone = pooled(scatter_of([serial[one]], STATED) for one in names if one != at)
            for index, cell in enumerate(cells[at]):
                number = at * CELLS_OF_A_WORKLOAD + index
                if not outcomes[number].is_open:
                    continue
                rest = [one for one in cells[at] if one is not cell]
                spread = Spread(
                    typical_of(STATED, others, siblings([scatter_of(rest, STATED)])),
                    typical_of(STATED, alone),
                )
                blocks = [BlockChange(*pair) for pair in zip(cell, serial[at], strict=True)]
                verdict = judge_paired("x", blocks, spread, POLICY.error_rate / size, POLICY)
                outcomes[number] = verdict.outcome
        first = first or [*outcomes.values()]
    return first, [*outcomes.values()]


def share(outcome: Outcome, outcomes: list[list[Outcome]]) -> float:
    """Find which share of cells came to an outcome."""
    return sum(one.count(outcome) for one in outcomes) / sum(map(len, outcomes))


@pytest.mark.parametrize("effect", [0.0, BLOCK_EFFECT])
def test_few_suites_are_red_at_the_margin(effect: float) -> None:
    """Of 24 cells that all lost just the margin, blocks shared by those of a workload."""
    random = Random(11)
    ends = [simulate(random, RISE_AT_THE_MARGIN, effect)[1] for _ in range(12)]
    assert sum(Outcome.REGRESSED in one for one in ends) <= 0.1 * len(ends)


@pytest.mark.parametrize(("effect", "most"), [(0.0, POLICY.pass_error), (BLOCK_EFFECT, 0.08)])
def test_few_cells_pass_at_the_margin(effect: float, most: float) -> None:
    """By all looks together: the error that is stated for them.

    A little more pass where what befalls a workload befalls all of its cells: a first look rests on
    few degrees, and those of a workload err together, so that a simulation varies the more.
    """
    random = Random(12)
    ends = [simulate(random, RISE_AT_THE_MARGIN, effect)[1] for _ in range(12)]
    assert share(Outcome.PASSED, ends) <= most


def test_a_noisy_suite_does_not_pass_by_its_first_block() -> None:
    """Rounds agree within each block, and processes do not: other workloads tell."""
    random = Random(13)
    noisy = [simulate(random, 0.0, BLOCK_EFFECT)[0] for _ in range(12)]
    calm = [simulate(random, 0.0, 0.0)[0] for _ in range(12)]
    assert share(Outcome.PASSED, noisy) < 0.2
    assert share(Outcome.PASSED, calm) > 0.5
