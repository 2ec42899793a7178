"""``--benchmark-compare-fail``: pytest-benchmark's own gate, beside this one.

It raises where the terminal summary is written, so that what comes after its table is lost behind a
traceback: what it found is kept instead, and turns the exit code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_benchmark.session import BenchmarkSession

    from pytest_speedup.plugin.run import Run

NOTHING = (
    "--benchmark-compare-fail found nothing to compare with: add --benchmark-compare, and save a "
    "run first with --benchmark-autosave"
)


def keep_regressions(session: BenchmarkSession, run: Run) -> None:
    """Have pytest-benchmark hand over what has regressed by its rules, instead of raising."""
    finish = session.finish

    def finish_and_keep() -> None:
        finish()
        run.regressions.extend(_lines(session))

    session.finish = finish_and_keep
    session.check_regressions = lambda: None


def _lines(session: BenchmarkSession) -> list[str]:
    if not session.compare_fail or session.disabled or session.skip:
        return []
    if not session.compared_mapping:
        return [NOTHING]
    return [
        f"--benchmark-compare-fail: {name} has regressed, {why}"
        for name, why in session.performance_regressions
    ]
