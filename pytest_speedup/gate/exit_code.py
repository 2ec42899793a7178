"""From what became of a run to its exit code."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_speedup.model import Kind, Standing

OK, FAILED, INTERRUPTED, INTERNAL_ERROR, WRONG_USAGE = 0, 1, 2, 3, 4
"""Exit codes of pytest, https://docs.pytest.org/en/stable/reference/exit-codes.html."""

NOT_GREEN = 10
"""Nothing regressed, and nobody can vouch for the code."""

BROKEN = 11
"""A side, a worker or a test that was to be judged ended before its time."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How pytest ended.

    Attributes:
        code: pytest's own exit code, after whatever tests and plugins made of it.
        interrupted: whether the user or the runner interrupted it.
        uncollected: whether tests could not be collected.
        unsaved: whether something could not be saved.
    """

    code: int
    interrupted: bool = False
    uncollected: bool = False
    unsaved: bool = False


def exit_code(ending: RunEnd, standing: Standing) -> int:
    """Choose the exit code: by what the cells came to, whatever was made of their tests.

    Args:
        ending: how pytest ended.
        standing: what the cells came to together; MEASURED where nothing was asked of them.
    """
    if ending.interrupted:
        return INTERRUPTED
    if standing.kind is Kind.MEASURED:
        return NOT_GREEN if ending.code == OK and ending.unsaved else ending.code
    return _judged(ending, standing)


def _judged(ending: RunEnd, standing: Standing) -> int:
    if ending.code == WRONG_USAGE and not ending.uncollected:
        return WRONG_USAGE
    broken = ending.uncollected or ending.code in {INTERNAL_ERROR, BROKEN}
    if standing.kind is Kind.BROKEN or broken:
        return BROKEN
    if standing.kind is Kind.RED or ending.code == FAILED:
        return FAILED
    green = standing.is_green and ending.code == OK and not ending.unsaved
    return OK if green else NOT_GREEN
