"""What to do about an exit code, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.model import Kind

if TYPE_CHECKING:
    from pytest_speedup.model import Standing

NEXT = {
    2: "interrupted: run it again, whole",
    4: "wrong usage: put right what the error names",
    11: "broken: mend what ended or failed, which stands above, and run it again",
}

RED = "a cell regressed: find its cause above; if it is meant, acknowledge it"
FAILED = "a test failed, no cell regressed: mend the test"

UNDECIDED = "no cell could be decided: give it more time with --speedup-budget, or a wider margin"
NOTHING = "no cell was selected, so that nobody vouches for any: select one"
OTHERWISE = "not green: see what stands above"


def word_next(code: int, standing: Standing) -> str:
    """Say what to do next.

    Args:
        code: the exit code.
        standing: what the cells came to together.

    Returns:
        A line; empty for 0.
    """
    if not code:
        return ""
    return f"speedup: exit code {code}: {_next(code, standing)}"


def _next(code: int, standing: Standing) -> str:
    if code == 1:
        return RED if standing.kind is Kind.RED else FAILED
    if code in NEXT:
        return NEXT[code]
    gravest = sorted(standing.failing, key=lambda one: -one.outcome.gravity)
    todo = next((one.outcome.todo for one in gravest if one.outcome.todo), "")
    if todo:
        return todo
    if standing.kind is Kind.UNDECIDED and not standing.counts:
        return NOTHING
    return UNDECIDED if standing.kind is Kind.UNDECIDED else OTHERWISE
