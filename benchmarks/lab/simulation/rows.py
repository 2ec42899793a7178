"""What simulations found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.lab.simulation.findings import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.lab.simulation.designs import Trial
    from benchmarks.lab.simulation.findings import Finding

SCENARIO, WHAT, FOUND, AIMED = 60, 27, 34, 10
"""Letters of columns."""


def findings_header() -> str:
    """Head a table of findings."""
    heads = (("scenario", SCENARIO), ("", WHAT), ("found", FOUND), ("target", AIMED))
    return "".join(f"{head:{width}}" for head, width in heads).rstrip()


def finding_rows(finding: Finding) -> Iterator[str]:
    """Put what was found beside what was aimed at."""
    target = finding.target
    aimed = "" if target is None else target.word(finding.found)
    cells = (
        (finding.scenario, SCENARIO),
        (finding.what, WHAT),
        (str(finding.found), FOUND),
        (aimed, AIMED),
    )
    row = "".join(f"{text:{width}}" for text, width in cells)
    yield f"{row}{finding.state.value}".rstrip()
    if finding.note:
        yield f"    {finding.note}"


def trials_header() -> str:
    """Head the table of designs."""
    return f"{'lost':20}{'design':36}{'red':34}{'passed':34}blocks"


def trial_row(trial: Trial) -> str:
    """Say what a design made of cells that lost alike."""
    shares = f"{trial.red!s:34}{trial.passed!s:34}"
    return f"{trial.lost:20}{trial.design:36}{shares}{trial.blocks:.2f}"


def sum_rows(findings: Iterable[Finding]) -> Iterator[str]:
    """Count the targets, and name those that are not surely met."""
    aimed = [one for one in findings if one.target is not None]
    counts = {state: [one for one in aimed if one.state is state] for state in State}
    yield (
        f"{len(aimed)} targets: {len(counts[State.MET])} met, {len(counts[State.UNSURE])} within "
        f"the interval and unsure, {len(counts[State.MISSED])} missed"
    )
    for one in counts[State.MISSED]:
        yield f"missed: {one.scenario}, {one.what}: {one.found}"
