"""What must hold after each run, whatever was done to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.lab.soak.processes import Process
    from benchmarks.lab.soak.ran import Ran
    from benchmarks.lab.soak.snapshot import Snapshot

DOCUMENTED = (0, 1, 2, 4, 10, 11)
"""Exit codes that the README names."""

FAILED = 1
INTERRUPTED = 2

TRACEBACK = "Traceback (most recent call last)"
INTERNAL_ERROR = "INTERNALERROR"
NO_ROOM = "No usable temporary directory"
"""What Python says to pytest, which wants one before it loads any plugin's tests."""

OWN_SECTION = re.compile(
    r"^=+ (?:FAILURES|ERRORS) =+$(.*?)(?=^=+ .* =+$|\Z)", re.MULTILINE | re.DOTALL
)
"""Where pytest shows why tests failed."""


class Rule(Enum):
    """What must hold, by the name of what does not."""

    HANG = "hangs"
    ORPHAN = "orphans"
    BASELINE = "lost or half-written"
    FALSE_RED = "false reds"
    LEFT_OVER = "left-overs"
    EXIT_CODE = "exit codes"
    TRACEBACK = "tracebacks"


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that did not hold.

    Attributes:
        rule: which.
        what: what was found.
    """

    rule: Rule
    what: str


def find_broken(
    ran: Ran, before: Snapshot, after: Snapshot, orphans: Sequence[Process]
) -> list[Broken]:
    """Find all that should not be after a run.

    Args:
        ran: the run.
        before: the disk before it.
        after: the disk after it, and after all of its processes had time to end.
        orphans: its processes that are there still.
    """
    return [
        *_hang(ran),
        *(Broken(Rule.ORPHAN, f"{one.pid} {one.command}") for one in orphans),
        *_baselines(before, after),
        *_false_reds(ran),
        *_left_overs(ran, before, after),
        *_exit_code(ran),
        *_tracebacks(ran),
    ]


def _hang(ran: Ran) -> Iterator[Broken]:
    if ran.exit_code is None:
        yield Broken(Rule.HANG, f"not over after {ran.seconds:.0f} s")


def _baselines(before: Snapshot, after: Snapshot) -> Iterator[Broken]:
    """A saved run stays as it was, and a new one is whole: no disturbance excuses another."""
    for path, digest in before.baselines.items():
        if path not in after.baselines:
            yield Broken(Rule.BASELINE, f"{path} is gone")
        elif after.baselines[path] != digest:
            yield Broken(Rule.BASELINE, f"{path} was changed")
    for path, why in after.damaged.items():
        if path not in before.damaged:
            yield Broken(Rule.BASELINE, why)


def _false_reds(ran: Ran) -> Iterator[Broken]:
    """Code never changes here, so no cell lost anything."""
    red = ran.verdicts.get("regressed", 0)
    if red:
        yield Broken(Rule.FALSE_RED, f"{red} cells regressed")


def _left_overs(ran: Ran, before: Snapshot, after: Snapshot) -> Iterator[Broken]:
    """Whoever is ended on the spot cannot tidy up; everybody else can."""
    if ran.ended_by_signal or ran.exit_code is None:
        return
    kinds = {
        "among the saved runs": after.rest - before.rest,
        "temporary": after.temporary - before.temporary,
        "worktree": after.worktrees - before.worktrees,
        "shared memory": after.shared - before.shared,
    }
    if any(blow.kills_tracker for blow in ran.blows):
        del kinds["shared memory"]  # of a process killed as well, nobody else knows the names
    for kind, names in kinds.items():
        if names:
            yield Broken(Rule.LEFT_OVER, f"{kind}: {', '.join(sorted(names))}")


def _exit_code(ran: Ran) -> Iterator[Broken]:
    if ran.exit_code is None or ran.ended_by_signal:
        return
    if ran.exit_code not in DOCUMENTED:
        yield Broken(Rule.EXIT_CODE, f"exit code {ran.exit_code} is not documented")
    elif ran.exit_code == INTERRUPTED and not any(blow.reaches_pytest for blow in ran.blows):
        yield Broken(Rule.EXIT_CODE, "exit code 2, and nobody interrupted it")
    elif ran.exit_code == FAILED and not _excuses_failure(ran):
        yield Broken(Rule.EXIT_CODE, "a test failed, and nothing was killed or full")


def _excuses_failure(ran: Ran) -> bool:
    """A test may fail when a worker died or the disk was full; a false red is told elsewhere."""
    hurt = any(blow.wounds or blow.breaks_writes for blow in ran.blows)
    return hurt or ran.verdicts.get("regressed", 0) > 0


def _excuses_last_words(ran: Ran) -> bool:
    """A process that got a signal has some, and a pytest that finds no room to begin in."""
    begins = any(blow.breaks_writes for blow in ran.blows) and NO_ROOM in ran.stderr
    return begins or any(blow.wounds for blow in ran.blows)


def _tracebacks(ran: Ran) -> Iterator[Broken]:
    """The user is spared; only a process that got a signal may have its last words."""
    own = OWN_SECTION.sub("", ran.stdout)
    if INTERNAL_ERROR in ran.stdout + ran.stderr:
        yield Broken(Rule.TRACEBACK, INTERNAL_ERROR)
    elif TRACEBACK in own:
        yield Broken(Rule.TRACEBACK, "on standard output")
    elif TRACEBACK in ran.stderr and not _excuses_last_words(ran):
        yield Broken(Rule.TRACEBACK, "on standard error")
