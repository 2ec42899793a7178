"""What to do about an exit code, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.model import Kind, Outcome

if TYPE_CHECKING:
    from pytest_speedup.model import Standing

NEXT = {
    2: "interrupted: run it again, whole",
    4: "wrong usage: put right what the error names",
    11: "broken: mend what ended or failed, which stands above, and run it again",
}

RED = "a cell regressed: find its cause above; if it is meant, acknowledge it"
FAILED = "a test failed, no cell regressed: mend the test"

TODO = {
    Outcome.UNCONFIRMED: "a loss was not confirmed in the time: give more with --speedup-budget",
    Outcome.MISSING: "bring back what is missing, acknowledge it, or --speedup-allow=missing",
    Outcome.INCOMPARABLE: "make it comparable as said above, or --speedup-allow=incomparable",
    Outcome.DEPENDENCIES: "give the base what it depends on: --speedup-base-env=PATH, or an index",
    Outcome.INCONCLUSIVE: "give it more time with --speedup-budget, or a wider margin",
    Outcome.NEW: "save a baseline with --benchmark-autosave, to compare with",
}
"""What keeps a run from being green, the gravest first, and what to do about it."""

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
    failing = {one.outcome for one in standing.failing}
    todo = [what for outcome, what in TODO.items() if outcome in failing]
    if todo:
        return todo[0]
    if standing.kind is Kind.UNDECIDED and not standing.counts:
        return NOTHING
    return UNDECIDED if standing.kind is Kind.UNDECIDED else OTHERWISE
