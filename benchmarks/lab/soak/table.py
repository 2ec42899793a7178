"""The counts of a soak as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lab.soak.holding import Rule
from benchmarks.lab.soak.ran import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.lab.soak.counts import Counts

ALL = "all runs"
NEVER = "what must not be"


def rows(
    together: Counts, by_name: Mapping[str, Counts], refused: Mapping[str, str]
) -> Iterator[str]:
    """Write what was done, what came of it and what did not hold.

    Args:
        together: all runs.
        by_name: runs by disturbance.
        refused: why some are not possible here.
    """
    named = {**by_name, ALL: together}
    width = max(map(len, [*named, *refused, NEVER])) + 1
    yield f"{'disturbance':{width}} times  runs  exit codes"
    for name, one in named.items():
        codes = ", ".join(f"{code}: {times}" for code, times in sorted(one.codes.items()))
        yield f"{name:{width}}{one.times:>6}{one.runs:>6}  {codes}"
    for name, why in refused.items():
        yield f"{name:{width}} not possible here: {why}"
    yield ""
    yield f"{'cells':{width}}{_heads(OUTCOMES)}  failed tests"
    for name, one in named.items():
        numbers = _numbers({outcome: one.verdicts[outcome] for outcome in OUTCOMES})
        yield f"{name:{width}}{numbers}{one.failed:>14}"
    yield ""
    yield f"{NEVER:{width}}{_heads([rule.value for rule in Rule])}"
    for name, one in named.items():
        yield f"{name:{width}}{_numbers({rule.value: one.broken[rule] for rule in Rule})}"


def _heads(names: list[str] | tuple[str, ...]) -> str:
    return "".join(f"  {name}" for name in names)


def _numbers(numbers: Mapping[str, int]) -> str:
    return "".join(f"{number:>{len(name) + 2}}" for name, number in numbers.items())
