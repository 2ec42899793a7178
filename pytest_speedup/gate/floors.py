"""The floors of a cell that is compared with a base commit, by the blocks of head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from pytest_speedup.gate.difference import DifferencePolicy
from pytest_speedup.gate.floor import OF_CEILING, judge_floor, log_efficiency
from pytest_speedup.gate.looks import at_the_end, look
from pytest_speedup.gate.policy import Policy
from pytest_speedup.gate.worse import worse_of
from pytest_speedup.model import Outcome, Verdict
from pytest_speedup.statistics import UNKNOWN_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_speedup.model import Bound, Floors, Reading

FLOOR_POLICY = Policy(looks=DifferencePolicy().most)
"""The rules of a floor, with the looks of a comparison."""

FEWEST_TO_PASS = DifferencePolicy().fewest_to_pass
"""Blocks that it takes to have reached a floor."""

TOO_FEW = "too few rounds of it were measured to tell whether it reaches its floor"
NO_CEILING = "its ceiling was not measured, so that nobody can tell whether it reaches its floor"
REACHED = "it reaches its floor"

OPEN = frozenset({Outcome.INCONCLUSIVE, Outcome.UNCONFIRMED})
RED = frozenset({Outcome.REGRESSED, Outcome.UNCONFIRMED})


@dataclass(frozen=True, slots=True)
class FloorBlock:
    """What one block shows of a cell, in natural logarithms.

    Attributes:
        speedup: T_serial / T_parallel.
        ceiling: the same of the kernel; None where it was not measured.
    """

    speedup: Reading
    ceiling: Reading | None = None


def judge_floors(
    cell: str,
    blocks: Sequence[FloorBlock],
    floors: Floors,
    *,
    workers: int,
    kind: tuple[Bound, str],
    error: float,
) -> Verdict:
    """Decide whether a cell is surely below one of its floors.

    A floor that cannot be judged has not been reached.

    Args:
        cell: the id of the cell.
        blocks: what was measured of it so far.
        floors: what it must reach, one at least.
        workers: how many it has; the ceiling of one is 1.
        kind: what its workload spends its time on, and the name of its executor.
        error: chance of a false red that each of its floors may spend, all looks together.

    Returns:
        The worst of the verdicts on its floors.
    """
    known = [one for one in blocks if one.speedup.error < UNKNOWN_ERROR]
    if not known:
        return Verdict(cell, Outcome.BROKEN, reason=TOO_FEW)
    lacks_ceiling = workers > 1 and any(one.ceiling is None for one in known)
    if floors.at_least_of_ceiling is not None and lacks_ceiling:
        return Verdict(cell, Outcome.BROKEN, reason=NO_CEILING)
    deviation = FLOOR_POLICY.deviation(*kind, contended=False)

    def judged(readings: Sequence[Reading], floor: float, unit: str) -> Verdict:
        def judge(some: Sequence[Reading], chance: float) -> Verdict:
            return judge_floor(
                cell,
                some,
                floor,
                deviation=deviation,
                error=chance,
                policy=FLOOR_POLICY,
                unit=unit,
            )

        return look(judge, readings, error, FLOOR_POLICY)

    verdict = reduce(worse_of, (judged(*demand) for demand in _demands(known, floors)))
    if verdict.outcome is Outcome.PASSED and len(known) < FEWEST_TO_PASS:
        return replace(verdict, outcome=Outcome.INCONCLUSIVE, more_would_help=True, reason=TOO_FEW)
    return verdict


def floor_is_open(verdict: Verdict, blocks: int) -> bool:
    """Tell whether another block may decide a floor, or is to confirm that it was missed."""
    if verdict.outcome is Outcome.REGRESSED:
        return blocks < FEWEST_TO_PASS
    return verdict.outcome in OPEN and verdict.more_would_help and blocks < FLOOR_POLICY.looks


def seems_below_floor(verdict: Verdict) -> bool:
    """Tell whether a cell seems to be below its floor, be that sure or not."""
    return verdict.outcome in RED


def hold_against_floor(verdict: Verdict, of_floor: Verdict, blocks: int) -> Verdict:
    """Put together what a cell came to and what its floors say of it, at the end.

    Args:
        verdict: by what it was compared with.
        of_floor: by its floors.
        blocks: how many blocks these rest on.
    """
    of_floor = at_the_end(of_floor, blocks)
    worse = replace(worse_of(verdict, of_floor), counters=verdict.counters)
    if of_floor.outcome is not Outcome.PASSED or verdict.outcome is not Outcome.NEW:
        return worse
    return replace(worse, reason="; ".join(filter(None, [worse.reason, REACHED])))


def _demands(
    blocks: Sequence[FloorBlock], floors: Floors
) -> Iterator[tuple[Sequence[Reading], float, str]]:
    if floors.at_least is not None:
        yield [one.speedup for one in blocks], floors.at_least, ""
    if floors.at_least_of_ceiling is not None:
        shares = [log_efficiency(one.speedup, one.ceiling) for one in blocks]
        yield shares, floors.at_least_of_ceiling, OF_CEILING
