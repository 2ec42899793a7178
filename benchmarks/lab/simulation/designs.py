"""Our looks beside other sequential designs, on the same blocks of a single cell.

All know how blocks vary, so that nothing but how they spend their errors is compared:

ours
    a share of each error at each look (Lan and DeMets, Biometrika 70(3), 1983).
confidence sequence
    valid at any time, however often one looks: the likelihood of a normal mean is mixed over what
    lies beyond the bound (Robbins, Statistical methods related to the law of the iterated
    logarithm, Annals of Mathematical Statistics 41(5), 1970), and the mixture is a martingale that
    reaches 1 / error with the chance of error at most (Howard, Ramdas, McAuliffe and Sekhon,
    Time-uniform, nonparametric, nonasymptotic confidence sequences, Annals of Statistics 49(2),
    2021; their one-sided normal mixture).
one look
    after the last block, with each error whole.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from functools import partial
from random import Random
from statistics import NormalDist
from typing import TYPE_CHECKING, Protocol

from benchmarks.lab.shares import Share, share_of
from benchmarks.lab.simulation.spread_out import seeds_of
from pytest_speedup.gate import PairedPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.lab.simulation.spread_out import Runner

CELLS = 24
"""Among which the error rate of a suite is shared."""

LOSSES = {"nothing": 0.0, "the margin": 1.0, "twice the margin": 2.0, "3 times": 3.0}
"""What the cell lost, in margins."""

DEVIATION = 0.5
"""Of a block, in margins."""

DRAWN = 20_000
"""Cells of each loss."""


class Came(enum.Enum):
    """What a cell came to."""

    RED = "red"
    PASSED = "passed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Sums:
    """What is known after some blocks, in deviations of a block.

    Attributes:
        blocks: how many.
        beyond: by how much their sum lies above what it would be at the margin.
    """

    blocks: int
    beyond: float


class Design(Protocol):
    """A sequential design."""

    @property
    def name(self) -> str:
        """What it is called."""

    def decide(self, sums: Sums, policy: PairedPolicy) -> Came:
        """Decide after another block."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Ours: each look spends a part."""

    name: str = "ours"

    def decide(self, sums: Sums, policy: PairedPolicy) -> Came:
        """Compare the mean with the quantiles of this look."""
        score = sums.beyond / math.sqrt(sums.blocks)
        red = policy.error_rate / CELLS / policy.red_looks
        if sums.blocks >= policy.fewest and score > _quantile(red):
            return Came.RED
        return Came.PASSED if score < -_quantile(policy.pass_error_at(sums.blocks)) else Came.OPEN


@dataclass(frozen=True, slots=True)
class Mixture:
    """A confidence sequence, sharpest after so many blocks.

    Attributes:
        name: what it is called.
        sharpest: blocks.
    """

    name: str
    sharpest: int

    def decide(self, sums: Sums, policy: PairedPolicy) -> Came:
        """Compare what both mixtures have reached with what errors allow."""
        red = policy.error_rate / CELLS
        if sums.blocks >= policy.fewest and self.reached(sums.blocks, sums.beyond, red):
            return Came.RED
        passes = self.reached(sums.blocks, -sums.beyond, policy.pass_error)
        return Came.PASSED if passes else Came.OPEN

    def reached(self, blocks: int, beyond: float, error: float) -> bool:
        """Tell whether the mixture has reached the inverse of an error.

        It is never above 1 where the sum does not lie beyond the bound.
        """
        if beyond <= 0:
            return False
        inertia = self.sharpest / (2 * math.log(1 / error) + math.log1p(2 * math.log(1 / error)))
        total = blocks + inertia
        log = (
            math.log(2)
            + math.log(inertia / total) / 2
            + beyond**2 / (2 * total)
            + math.log(NormalDist().cdf(beyond / math.sqrt(total)))
        )
        return log >= -math.log(error)


@dataclass(frozen=True, slots=True)
class Last:
    """One look at the end."""

    name: str = "one look"

    def decide(self, sums: Sums, policy: PairedPolicy) -> Came:
        """Wait for the last block."""
        if sums.blocks < policy.most:
            return Came.OPEN
        score = sums.beyond / math.sqrt(sums.blocks)
        if score > _quantile(policy.error_rate / CELLS):
            return Came.RED
        return Came.PASSED if score < -_quantile(policy.pass_error) else Came.OPEN


DESIGNS: tuple[Design, ...] = (
    Looks(),
    Mixture("confidence sequence, for 1 block", 1),
    Mixture("confidence sequence, for 4 blocks", 4),
    Last(),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a design made of cells that lost alike.

    Attributes:
        design: its name.
        lost: what they lost.
        red: how many are red.
        passed: how many passed.
        blocks: how many they took on average.
    """

    design: str
    lost: str
    red: Share
    passed: Share
    blocks: float


def compare_designs(run: Runner, seed: int, most: int | None = None) -> Iterator[Trial]:
    """Let each design judge the same blocks.

    Args:
        run: spreads them out.
        seed: of all draws.
        most: cells of each loss, where not all are wanted.
    """
    for lost, loss in LOSSES.items():
        count = min(DRAWN, most or DRAWN)
        seeds = seeds_of(seed, lost, count)
        for design in DESIGNS:
            came = run(partial(_judged, design, loss), seeds)
            yield Trial(
                design.name,
                lost,
                share_of(one is Came.RED for one, _ in came),
                share_of(one is Came.PASSED for one, _ in came),
                sum(blocks for _, blocks in came) / count,
            )


def _judged(design: Design, loss: float, seed: int) -> tuple[Came, int]:
    policy, random = PairedPolicy(), Random(seed)
    blocks = [random.gauss((loss - 1) / DEVIATION, 1) for _ in range(policy.most)]
    return judge_in_turn(design, blocks, policy)


def judge_in_turn(
    design: Design, blocks: Sequence[float], policy: PairedPolicy
) -> tuple[Came, int]:
    """Show a design one block after another, each as far beyond the margin as it lies.

    Returns:
        What it decided, and after how many blocks.
    """
    beyond = 0.0
    for number, block in enumerate(blocks, start=1):
        beyond += block
        came = design.decide(Sums(number, beyond), policy)
        if came is not Came.OPEN:
            return came, number
    return Came.OPEN, len(blocks)


def _quantile(error: float) -> float:
    return NormalDist().inv_cdf(1 - error)
