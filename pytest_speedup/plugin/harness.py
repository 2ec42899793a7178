"""``--speedup-harness``: whose tests the base runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_speedup.against import lay_over
from pytest_speedup.model import HEAD, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from pytest_speedup.against import Base, Scope, Wanted
    from pytest_speedup.plugin.run import Run

GONE = "the base's own tests have it, head's do not; was it renamed or removed?"


def lay_heads_tests(
    config: pytest.Config, run: Run, base: Base, wanted: Sequence[Wanted], scope: Scope
) -> None:
    """Have the base run head's tests, where that was asked for; name what is lost by that.

    Raises:
        SideError: a file cannot be read or written.
        SpeedupError: head marks a test of the base otherwise.
    """
    if run.settings.harness != HEAD:
        return
    files = sorted({one.id.partition("::")[0] for one in wanted})
    laid = lay_over(config.rootpath, base, files, config.inipath)
    run.notices += laid.remarks
    for one in filter(scope.takes_in, laid.gone):
        if scope.keyword or scope.markexpr:
            run.notices.append(f"{one}: head has it no more, and it was not compared")
        elif one not in run.gate.acknowledged:
            run.gate.verdicts[one] = Verdict(one, Outcome.MISSING, reason=GONE)
