"""What the sweep says."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.lab.sweep.axes import AXES
from benchmarks.lab.sweep.expectation import NOT_SELECTED, Head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.lab.sweep.draw import Way
    from benchmarks.lab.sweep.run import Result

TAIL = 12
"""Lines of pytest's output that are shown of a run that is wrong."""


def word_drawn(ways: Sequence[Way], seed: int) -> str:
    """Say what was drawn."""
    drawn = {value.name for way in ways for value in way.values}
    every = sum(len(values) for values in AXES.values())
    pairs = len({pair for way in ways for pair in way.pairs})
    return f"{len(ways)} ways, seed {seed}: {len(drawn)} of {every} values, {pairs} pairs of them"


def word_result(result: Result, number: int) -> str:
    """Say in a line what became of one run."""
    word = "; ".join(result.wrongs) or "as it must"
    head, seconds = result.head.value, result.seconds
    return (
        f"{number:3} {head:9} exit {result.code:2} in {seconds:3.0f} s: {word}: {result.way.name}"
    )


def word_wrong(result: Result, number: int, seed: int, count: int) -> str:
    """Say what is wrong, how to see it again, and what pytest said last."""
    again = (
        f"python -m benchmarks.lab.sweep --seed {seed} --count {count} --one {number} --keep DIR"
    )
    said = result.output.rstrip().splitlines()[-TAIL:]
    reasons = [value.why for value in result.way.values if value.why]
    lines = [word_result(result, number), f"    again: {again}"]
    lines += [f"    expected so: {reason}" for reason in reasons]
    return "\n".join([*lines, *(f"    | {line}" for line in said)])


def word_counts(results: Sequence[Result]) -> str:
    """Count what came out, for each head."""
    lines = [_of_head([one for one in results if one.head is head], head) for head in Head]
    right = sum(one.is_right for one in results)
    return "\n".join([*lines, f"all:       {right} of {len(results)} as they must"])


def _of_head(results: Sequence[Result], head: Head) -> str:
    codes = Counter(one.code for one in results)
    unselected = sum(NOT_SELECTED in one.expected.says for one in results)
    right = sum(one.is_right for one in results)
    counted = ", ".join(f"{count} with {code}" for code, count in sorted(codes.items()))
    return (
        f"{head.value + ':':10} {right} of {len(results)} as they must; {counted}; "
        f"{unselected} of a cell that was not selected"
    )
